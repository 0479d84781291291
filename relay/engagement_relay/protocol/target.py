"""Which addresses a redirect may lead to."""

import re
from urllib.parse import quote, urlsplit, urlunsplit

# Some clients and gateways cut longer ones.
MAX_CLICK_URL = 2000
MAX_TARGET = 1400

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029]")
# RFC 3986 §2: everything that may stand in a URL as it is, the percent sign included.
_SAFE = "!#$%&'()*+,/:;=?@[]~"


class BadTarget(ValueError):
    """No redirect leads there."""


def check_target(url):
    """The ASCII form of a web address: IDNA host, everything else percent-encoded.

    :param str url: absolute; an IRI is fine
    :rtype: str, unchanged when it is ASCII already
    :raises BadTarget: for other schemes, user names in it, control characters, white space,
        backslashes, a missing host, a port that is none, or more than MAX_TARGET characters
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
        url = _to_ascii(parts, host, port)
    if len(url) > MAX_TARGET:
        raise BadTarget("length")
    return url


def _to_ascii(parts, host, port):
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            raise BadTarget("host") from None
    if ":" in host:
        host = f"[{host}]"
    netloc = host if port is None else f"{host}:{port}"
    path, query, fragment = (quote(part, safe=_SAFE) for part in parts[2:])
    return urlunsplit((parts.scheme, netloc, path, query, fragment))
