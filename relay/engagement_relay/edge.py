"""What a relay answers, as a granian (RSGI) application: verify, write down, answer."""

import logging
import time

from . import pages
from .answers import GIF, PAGE_HEADERS, PIXEL_HEADERS, REDIRECT_HEADERS, ROBOTS
from .client_address import ClientAddress
from .limits import Limit
from .observe import is_refused
from .spool import SpoolError
from .token import InvalidToken, KeyState, Policy, verify

_logger = logging.getLogger(__name__)
MAX_PATH = 4096
# A disk that hangs must not keep people waiting: after so many seconds nobody waits for it.
PATIENCE = 2.0
# Events that are answered meanwhile and written down when the disk comes back.
_MAX_UNCONFIRMED = 50_000

_PIXEL = list(PIXEL_HEADERS.items())
_REDIRECT = list(REDIRECT_HEADERS.items())
_HTML = [*PAGE_HEADERS.items(), ("Content-Type", "text/html; charset=utf-8")]
_TEXT = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
_KINDS = {"/o/": "o", "/c/": "c", "/a/": "a", "/p/": "p"}


class Edge:
    """
    :param Config config:
    :param Tenants tenants:
    :param spool: opened
    :param Counter counts: (kind, outcome) → number
    :param dict lines: tenant's id → LineMaker
    :param Passthrough passthrough: serves what Odoo has: files and preferences
    """

    def __init__(self, config, tenants, spool, counts, lines, passthrough):
        self._tenants, self._spool, self._counts = tenants, spool, counts
        self._passthrough, self.lines = passthrough, lines
        self.address = ClientAddress(config.trusted_proxies)
        self._bad_tokens = Limit(config.bad_tokens_per_minute)
        self.stopping = False
        self._waiting, self._moved, self._unconfirmed = 0, 0.0, 0

    async def __call__(self, scope, proto):
        path = scope.path
        kind = _KINDS.get(path[:3])
        method = scope.method
        if kind is None or len(path) > MAX_PATH:
            self._answer_other(path, proto)
            return
        if method not in ("GET", "HEAD") and not (kind == "p" and method == "POST"):
            self._counts[kind, "method"] += 1
            proto.response_str(405, [*_TEXT, ("Allow", "GET, HEAD")], "")
            return
        text = path[3:].partition("/")[0] if kind == "a" else path[3:]
        if kind == "o":
            text = text.removesuffix(".gif")
        try:
            token = verify(text, self._tenants.keyring)
        except InvalidToken:
            token = None
        if (
            token is None
            or token.kind != kind
            or not self._tenants.serves(
                scope.headers.get("host", ""), self._tenants.by_id[token.tenant]
            )
        ):
            self._answer_bad(kind, scope, proto)
        elif kind == "o":
            await self.record(token, text, scope)
            proto.response_bytes(200, _PIXEL, GIF)
        elif kind == "c":
            await self.record(token, text, scope)
            if token.state is KeyState.COMPROMISED:
                self._page(proto, 200, pages.leaving(token.target))
            else:
                proto.response_empty(302, [*_REDIRECT, ("Location", token.target)])
        else:
            await self._passthrough.answer(self, token, text, scope, proto)

    async def record(self, token, text, scope):
        """Write down what was asked for, as far as it may be. Never raises, never waits long."""
        kind = token.kind
        try:
            tenant = self._tenants.by_id[token.tenant]
            headers = scope.headers
            if not self._is_wanted(tenant, token, headers):
                self._counts[kind, "unrecorded"] += 1
                return
            stalled = self._waiting and time.monotonic() - self._moved > PATIENCE
            if not stalled:
                self._unconfirmed = 0
            elif self._unconfirmed >= _MAX_UNCONFIRMED:
                self._counts[kind, "dropped"] += 1
                return
            line, key = self.lines[token.tenant].make(
                token,
                method=scope.method,
                headers=headers,
                ip=self.address.of(scope.client, headers),
                salt=tenant.salts.get(token.key_id, b""),
                max_policy=tenant.state.max_policy,
                minimum=tenant.is_stale,
            )
            if stalled:
                self._unconfirmed += 1
                self._spool.append(tenant.name, text, (text, key), line)
                self._counts[kind, "unconfirmed"] += 1
                return
            if not self._waiting:
                self._moved = time.monotonic()
            self._waiting += 1
            try:
                await self._spool.append(tenant.name, text, (text, key), line)
            finally:
                self._waiting -= 1
                self._moved = time.monotonic()
            self._counts[kind, "recorded"] += 1
        except SpoolError:
            self._counts[kind, "dropped"] += 1
        except Exception:
            self._counts[kind, "failed"] += 1
            _logger.exception("an event was lost")

    @staticmethod
    def _is_wanted(tenant, token, headers):
        state = tenant.state
        if not state.enabled or min(token.policy, state.max_policy) == Policy.NONE:
            return False
        if token.sent_at < time.time() - tenant.retention:
            return False
        if token.uid in tenant.suppressed:
            return False
        if tenant.partly and _TYPES[token.kind] in tenant.partly.get(token.uid, ()):
            return False
        return not is_refused(headers, state.honour)

    def _answer_bad(self, kind, scope, proto):
        self._counts[kind, "bad"] += 1
        if kind == "o":
            proto.response_bytes(200, _PIXEL, GIF)
        elif self._bad_tokens.allows(self.address.of(scope.client, scope.headers)):
            self._page(proto, 404, pages.NOT_FOUND)
        else:
            self.too_often(proto)

    def _answer_other(self, path, proto):
        if len(path) > MAX_PATH:
            proto.response_str(414, _TEXT, "too long\n")
        elif path == "/healthz":
            proto.response_str(200, _TEXT, "ok\n")
        elif path == "/readyz":
            if self.stopping or not self._tenants.keyring:
                proto.response_str(503, _TEXT, "stopping\n" if self.stopping else "no keys\n")
            else:
                proto.response_str(200, _TEXT, "ready\n")
        elif path == "/robots.txt":
            proto.response_str(200, _TEXT, ROBOTS)
        else:
            self._page(proto, 404, pages.NOT_FOUND)
        self._counts["other", "answered"] += 1

    def too_often(self, proto):
        self._page(proto, 429, pages.TOO_OFTEN, [("Retry-After", "60")])

    @staticmethod
    def _page(proto, status, page, headers=()):
        proto.response_str(status, [*_HTML, *headers], page)

    def page(self, proto, status, page, headers=()):
        self._page(proto, status, page, headers)


_TYPES = {"o": "open", "c": "click", "a": "attachment", "p": ""}
