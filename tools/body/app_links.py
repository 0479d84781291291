"""Links that open an app where it is installed: a call, a map, a messenger, a store.

The app opens for the address that somebody taps, not for the one that a redirect leads to
(https://developer.apple.com/documentation/xcode/allowing-apps-and-websites-to-link-to-your-content;
https://support.sparkpost.com/docs/tech-resources/deep-links-self-serve): such links stay as they
are. Which ones is data, ``data/mail.engagement.app.link.csv``.
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult

from ..suffixes import SUFFIXES

_PLACE = re.compile(
    r"(?P<host>[a-z0-9-]+(\.[a-z0-9-]+)*\.([a-z0-9-]+|\*))(?P<path>(/[^\s?#*]*)?)", re.I
)

# Host, or host with "*" for its public suffix → beginnings of paths, "" for all of the host.
Places = Mapping[str, tuple[str, ...]]


def is_place(text: str) -> bool:
    """Whether it names where links open an app: a host, "*" for its ending, a path behind it.

    >>> [is_place(text) for text in ("wa.me", "google.*/maps", "https://wa.me", "*", "wa.me?x")]
    [True, True, False, False, False]
    """
    return bool(_PLACE.fullmatch(text))


def places(texts: Iterable[str]) -> Places:
    """
    >>> places(["zoom.us/j/", "zoom.us/my", "wa.me"])
    {'zoom.us': ('/j', '/my'), 'wa.me': ('',)}
    """
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        host, slash, path = text.lower().partition("/")
        found[host] = (*found.get(host, ()), f"{slash}{path}".rstrip("/"))
    return found


def opens_app(parts: SplitResult, known: Places) -> bool:
    """Whether a link leads to one of the places, on the host itself or below it.

    :param parts: with a host
    """
    host = (parts.hostname or "").rstrip(".")
    path = parts.path.lower().rstrip("/")
    return any(
        path == start or path.startswith(f"{start}/")
        for name in _names(host)
        for start in known.get(name, ())
    )


def _names(host: str) -> Iterable[str]:
    """The host, what is above it up to the registered domain, and each with "*" as its ending."""
    ending = SUFFIXES.publicsuffix(host) or ""
    while len(host) > len(ending):
        yield host
        yield f"{host.removesuffix(ending)}*"
        host = host.partition(".")[2]
