"""Whether the text of a link names an address.

Mail programs and filters compare it with where the link leads, and warn where the two differ:
Thunderbird takes the whole text for an address once its spaces are gone
(https://searchfox.org/comm-central/source/mail/modules/PhishingDetector.sys.mjs), filters look for
one anywhere in it.
"""

import re
import unicodedata

from publicsuffixlist import PublicSuffixList

_KNOWN = PublicSuffixList(accept_unknown=False)
# Not in the Public Suffix List, but used as one: RFC 2606, 6761, 6762, 8375, and in offices.
_RESERVED = frozenset(
    "arpa corp example home internal intranet invalid lan local localhost onion test".split()
)
# Seen by nobody: soft hyphens, zero widths, marks of direction.
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)
_CERTAIN = re.compile(
    r"\w://\S|www\d*\.\w|[^\s@<>()]@[\w-]+(\.[\w-]+)+|(?<![\w.])(\d{1,3}\.){3}\d{1,3}(?![\w.]\w)"
    r"|\[[0-9a-f:]{0,39}:[0-9a-f:.]{1,39}\]|(?<![\w.-])localhost:\d",
    re.I,
)
# Once its spaces are gone.
_BEGINS = re.compile(r"(?:https?|ftp)://\w|www\d*\.\w", re.I)
# Browsers take it for a dot; in Japanese and Chinese it ends a sentence.
_FULL_STOP = re.compile(r"(?<=[a-z0-9])。(?=[a-z0-9])", re.I)
# Once with every letter, once with ASCII's: no space parts a name from Japanese words around it.
_NAMES = [
    re.compile(
        r"(?<![\w.-])(?:\w(?:[\w-]*\w)?\.)+(?:[^\W\d_]{2,}|xn--[a-z0-9-]+)(?![\w-])", re.I | flag
    )
    for flag in (re.U, re.A)
]
# What follows a name in an address, and no other.
_GOES_ON = re.compile(r":\d|[/?#]\S")


def names_address(text: str) -> bool:
    """Whether a web address, a host's name or a mail address stands anywhere in it.

    A name with a dot is one when its ending is one of the Public Suffix List
    (https://publicsuffix.org), when it is all there is, or when it goes on as addresses do.

    >>> names_address("see shop.co.jp – now")
    True
    >>> names_address("Offer_2024.pdf, our offer")
    False
    """
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).strip()
    text = _FULL_STOP.sub(".", text)
    if "." not in text and ":" not in text:
        return False
    if _CERTAIN.search(text) or _BEGINS.match("".join(text.split())):
        return True
    return any(
        match.end() - match.start() == len(text)
        or _GOES_ON.match(text, match.end())
        or _is_public(match.group())
        for names in _NAMES
        for match in names.finditer(text)
    )


def _is_public(name: str) -> bool:
    ending = name.rpartition(".")[2].lower()
    if ending in _RESERVED:
        return True
    if not ending.isascii():
        ending = ending.encode("punycode").decode().join(("xn--", ""))
    return bool(_KNOWN.publicsuffix(ending))
