"""Files that travel in the mail even where files are followed: programs read them, not people.

A link in the place of an invitation offers no *Accept*, one in the place of a signature signs
nothing, and software that reads invoices looks for them in the mail.
"""

import io
from collections.abc import Callable
from fnmatch import fnmatchcase

from pypdf import PdfReader

# Whatever anybody chooses: RFC 5545 calendars, RFC 8551 and RFC 3156 signatures and encryption,
# Outlook's TNEF and protected messages.
ALWAYS = (
    "text/calendar", "text/x-vcalendar", "application/ics", "*.ics", "*.ical", "*.ifb", "*.vcs",
    "application/pkcs7-*", "application/x-pkcs7-*", "*.p7s", "*.p7m", "*.p7c", "*.p7z",
    "application/pgp-*", "*.asc", "*.sig", "*.pgp", "*.gpg",
    "application/ms-tnef", "application/vnd.ms-tnef", "winmail.dat", "*.tnef", "*.rpmsg",
)  # fmt: skip
# What a company begins with: address cards; electronic invoices and orders (UBL, CII, Peppol,
# FatturaPA, EDIFACT); mails that are forwarded; cards for a phone's wallet.
DEFAULT = """*.vcf, *.vcard, text/vcard, text/x-vcard
*.xml, text/xml, application/xml, application/*+xml
*.edi, *.edifact, application/edi*
*.eml, *.msg, message/*
*.pkpass, application/vnd.apple.pkpass"""
PDF = ("application/pdf", "*.pdf")
# What a whole mail is sealed with, by types without "x-". A file of the sender's own has them too,
# a signed invoice or an encrypted contract. RFC 8551 §3.2.1 names the mail's, RFC 3156 §4 says what
# the first part of an encrypted one holds.
_SEALS: dict[str, Callable[[str, bytes], bool]] = {
    "application/pkcs7-mime": lambda name, _content: name.startswith("smime."),
    "application/pgp-encrypted": lambda _name, content: content.startswith(b"Version:"),
    "application/pgp-signature": lambda _name, _content: True,
}


def matches(name: str, mimetype: str, patterns: tuple[str, ...]) -> bool:
    """Whether a file's name or type is one of the patterns.

    :param patterns: in lower case, ``*`` stands for anything

    >>> matches("Invite.ICS", "application/octet-stream", ALWAYS)
    True
    >>> matches("offer.pdf", "application/pdf", ALWAYS)
    False
    """
    name = name.strip().lower()
    kind = mimetype.partition(";")[0].strip().lower()
    return any(fnmatchcase(name, pattern) or fnmatchcase(kind, pattern) for pattern in patterns)


def is_seal(name: str, content: bytes, mimetype: str) -> bool:
    """Whether a mail with this part was signed or encrypted as a whole: it has to leave as it is.

    >>> is_seal("smime.p7m", b"", "application/x-pkcs7-mime")
    True
    >>> is_seal("invoice.xml.p7m", b"", "application/pkcs7-mime")
    False
    """
    kind = mimetype.partition(";")[0].strip().lower().replace("/x-", "/")
    tells = _SEALS.get(kind)
    return bool(tells and tells(name.strip().lower(), (content or b"").lstrip()))


def holds_data(content: bytes) -> bool:
    """Whether a PDF has XML inside, as Factur-X, ZUGFeRD and Order-X have (PDF/A-3, ISO 19005-3).

    One that cannot be read may be anything; where it says that a file is in it, that is believed.
    """
    # Where neither stands there can be no file inside, and most have neither.
    if b"/EmbeddedFile" not in content and b"/ObjStm" not in content:
        return False
    try:
        names = [*PdfReader(io.BytesIO(content)).attachments]
    except Exception:
        return b"/EmbeddedFile" in content
    return any(name.lower().endswith(".xml") for name in names)
