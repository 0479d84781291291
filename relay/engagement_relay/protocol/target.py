"""Which addresses a redirect may lead to."""

import re
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

import idna

# Some clients and gateways cut longer ones.
MAX_CLICK_URL = 2000
MAX_TARGET = 1400

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029]")
# RFC 3986 §2: everything that may stand in a URL as it is, the percent sign included.
_SAFE = "!#$%&'()*+,/:;=?@[]~"


class BadTarget(ValueError):
    """No redirect leads there."""


def check_target(url: str) -> str:
    """The ASCII form of a web address: IDNA host, everything else percent-encoded.

    Hosts by UTS #46, non-transitional (https://www.unicode.org/reports/tr46/), as browsers read
    them. Python's own codec is of IDNA 2003, which knows other hosts: ``straße.de`` would be
    ``strasse.de``, somebody else's.

    :param url: absolute; an IRI is fine
    :return: unchanged when it is ASCII already
    :raises BadTarget: for other schemes, user names in it, control characters, white space,
        backslashes, a missing host, one that IDNA 2008 does not allow, a port that is none, or
        more than MAX_TARGET characters
    """
    if _FORBIDDEN.search(url):
        raise BadTarget("characters")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise BadTarget("form") from None
    if parts.scheme not in ("http", "https"):
        raise BadTarget("scheme")
    if not host or "@" in parts.netloc:
        raise BadTarget("host")
    if not url.isascii():
        url = _to_ascii(parts, port)
    if len(url) > MAX_TARGET:
        raise BadTarget("length")
    return url


def _to_ascii(parts: SplitResult, port: int | None) -> str:
    netloc = parts.netloc
    if not netloc.isascii():
        # Not `parts.hostname`: its lower case makes a ς of the last Σ of a word, UTS #46 a σ.
        host = netloc.partition(":")[0]
        try:
            netloc = idna.encode(host, uts46=True, transitional=False).decode()
        except UnicodeError:
            raise BadTarget("host") from None
        if port is not None:
            netloc += f":{port}"
    path, query, fragment = (quote(part, safe=_SAFE) for part in parts[2:])
    return urlunsplit((parts.scheme, netloc, path, query, fragment))
