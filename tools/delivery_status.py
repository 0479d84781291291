"""What a mail server reports of a mail: who did not get it, and which mail it was. No ORM.

Sources: RFC 3464 (the reports, a group of fields for each recipient), RFC 3461 §4 (``xtext``),
RFC 6533 (addresses beyond ASCII), RFC 6522 (what a report is made of). Where there is no such
report: Exim's ``X-Failed-Recipients`` and qmail's text (https://cr.yp.to/proto/qsbmf.txt), which
Yahoo's servers wrote as well. Both quote the returned mail as text, and neither warns of a delay in
that way.

A complaint is reported by another part (RFC 5965; RFC 6430 and RFC 6591 have types that are none).
A read receipt (RFC 8098) has neither and reports nothing of these.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError, MessageError
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32
from email.utils import getaddresses, parseaddr
from itertools import takewhile
from typing import Any

from . import delivery
from .status_code import status_code

REPORTS = ("message/delivery-status", "message/global-delivery-status")
RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
# Exchange moves the first into the second.
ENCODINGS = ("base64", "quoted-printable")
MESSAGE_IDS = ("Message-Id", "X-Microsoft-Original-Message-ID")
# How qmail begins, and Yahoo's own one.
QMAIL = ("Hi. This is the", "Sorry, we were unable to deliver your message")
# OpenSMTPD's word for it.
FAILED = ("failed", "error")
# The class of a status, for reports without an action.
CLASSES = {"2": "delivered", "4": "delayed", "5": "failed"}
FEEDBACK = "message/feedback-report"
# The types that mean: the person did not want this mail. "opt-out" is an older draft's, still sent.
COMPLAINTS = ("abuse", "fraud", "opt-out")


@dataclass(frozen=True)
class Outcome:
    """What became of a mail for one recipient.

    :ivar original: spellings of the address that the mail was sent to, empty where it is not said
    :ivar final: spellings of the address that it was to be delivered to: another one after a
        forwarding
    :ivar action: ``failed``, ``delayed``, ``delivered``, ``relayed``, ``expanded``, or what stands
        there instead
    """

    original: tuple[str, ...]
    final: tuple[str, ...]
    action: str
    status: str = ""
    diagnostic: str = ""

    @property
    def is_failed(self) -> bool:
        """The mail will not arrive. A delay is none: the server goes on trying."""
        return self.action in FAILED

    def report(self, at: int) -> delivery.Report | None:
        """What it says of the mail's way, if anything: who only passed it on knows nothing.

        :param at: when, in seconds since 1970
        """
        if self.is_failed:
            return delivery.bounced(at, self.status, self.diagnostic)
        known = {"delayed": delivery.DEFERRED, "delivered": delivery.DELIVERED}.get(self.action)
        if not known:
            return None
        return delivery.Report(known, at, self.status, delivery.said(self.diagnostic))


@dataclass(frozen=True)
class Complaint:
    """Somebody told their provider that they did not want a mail.

    :ivar addresses: whose it was, as far as the report says so: many leave it out
    """

    addresses: tuple[str, ...]


def complaint(message: Message) -> Complaint | None:
    """The complaint that a message reports, None where it reports none."""
    for part in _parts(message):
        if part.get_content_type() == FEEDBACK:
            fields = _fields(_content(part))
            if _word(fields.get("Feedback-Type")) in COMPLAINTS:
                named = fields.get_all("Original-Rcpt-To", [])
                # Each recipient's copy has them alone in To.
                named += [to for back in _returned_parts(message) for to in back.get_all("To", [])]
                return Complaint(_named(named))
    return None


def outcomes(message: Message) -> list[Outcome]:
    """What a message reports of each recipient; nothing where it is no delivery report."""
    reports = [part for part in _parts(message) if part.get_content_type() in REPORTS]
    if reports:
        return [
            outcome
            for report in reports
            for outcome in map(_outcome, _groups(report))
            if outcome.original or outcome.final
        ]
    text = _text(message)
    if named := _named(message.get_all("X-Failed-Recipients", [])):
        words = _of_exim(text)
        return [Outcome((), (address,), "failed", "", words) for address in named]
    return [
        Outcome((), (address,), "failed", "", words)
        for address, words in _failed_of_qmail(text)
        if "@" in address
    ]


def _named(fields: list[Any]) -> tuple[str, ...]:
    """The addresses that some fields name."""
    found = getaddresses([str(value) for value in fields])
    return tuple(dict.fromkeys(one.lower() for _name, one in found if "@" in one))


def _of_exim(text: str) -> str:
    """Why, in Exim's text: the first paragraph with a code, before the quoted mail."""
    own = re.split(r"\n\s*\n", re.split(r"(?m)^-{3,}", text)[0])
    return next((paragraph for paragraph in own if status_code(paragraph)), "")


def _failed_of_qmail(text: str) -> list[tuple[str, str]]:
    """Whom qmail could not reach, and why: a paragraph each, before the quoted mail."""
    paragraphs = re.split(r"\n\s*\n", text)
    if not paragraphs[0].lstrip().startswith(QMAIL):
        return []
    own = takewhile(lambda paragraph: not paragraph.startswith("-"), paragraphs)
    named = (re.match(r"<([^<>\n]+)>:\s*(.*)", paragraph, re.S) for paragraph in own)
    return [(match[1].lower(), match[2]) for match in named if match]


