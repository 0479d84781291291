"""What a relay answers, as a granian (RSGI) application: verify, write down, answer."""

import asyncio
from collections import Counter
from collections.abc import Awaitable

from ..config import Config
from ..protocol.answers import GIF, PIXEL_HEADERS, REDIRECT_HEADERS, ROBOTS
from ..protocol.token import InvalidToken, KeyState, Mark, cut, verify
from ..tenants import Tenants
from . import reply
from .client_address import ClientAddress
from .limits import Limit
from .passthrough import Passthrough
from .recorder import Recorder
from .reply import Answering, Asked, AskedHeaders
from .waiting import NOTHING

MAX_PATH = 4096

_PIXEL = (200, list(PIXEL_HEADERS.items()), GIF)
_REDIRECT = list(REDIRECT_HEADERS.items())
_KINDS = {"/o/": "o", "/c/": "c", "/a/": "a", "/p/": "p"}


class Edge:
    """
    :param counts: (kind, outcome) → number
    :param passthrough: serves what Odoo has: files and preferences
    :param loop: the one that requests come in
    """

    def __init__(
        self,
        config: Config,
        tenants: Tenants,
        counts: Counter[tuple[str, str]],
        address: ClientAddress,
        recorder: Recorder,
        passthrough: Passthrough,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._tenants, self._counts, self._address = tenants, counts, address
        self._recorder, self._passthrough, self._loop = recorder, passthrough, loop
        self._record = recorder.record
        self._bad_tokens = Limit(config.bad_tokens_per_minute)
        self.limits = {"bad": self._bad_tokens, **passthrough.limits}

    def __call__(self, asked: Asked, proto: Answering) -> Awaitable[None]:
        """:return: done when the request is answered"""
        path, method = asked.path, asked.method
        # granian copies them each time they are asked for.
        headers = asked.headers
        hosts = headers.get_all("host")
        if len(hosts) > 1:
            # Which of them is meant, a proxy and we might see differently (RFC 9112 §3.2).
            self._counts["other", "bad"] += 1
            reply.bad_request(asked, proto)
            return NOTHING
        kind = _KINDS.get(path[:3])
        if kind is None or len(path) > MAX_PATH:
            self._answer_other(path, asked, proto)
            return NOTHING
        if method != "GET" and method != "HEAD" and not (kind == "p" and method == "POST"):
            self._counts[kind, "method"] += 1
            allowed = "GET, HEAD, POST" if kind == "p" else "GET, HEAD"
            reply.text(proto, 405, "", [("Allow", allowed)])
            return NOTHING
        text = path[3:].partition("/")[0] if kind == "a" else path[3:]
        if kind == "o":
            text = text.removesuffix(".gif")
        token: Mark | None
        try:
            token = verify(text, self._tenants.keyring)
        except InvalidToken:
            text, token = self._without_decoration(text)
        if (
            token is None
            or token.kind != kind
            or not self._tenants.serves(hosts[0] if hosts else "", token.tenant)
        ):
            self._answer_bad(kind, asked, proto)
            return NOTHING
        if kind == "o":
            return self._record(token, text, asked, headers, proto.response_bytes, _PIXEL)
        return self._lead_on(token, text, asked, headers, proto)

    def _lead_on(
        self, token: Mark, text: str, asked: Asked, headers: AskedHeaders, proto: Answering
    ) -> Awaitable[None]:
        if token.kind == "c":
            if token.state is KeyState.COMPROMISED:
                page = asked, proto, token.target
                return self._record(token, text, asked, headers, reply.leaving, page)
            redirect = 302, [*_REDIRECT, ("Location", token.target)]
            return self._record(token, text, asked, headers, proto.response_empty, redirect)
        carry = self._passthrough.answer(token, text, asked, proto)
        return self._recorder.after(self._loop.create_task(carry))

    def _without_decoration(self, text: str) -> tuple[str, Mark | None]:
        """:return: the token at the beginning and what it says, None where there is none"""
        try:
            text = cut(text, self._tenants.keyring)
            return text, verify(text, self._tenants.keyring)
        except InvalidToken:
            return text, None

    def _answer_bad(self, kind: str, asked: Asked, proto: Answering) -> None:
        self._counts[kind, "bad"] += 1
        if kind == "o":
            proto.response_bytes(*_PIXEL)
        elif self._bad_tokens.allows(self._address.of(asked.client, asked.headers)):
            reply.not_found(asked, proto)
        else:
            reply.too_often(asked, proto)

    def _answer_other(self, path: str, asked: Asked, proto: Answering) -> None:
        if len(path) > MAX_PATH:
            reply.text(proto, 414, "too long\n")
        elif path == "/healthz":
            reply.text(proto, 200, "ok\n")
        elif path == "/readyz":
            if not self._tenants.by_id:
                reply.text(proto, 503, "not paired: run engagement-relay pair\n")
            elif not self._tenants.keyring:
                reply.text(proto, 503, "no keys\n")
            else:
                reply.text(proto, 200, "ready\n")
        elif path == "/robots.txt":
            reply.text(proto, 200, ROBOTS)
        else:
            reply.not_found(asked, proto)
        self._counts["other", "answered"] += 1
