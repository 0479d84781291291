"""Which links of a mail are followed, and how much of them is kept."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote, urlsplit, urlunsplit

from ...relay.engagement_relay.protocol import token
from ..exclusions import is_excluded_link
from ..suffixes import SUFFIXES
from . import app_links, one_time
from .address_text import names_address
from .secret import has_secret, is_secret

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
# Odoo puts the code of a language before the paths of its pages: /fr, /en_US, /es_419, /sr@latin.
_LANGUAGE = re.compile(r"/[a-z]{2,3}([_-][a-z0-9]{2,8})?(@[a-z]+)?(?=/)", re.I)
_WEB = re.compile(r"https?://", re.I)
# What a system behind Odoo fills in when the mail passes it; in the notations of Jinja, Mailchimp,
# Exact Target, Brevo, Velocity, ERB, Ruby, Python, ActiveCampaign, Smarty and Salesforce.
_MERGE_TAG = re.compile(
    r"\{\{|\}\}|\{%|%\}|\$\{|#\{[\w.@ ]+\}|<%|%>|\*\|[^|]+\|\*|%%[^%]+%%|\[\[ *[a-z_][^][]*\]\]"
    r"|%\([\w.]+\)|%[A-Za-z_][\w.]*%(?![0-9a-f]{2})|\{[$!]?[A-Za-z_][\w. ]*\}|##\w+##|\$\$\w+\$\$"
    r"|\[%[^%]+%\]",
    re.I,
)


@dataclass(frozen=True, slots=True)
class LinkPolicy:
    """:ivar own_hosts: hosts of this Odoo
    :ivar edge: the edge's base URL: what leads there is ours already
    :ivar aligned: the edge belongs to the sender's organisation; else clients warn of a link whose
        text is another address than where it leads
    :ivar excluded: patterns of URLs that the company leaves alone
    :ivar apps: where links open an app
    """

    own_hosts: frozenset[str]
    edge: str
    aligned: bool
    excluded: tuple[str, ...] = ()
    apps: app_links.Places = field(default_factory=dict)

    def follows(self, url: str, text: str) -> bool:
        """Whether the link is to lead through the edge.

        :param url: where it leads
        :param text: all that it shows
        """
        if not _WEB.match(url) or len(url) > token.MAX_CLICK_URL:
            return False
        if has_merge_tag(url) or url.startswith(self.edge + "/"):
            return False
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        if "@" in parts.netloc or one_time.acts(url) or one_time.tells(text):
            return False
        if host in self.own_hosts and _is_own_path(parts.path):
            return False
        if is_excluded_link(url, self.excluded) or app_links.opens_app(parts, self.apps):
            return False
        return self.aligned or not names_address(text)


def has_merge_tag(url: str) -> bool:
    """Whether something in it is still to be replaced, as it stands or percent-encoded.

    >>> has_merge_tag("https://shop.example/?id=*|UNIQID|*")
    True
    >>> has_merge_tag("https://shop.example/caf%C3%A9%20cr%C3%A8me")
    False
    """
    return bool(_MERGE_TAG.search(url) or _MERGE_TAG.search(unquote(url)))


def _is_own_path(path: str) -> bool:
    return path.startswith(OWN_PATHS) or _LANGUAGE.sub("", path, count=1).startswith(OWN_PATHS)


@lru_cache(maxsize=1000)
def same_organisation(host: str, other: str) -> bool:
    """Whether two host names belong to one registered domain."""
    mine = SUFFIXES.privatesuffix(host.lower().strip("."))
    return bool(mine) and mine == SUFFIXES.privatesuffix(other.lower().strip("."))


def stored_url(url: str) -> str:
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
    query = "" if has_secret(parts.query) else parts.query
    fragment = "" if has_secret(parts.fragment) else parts.fragment
    path = "/".join("…" if is_secret(segment) else segment for segment in parts.path.split("/"))
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], path, query, fragment))
