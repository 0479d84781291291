"""Every public route, and how a request for it is made that is wrong somewhere."""

import gzip
import json
import secrets
import time
from base64 import b64decode
from typing import NamedTuple
from urllib.parse import urlencode

from engagement_relay.protocol import signature, wire
from engagement_relay.protocol.observation import Observation

from .hostile import METHODS

DELIVERY = "/mail_engagement/delivery"
# What there is beside the tokens.
FIXED = ("healthz", "readyz", "robots.txt")
# Lines of a batch: each is an input.
LINES = 200
FORM = {
    "open": "refused",
    "click": "granted",
    "attachment": "",
    "all": "",
    "erase": "",
    "confirm": "1",
    "stamp": "x",
    "lang": "ar",
}


class Request(NamedTuple):
    """:ivar str path: with query, latin-1
    :ivar dict headers: latin-1
    :ivar int inputs: how many things that were to be judged it holds
    """

    method: str
    path: str
    headers: dict = {}
    body: bytes = b""
    inputs: int = 1


class Routes:
    """
    :param dict tokens: of a mail, by kind: o, c, a, p
    :param dict pairing: what a relay is told when it pairs
    :param str cookie: of a logged-in administrator
    :param Deliveries deliveries: what providers tell
    """

    def __init__(self, tokens, pairing, cookie, deliveries):
        self._tokens, self._pairing, self._cookie = tokens, pairing, cookie
        self._deliveries = deliveries
        self._secret = b64decode(pairing["secret"])
        self._mail = secrets.token_hex(10)

    def odoo(self):
        """:rtype: dict, name → function of a Hostile that makes a Request"""
        edge = wire.ODOO_EDGE
        return {
            **{f"{edge}/{kind}": self._edge(f"{edge}/{kind}/", kind) for kind in self._tokens},
            f"{edge}/...": lambda hostile: self._any(hostile, f"{edge}/"),
            wire.PAIR: self._pair,
            wire.INGEST: self._ingest,
            wire.STATE: self._state,
            wire.ATTACHMENT: lambda hostile: self._carried(hostile, wire.ATTACHMENT, "a"),
            wire.PREFERENCES: lambda hostile: self._carried(hostile, wire.PREFERENCES, "p"),
            "/mail_engagement/export": self._export,
            **{f"{DELIVERY}/{name}": self._delivery(name) for name in self._deliveries.keys},
        }

    def relay(self):
        """As ``odoo``."""
        return {
            **{f"relay /{kind}": self._edge(f"/{kind}/", kind) for kind in self._tokens},
            "relay /...": lambda hostile: self._any(hostile, "/"),
        }

    def _edge(self, base, kind):
        def make(hostile):
            chance = hostile.chance.random()
            token = self._tokens[kind]
            if chance < 0.5:
                token = hostile.changed(token)
            elif chance < 0.7:
                token = hostile.text()
            elif chance < 0.75:
                token = hostile.chance.choice([*self._tokens.values()])
            behind = hostile.chance.choice(("", "", ".gif", "/offer.pdf", "/" + hostile.text()))
            method = self._method(hostile, "GET")
            body, headers = b"", hostile.headers()
            if method == "POST":
                body = self._form(hostile)
                headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
            return Request(
                method, base + hostile.path(token + behind) + hostile.query(), headers, body
            )

        return make

    @staticmethod
    def _method(hostile, usual):
        return usual if hostile.chance.random() < 0.8 else hostile.chance.choice(METHODS)

    @staticmethod
    def _form(hostile):
        form = {
            name: hostile.text() if hostile.chance.random() < 0.3 else value
            for name, value in FORM.items()
        }
        if hostile.chance.random() < 0.3:
            form[hostile.short()] = hostile.text()
        return urlencode(form, errors="surrogatepass").encode()

    def _any(self, hostile, base):
        name = hostile.chance.choice(FIXED) if hostile.chance.random() < 0.1 else hostile.text()
        path = base + hostile.path(name) + hostile.query()
        return Request(self._method(hostile, "GET"), path, hostile.headers())

    def _pair(self, hostile):
        good = {"code": "AAAAA-" * 5, "name": "Edge", "version": "1", "hosts": ["a.test", "b.test"]}
        body = hostile.object(good).encode(errors="surrogatepass")
        return Request("POST", wire.PAIR + hostile.query(), hostile.headers(), body)

    def _ingest(self, hostile):
        lines = [self._line(hostile).replace("\n", " ") for _number in range(LINES)]
        body = "\n".join(lines).encode(errors="surrogatepass")
        headers = hostile.headers(("User-Agent", "Content-Type", wire.DEPTH_HEADER))
        if hostile.chance.random() < 0.9:
            # Else all of the batch would be refused for it.
            headers.pop(wire.DEPTH_HEADER, None)
        if hostile.chance.random() < 0.5:
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        if hostile.chance.random() < 0.02:
            body = body[: hostile.chance.randrange(len(body))]
        return self._signed(hostile, "POST", wire.INGEST, body, headers)._replace(inputs=LINES)

    def _line(self, hostile):
        seen = Observation(
            uid=secrets.token_hex(16),
            type=hostile.chance.choice(("open", "click", "attachment")),
            mail=self._mail,
            sent_at=int(time.time()) - 1000,
            policy=3,
            at=time.time(),
            link=7,
            repeat=3,
            agent="browser",
            agent_name="x",
            network="hosting",
            network_name="x",
            hints=("dnt",),
            device_type="mobile",
            client="Firefox",
            os="iOS",
            country="JP",
            city="Osaka",
            source=7,
            ip="192.0.2.1",
            user_agent="x",
        )
        return hostile.object(json.loads(seen.to_json()))

    def _state(self, hostile):
        path = wire.STATE + (hostile.query() or f"?since={hostile.path(hostile.text())}")
        return self._signed(hostile, "GET", path, b"", hostile.headers())

    def _carried(self, hostile, base, kind):
        token = self._tokens[kind]
        if hostile.chance.random() < 0.7:
            token = hostile.changed(token)
        method = hostile.chance.choice(("GET", "POST")) if kind == "p" else "GET"
        body = self._form(hostile) if method == "POST" else b""
        path = f"{base}/{hostile.path(token)}{hostile.query()}"
        return self._signed(hostile, method, path, body, hostile.headers())

    def _signed(self, hostile, method, path, body, headers):
        """Signed rightly, but for one in ten."""
        signed = signature.headers(
            self._secret,
            relay=self._pairing["relay"],
            tenant=self._pairing["tenant"],
            method=method,
            path=path,
            body=body,
        )
        if hostile.chance.random() < 0.1:
            signed[hostile.chance.choice([*signed, wire.PROTOCOL_HEADER])] = hostile.header()
        return Request(method, path, {**headers, **signed}, body)

    def _delivery(self, name):
        """With the provider's proof."""

        def make(hostile):
            headers = hostile.headers()
            body, proof, number = self._deliveries.make(name, hostile)
            path = f"{DELIVERY}/{name}/{self._deliveries.keys[name]}{hostile.query()}"
            if hostile.chance.random() < 0.05:
                path = f"{DELIVERY}/{hostile.path(hostile.text())}/{hostile.path(hostile.text())}"
            method = self._method(hostile, "POST")
            return Request(method, path, {**headers, **proof}, body, number)

        return make

    def _export(self, hostile):
        number = hostile.chance.choice((str(hostile.chance.randrange(100)), hostile.text()))
        path = f"/mail_engagement/export/{hostile.path(number)}{hostile.query()}"
        return Request("GET", path, {**hostile.headers(), "Cookie": self._cookie})
