"""What a relay answers, as a granian (RSGI) application: verify, write down, answer."""

import logging
import time
from collections import Counter
from functools import partial
from operator import itemgetter

from ..detection.observe import is_refused
from ..protocol.answers import GIF, PAGE_HEADERS, PIXEL_HEADERS, REDIRECT_HEADERS, ROBOTS
from ..protocol.token import InvalidToken, KeyState, verify
from ..spool import SpoolError
from ..state import is_stale
from . import pages
from .client_address import ClientAddress
from .limits import Limit
from .waiting import NOTHING, Waiting

_logger = logging.getLogger(__name__)
MAX_PATH = 4096
# A disk that hangs must not keep people waiting: after so many seconds nobody waits for it.
PATIENCE = 2.0
# Events that are answered meanwhile and written down when the disk comes back.
_MAX_UNCONFIRMED = 50_000

_PIXEL = (200, list(PIXEL_HEADERS.items()), GIF)
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
        self._loop = loop
        self._waiting = Waiting(loop)
        # The spool's newest write and what waits for it: answers, and who goes on after them.
        self._write, self._answers, self._wakes = None, [], []
        # Writes that are not done, and when one was.
        self._writes, self._moved, self._unconfirmed = 0, 0.0, 0

    def __call__(self, scope, proto):
        """:return: awaitable, done when the request is answered"""
        path, method = scope.path, scope.method
        kind = _KINDS.get(path[:3])
        if kind is None or len(path) > MAX_PATH:
            self._answer_other(path, proto)
            return NOTHING
        if method != "GET" and method != "HEAD" and not (kind == "p" and method == "POST"):
            self._counts[kind, "method"] += 1
            allowed = "GET, HEAD, POST" if kind == "p" else "GET, HEAD"
            proto.response_str(405, [*_TEXT, ("Allow", allowed)], "")
            return NOTHING
        text = path[3:].partition("/")[0] if kind == "a" else path[3:]
        if kind == "o":
            text = text.removesuffix(".gif")
        # granian copies them each time they are asked for.
        headers = scope.headers
        try:
            token = verify(text, self._tenants.keyring)
        except InvalidToken:
            token = None
        if (
            token is None
            or token.kind != kind
            or not self._tenants.serves(headers.get("host", ""), token.tenant)
        ):
            self._answer_bad(kind, scope, proto)
            return NOTHING
        if kind == "o":
            return self.record(token, text, scope, headers, proto.response_bytes, _PIXEL)
        if kind == "c":
            if token.state is KeyState.COMPROMISED:
                page = proto, 200, pages.leaving(token.target)
                return self.record(token, text, scope, headers, self.page, page)
            redirect = 302, [*_REDIRECT, ("Location", token.target)]
            return self.record(token, text, scope, headers, proto.response_empty, redirect)
        carry = self._passthrough.answer(self, token, text, scope, proto)
        return self._waiting.of(self._loop.create_task(carry))

    def record(self, token, text, scope, headers, answer=None, arguments=()):
        """Write down what was asked for, as far as it may be. Never raises, never waits long.

        :param answer: function that is called with the arguments when it is durable, or dropped
        :return: awaitable, done after that
        """
        kind = token.kind
        try:
            write = self._append(kind, token, text, scope, headers)
            if write is not None:
                if write is not self._write:
                    self._begin_to_wait(write)
                self._answers.append((kind, answer, arguments))
                return self._waiting.until(self._wakes)
        except SpoolError:
            self._counts[kind, "dropped"] += 1
        except Exception:
            self._counts[kind, "failed"] += 1
            _logger.exception("an event was lost")
        if answer is not None:
            answer(*arguments)
        return NOTHING

    def _append(self, kind, token, text, scope, headers):
        """:return: the future of the write to wait for, None when there is nothing to wait for"""
        tenant = self._tenants.by_id[token.tenant]
        now = time.time()
        policy = min(token.policy, tenant.policy)
        if not policy or not self._is_wanted(tenant, token, headers, now):
            self._counts[kind, "unrecorded"] += 1
            return None
        stalled = self._writes and time.monotonic() - self._moved > PATIENCE
        if not stalled:
            self._unconfirmed = 0
        elif self._unconfirmed >= _MAX_UNCONFIRMED:
            self._counts[kind, "dropped"] += 1
            return None
        line, key = self.lines[token.tenant].make(
            token,
            policy,
            scope.method,
            headers,
            self.address.of(scope.client, headers),
            tenant.salts.get(token.key_id, b""),
            now,
            minimum=is_stale(tenant.fetched_at, now),
        )
        write = self._spool.append(tenant.name, text, (text, key), line)
        if stalled:
            self._unconfirmed += 1
            self._counts[kind, "unconfirmed"] += 1
            return None
        return write

    def _begin_to_wait(self, write):
        if not self._writes:
            self._moved = time.monotonic()
        self._writes += 1
        self._write, self._answers, self._wakes = write, [], []
        write.add_done_callback(partial(self._end_waiting, self._answers, self._wakes))

    def _end_waiting(self, answers, wakes, write):
        if write is self._write:
            self._write = None
        self._writes -= 1
        self._moved = time.monotonic()
        outcome = "recorded" if write.exception() is None else "dropped"
        for kind, number in Counter(map(itemgetter(0), answers)).items():
            self._counts[kind, outcome] += number
        for _kind, answer, arguments in answers:
            if answer is not None:
                try:
                    answer(*arguments)
                except Exception:
                    _logger.exception("a request was not answered")
        for wake in wakes:
            wake(self._waiting)

    @staticmethod
    def _is_wanted(tenant, token, headers, now):
        if token.sent_at < now - tenant.retention:
            return False
        if token.uid in tenant.suppressed:
            return False
        if tenant.partly and _TYPES[token.kind] in tenant.partly.get(token.uid, ()):
            return False
        honour = tenant.state.honour
        return not (honour and is_refused(headers, honour))

    def _answer_bad(self, kind, scope, proto):
        self._counts[kind, "bad"] += 1
        if kind == "o":
            proto.response_bytes(*_PIXEL)
        elif self._bad_tokens.allows(self.address.of(scope.client, scope.headers)):
            self.page(proto, 404, pages.NOT_FOUND)
        else:
            self.too_often(proto)

    def _answer_other(self, path, proto):
        if len(path) > MAX_PATH:
            proto.response_str(414, _TEXT, "too long\n")
        elif path == "/healthz":
            proto.response_str(200, _TEXT, "ok\n")
        elif path == "/readyz":
            if not self._tenants.keyring:
                proto.response_str(503, _TEXT, "no keys\n")
            else:
                proto.response_str(200, _TEXT, "ready\n")
        elif path == "/robots.txt":
            proto.response_str(200, _TEXT, ROBOTS)
        else:
            self.page(proto, 404, pages.NOT_FOUND)
        self._counts["other", "answered"] += 1

    def too_often(self, proto):
        self.page(proto, 429, pages.TOO_OFTEN, [("Retry-After", "60")])

    @staticmethod
    def page(proto, status, page, headers=()):
        proto.response_str(status, [*_HTML, *headers], page)


_TYPES = {"o": "open", "c": "click", "a": "attachment", "p": ""}