def returned_ids(message: Message) -> list[str]:
    """The Message-Ids that the mails which a message returns may have had, with angle brackets.

    The likeliest first. Odoo writes a mail's own one as the last of its References too, as some
    servers (Amazon's) put another one in its place.
    """
    found = []
    for part in _parts(message):
        if part.get_content_type() in REPORTS:
            found += _ids(_groups(part)[0], "X-Original-Message-ID")
        if part.get_content_type() in RETURNED:
            fields = _returned(part)
            found += [found_id for name in MESSAGE_IDS for found_id in _ids(fields, name)]
            found += _ids(fields, "References")[-1:]
    return found or re.findall(r"(?im)^message-id:\s*(<[^<>\s]+>)", _text(message))


def _returned_parts(message: Message) -> list[Message]:
    return [_returned(part) for part in _parts(message) if part.get_content_type() in RETURNED]


def _returned(part: Message) -> Message:
    """The header of a returned mail. Python's parser has taken a mail within apart, mere header
    fields are text, and so is what a server has encoded, which RFC 2046 §5.2.1 forbids."""
    encoding = str(part.get("Content-Transfer-Encoding") or "").strip().lower()
    inside = [] if encoding in ENCODINGS else _inside(part)
    return inside[0] if inside else _fields(_content(part))


def _ids(fields: Message, name: str) -> list[str]:
    return re.findall(r"<[^<>\s]+>", str(fields[name] or ""))


def _text(message: Message) -> str:
    """The text that a message begins with, empty where it begins with something else."""
    part = next(_parts(message), None)
    return _content(part) if part and part.get_content_type() == "text/plain" else ""


def _parts(message: Message) -> Iterator[Message]:
    """The parts of a message itself: a mail that it returns has parts of its own."""
    if message.get_content_maintype() == "multipart":
        for part in _inside(message):
            yield from _parts(part)
    else:
        yield message


def _inside(part: Message) -> list[Message]:
    payload = part.get_payload()
    inside = payload if isinstance(payload, list) else []
    return [part for part in inside if isinstance(part, Message)]


def _fields(text: str) -> Message:
    return HeaderParser(policy=compat32).parsestr(text.lstrip("\n"))


def _groups(report: Message) -> list[Message]:
    """The groups of fields of a report, that of the whole message among them."""
    return [_fields(group) for group in re.split(r"\n[ \t]*\n", _content(report))]


def _content(part: Message) -> str:
    """What stands in a part, decoded; Python's parser has taken it apart already."""
    try:
        source = part.as_bytes(policy=compat32)
    except (MessageError, HeaderParseError, UnicodeError, ValueError, TypeError):
        return ""
    _head, _empty, body = source.replace(b"\r\n", b"\n").partition(b"\n\n")
    encoding = str(part.get("Content-Transfer-Encoding") or "").strip().lower()
    if encoding == "base64":
        try:
            body = binascii.a2b_base64(body)
        except binascii.Error:
            return ""
    elif encoding == "quoted-printable":
        body = quopri.decodestring(body)
    return body.replace(b"\r\n", b"\n").decode("utf-8", "replace")


def _outcome(fields: Message) -> Outcome:
    action = _word(fields.get("Action"))
    status = status_code(_word(fields.get("Status")))
    return Outcome(
        original=_addresses(fields.get("Original-Recipient")),
        final=_addresses(fields.get("Final-Recipient")),
        action=action or CLASSES.get(status[:1], ""),
        status=status,
        # RFC 3464 §2.3.6: the kind of the diagnostic, then what was said.
        diagnostic=re.sub(r"^\s*[\w-]+\s*;", "", str(fields.get("Diagnostic-Code") or "")),
    )


def _word(value: object) -> str:
    """The first word of a field: comments follow it."""
    return re.split(r"[\s(;,]", str(value or "").strip(), maxsplit=1)[0].lower()


def _addresses(value: object) -> tuple[str, ...]:
    """The spellings of ``type; address`` that may be meant: some servers decode xtext, some do not.

    >>> _addresses("rfc822; carla+2Bodoo@customer.example")
    ('carla+2bodoo@customer.example', 'carla+odoo@customer.example')
    """
    kind, semicolon, text = " ".join(str(value or "").split()).partition(";")
    if not semicolon:
        kind, text = "", kind
    spellings = [text]
    if kind.strip().lower() == "utf-8":
        spellings = [_decoded(r"\\x\{([0-9A-Fa-f]{2,6})\}", text)]
    else:
        spellings.append(_decoded(r"\+([0-9A-F]{2})", text))
    found = (parseaddr(spelling)[1].lower() for spelling in spellings)
    return tuple(dict.fromkeys(address for address in found if "@" in address))


def _decoded(pattern: str, text: str) -> str:
    def sign(match: re.Match[str]) -> str:
        code = int(match[1], 16)
        return chr(code) if code <= 0x10FFFF else match[0]

    return re.sub(pattern, sign, text)
