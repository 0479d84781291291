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
from .waiting import NOTHING, Waiting

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
    :param loop: the one that requests come in
    """

    def __init__(self, config, tenants, spool, counts, lines, passthrough, loop):
        self._tenants, self._spool, self._counts = tenants, spool, counts
        self._passthrough, self.lines = passthrough, lines
        self.address = ClientAddress(config.trusted_proxies)
        self._bad_tokens = Limit(config.bad_tokens_per_minute)
        self.stopping = False
        self._loop = loop
        # What waits for the spool: one Waiting for each of its futures.
        self._waiting = {}
        self._moved, self._unconfirmed = 0.0, 0

    def __call__(self, scope, proto):
        """:return: awaitable, done when the request is answered"""
        path = scope.path
        kind = _KINDS.get(path[:3])
        method = scope.method
        if kind is None or len(path) > MAX_PATH:
            self._answer_other(path, proto)
            return NOTHING
        if method not in ("GET", "HEAD") and not (kind == "p" and method == "POST"):
            self._counts[kind, "method"] += 1
            proto.response_str(405, [*_TEXT, ("Allow", "GET, HEAD")], "")
            return NOTHING
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
            return NOTHING
        if kind == "o":
            return self.record(token, text, scope, (proto.response_bytes, 200, _PIXEL, GIF))
        if kind == "c":
            if token.state is KeyState.COMPROMISED:
                answer = (self._page, proto, 200, pages.leaving(token.target))
            else:
                headers = [*_REDIRECT, ("Location", token.target)]
                answer = (proto.response_empty, 302, headers)
            return self.record(token, text, scope, answer)
        return self._passthrough.answer(self, token, text, scope, proto)

    def record(self, token, text, scope, answer=None):
        """Write down what was asked for, as far as it may be. Never raises, never waits long.

        :param answer: function and its arguments, called when it is durable, or dropped
        :return: awaitable, done after that
        """
        kind = token.kind
        try:
            future = self._append(kind, token, text, scope)
            if future is not None:
                waiting = self._waiting.get(future) or self._begin_to_wait(future)
                waiting.add(kind, answer)
                return waiting
        except SpoolError:
            self._counts[kind, "dropped"] += 1
        except Exception:
            self._counts[kind, "failed"] += 1
            _logger.exception("an event was lost")
        if answer is not None:
            function, *arguments = answer
            function(*arguments)
        return NOTHING

    def _append(self, kind, token, text, scope):
        """:return: the future of the write to wait for, None when there is nothing to wait for"""
        tenant = self._tenants.by_id[token.tenant]
        headers = scope.headers
        now = time.time()
        if not self._is_wanted(tenant, token, headers, now):
            self._counts[kind, "unrecorded"] += 1
            return None
        stalled = self._waiting and time.monotonic() - self._moved > PATIENCE
        if not stalled:
            self._unconfirmed = 0
        elif self._unconfirmed >= _MAX_UNCONFIRMED:
            self._counts[kind, "dropped"] += 1
            return None
        line, key = self.lines[token.tenant].make(
            token,
            method=scope.method,
            headers=headers,
            ip=self.address.of(scope.client, headers),
            salt=tenant.salts.get(token.key_id, b""),
            max_policy=tenant.state.max_policy,
            minimum=tenant.is_stale,
            now=now,
        )
        future = self._spool.append(tenant.name, text, (text, key), line)
        if stalled:
            self._unconfirmed += 1
            self._counts[kind, "unconfirmed"] += 1
            return None
        return future

    def _begin_to_wait(self, future):
        if not self._waiting:
            self._moved = time.monotonic()
        waiting = self._waiting[future] = Waiting(self._loop)
        future.add_done_callback(self._end_waiting)
        return waiting

    def _end_waiting(self, future):
        waiting = self._waiting.pop(future)
        self._moved = time.monotonic()
        outcome = "recorded" if future.exception() is None else "dropped"
        for kind in waiting.kinds:
            self._counts[kind, outcome] += 1
        waiting.end()

    @staticmethod
    def _is_wanted(tenant, token, headers, now):
        state = tenant.state
        if not state.enabled or min(token.policy, state.max_policy) == Policy.NONE:
            return False
        if token.sent_at < now - tenant.retention:
            return False
        if token.uid in tenant.suppressed:
            return False
        if tenant.partly and _TYPES[token.kind] in tenant.partly.get(token.uid, ()):
            return False
        return not (state.honour and is_refused(headers, state.honour))

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
