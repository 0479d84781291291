"""Which links of a mail are followed, and how much of them is kept."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from publicsuffixlist import PublicSuffixList

from ..exclusions import is_excluded_link

_SUFFIXES = PublicSuffixList()

# Left alone on Odoo's own hosts: what other addons follow, and what a password hangs on.
OWN_PATHS = (
    "/mail/unfollow",
    "/unsubscribe_from_list",
    "/mailing/",
    "/mail/mailing/",
    "/view",
    "/r/",
    "/web/reset_password",
    "/web/signup",
    "/web/login",
)
_LEAVING = re.compile(r"unsubscrib|unfollow|opt[-_]?out|reset[-_]?password|/web/signup", re.I)
_SIGNUP = re.compile(r"(auth_)?signup_token", re.I)
_PLACEHOLDER = re.compile(r"\{\{|\}\}|\$\{|%\(")
_WEB = re.compile(r"https?://", re.I)
_URL_TEXT = re.compile(r"(https?://|www\.)\S+|[\w-]+(\.[\w-]+)*\.[a-z]{2,}(/\S*)?", re.I)
_SECRET_NAME = re.compile(
    r"token|secret|pass|hash|hmac|sig|key|auth|session|sid|pid|code|otp|jwt|invite|nonce", re.I
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_LONG_RUN = re.compile(r"[0-9A-Za-z]{16,}")
_SECRET_VALUE = re.compile(r"(?=[^\s]*[0-9])(?=[^\s]*[A-Za-z])[\w.~%+/=-]{20,}")


@dataclass(frozen=True, slots=True)
class LinkPolicy:
    """:ivar own_hosts: hosts of this Odoo
    :ivar edge: the edge's base URL: what leads there is ours already
    :ivar aligned: the edge belongs to the sender's organisation; else clients warn of a link whose
        text is another address than where it leads
    :ivar excluded: patterns of URLs that the company leaves alone
    """

    own_hosts: frozenset
    edge: str
    aligned: bool
    excluded: tuple = ()

    def follows(self, url, label):
        """:rtype: bool"""
        if not _WEB.match(url) or _PLACEHOLDER.search(url) or url.startswith(self.edge + "/"):
            return False
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        if "@" in parts.netloc or _LEAVING.search(f"{parts.path}?{parts.query}#{parts.fragment}"):
            return False
        if _SIGNUP.search(parts.query):
            return False
        if host in self.own_hosts and f"{parts.path}".startswith(OWN_PATHS):
            return False
        if is_excluded_link(url, self.excluded):
            return False
        return self.aligned or not _URL_TEXT.fullmatch(label)


@lru_cache(maxsize=1000)
def same_organisation(host, other):
    """Whether two host names belong to one registered domain.

    By the Public Suffix List (https://publicsuffix.org), the copy that comes with its library.
    """
    mine = _SUFFIXES.privatesuffix(host.lower().strip("."))
    return bool(mine) and mine == _SUFFIXES.privatesuffix(other.lower().strip("."))


def stored_url(url):
    """The URL as it is kept and shown: without user, and without the query, the fragment and the
    parts of the path that look like a secret.

    >>> stored_url("https://example.com/my/quotes/7?access_token=5f2")
    'https://example.com/my/quotes/7'
    >>> stored_url("https://example.com/shop?page=2#top")
    'https://example.com/shop?page=2#top'
    >>> stored_url("https://example.com/rate/0b1c5a52-7a7d-4d3c-9b1e-2f6a7c8d9e0f/5")
    'https://example.com/rate/…/5'
    """
    parts = urlsplit(url)
    query = "" if _has_secret(parts.query) else parts.query
    fragment = "" if _has_secret(parts.fragment) else parts.fragment
    path = "/".join("…" if _is_secret(segment) else segment for segment in parts.path.split("/"))
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], path, query, fragment))


def _is_secret(segment):
    """A UUID, or letters and digits mixed at a length that no word has."""
    mixed = (not (run.isalpha() or run.isdigit()) for run in _LONG_RUN.findall(segment))
    return bool(_UUID.search(segment)) or any(mixed)


def _has_secret(part):
    if _SECRET_VALUE.search(part):
        return True
    return any(_SECRET_NAME.search(name) for name, _value in parse_qsl(part, True))
