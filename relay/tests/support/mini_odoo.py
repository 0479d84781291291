"""Odoo's side of the relay, as small as it goes, with faults to order."""

import collections
import gzip
import json
import secrets
import threading
import time
from base64 import b64encode

from engagement_relay.protocol import signature, token, wire
from engagement_relay.protocol.observation import BadObservation, Observation

from dev.http_server import Handler, HttpServer

CODE = "one-time-code"
FAULTS = ("500", "503", "hang", "cut", "half", "again", "html", "413")


class MiniOdoo(HttpServer):
    """
    :ivar events: uid → repeat
    :ivar faults: names to strike with, one a request for ingest
    :ivar most: lines that it takes at once
    :ivar asked: (method, path, headers) of every request
    :ivar only: the versions of the protocol without which it answers nothing
    """

    def __init__(self, port=0, tenant=None):
        self.tenant = tenant or secrets.token_hex(4)
        self.relay, self.secret = secrets.token_hex(16), secrets.token_bytes(32)
        self.masters = {0: (secrets.token_bytes(32), "signing")}
        self.events, self.observations = {}, []
        self.doubled, self.batches = 0, 0
        self.faults = collections.deque()
        self.most = 10_000
        self.down = False
        self.asked = []
        self.files = {}
        self.state = {
            "enabled": True,
            "hosts": [],
            "retention_days": 365,
            "max_policy": 3,
            "honour": [],
            "attachment_max_bytes": 0,
        }
        self.version = 1
        self.suppressed, self.kinds = [], {}
        self.codes = {CODE}
        self.reject = set()
        self.preferences = {}
        self.only = None
        # Files wait for it.
        self.gate = threading.Event()
        self.gate.set()
        self.lock = threading.Lock()
        super().__init__(_Handler, port)

    @property
    def delivered(self):
        return sum(self.events.values())

    def stop(self):
        """Connections that are open end with their next request."""
        self.down = True
        super().stop()

    def changed(self, **values):
        """Another state, with a number of its own."""
        self.state |= values
        self.version += 1

    def keys(self):
        return [
            {
                "id": number,
                "state": state,
                "outer": {
                    kind: b64encode(token.outer_key(master, kind)).decode() for kind in token.KINDS
                },
            }
            for number, (master, state) in self.masters.items()
        ]

    def full_state(self):
        return {
            **self.state,
            "state_version": self.version,
            "full": True,
            "tenant": self.tenant,
            "keys": self.keys(),
            "suppressed": list(self.suppressed),
            "suppressed_kinds": self.kinds,
            "unsuppressed": [],
        }

    def pairing(self, hosts=()):
        """What ``pair`` would have written down."""
        from engagement_relay.storage import Pairing

        return Pairing(self.url, self.relay, self.secret, self.tenant, "", tuple(hosts))

    def mint(self, kind="o", number=0, **parts):
        values = {
            "key_id": number,
            "tenant": bytes.fromhex(self.tenant),
            "policy": token.Policy.FULL,
            "sent_at": int(time.time()),
            "uid": secrets.token_bytes(10),
        }
        if kind in "ap":
            values |= {"key": secrets.token_bytes(16), "inner": secrets.token_bytes(16)}
        made = token.Token(kind=kind, **values | parts)
        return token.mint(made, token.outer_key(self.masters[number][0], kind))

    def take(self, body):
        """One batch, in one piece."""
        answer = {"accepted": 0, "duplicates": 0, "rejected": [], "state_version": self.version}
        with self.lock:
            self.batches += 1
            for line in body.splitlines():
                try:
                    seen = Observation.from_json(line)
                except BadObservation as error:
                    answer["rejected"].append({"uid": "", "reason": str(error)})
                    continue
                if seen.mail in self.reject:
                    answer["rejected"].append({"uid": seen.uid, "reason": "unwanted"})
                elif seen.uid in self.events:
                    answer["duplicates"] += 1
                    self.doubled += self.events[seen.uid] != seen.repeat
                else:
                    answer["accepted"] += 1
                    self.events[seen.uid] = seen.repeat
                    self.observations.append(seen)
        return answer


class _Handler(Handler):
    def do_GET(self):
        odoo, body = self.owner, self.body()
        odoo.asked.append((self.command, self.path, dict(self.headers)))
        if odoo.down:
            self.hang_up()
            return
        path = self.path.partition("?")[0]
        if odoo.only:
            self._send(wire.UPGRADE_REQUIRED, {"protocol": odoo.only})
        elif path == wire.PAIR:
            self._pair(body)
        elif not self._is_signed(body):
            self._send(401, {})
        elif path == wire.INGEST:
            self._ingest(body)
        elif path == wire.STATE:
            self._send(200, odoo.full_state())
        elif path.startswith(f"{wire.ATTACHMENT}/"):
            self._file(path.rpartition("/")[2])
        elif path.startswith(f"{wire.PREFERENCES}/"):
            self._preferences(path.rpartition("/")[2], body)
        else:
            self._send(404, {})

    do_HEAD = do_POST = do_GET

    def _is_signed(self, body):
        given = self.headers.get
        try:
            signature.verify(
                self.owner.secret,
                given(wire.SIGNATURE_HEADER),
                relay=given(wire.RELAY_HEADER, ""),
                tenant=given(wire.TENANT_HEADER, ""),
                method=self.command,
                path=self.path,
                timestamp=given(wire.TIMESTAMP_HEADER),
                body=body,
            )
        except signature.BadSignature:
            return False
        return given(wire.RELAY_HEADER) == self.owner.relay

    def _pair(self, body):
        odoo, values = self.owner, json.loads(body)
        if values["code"] not in odoo.codes:
            self._send(403, {})
            return
        odoo.codes.discard(values["code"])
        self._send(
            200,
            {
                "relay": odoo.relay,
                "secret": b64encode(odoo.secret).decode(),
                "tenant": odoo.tenant,
                "database": "",
                "state": odoo.full_state(),
            },
        )

    def _ingest(self, body):
        odoo = self.owner
        if gzip.decompress(body).count(b"\n") > odoo.most:
            self._send(413, {})
            return
        fault = odoo.faults.popleft() if odoo.faults else None
        if isinstance(fault, bytes):
            self._send(200, fault)
        elif fault in ("500", "503", "413"):
            self._send(int(fault), {}, {"Retry-After": "1"} if fault == "503" else {})
        elif fault == "html":
            self._send(200, "<html>Please log in</html>")
        elif fault == "hang":
            time.sleep(60)
        elif fault == "half":
            # Half of the batch was kept, the answer says nothing.
            lines = gzip.decompress(body).splitlines(True)
            odoo.take(b"".join(lines[: len(lines) // 2]))
            self.hang_up()
        elif fault == "cut":
            # All of it was kept, the answer is lost on its way.
            odoo.take(gzip.decompress(body))
            self.hang_up()
        else:
            answer = odoo.take(gzip.decompress(body))
            if fault == "again":
                answer = odoo.take(gzip.decompress(body))
            self._send(200, answer)

    def _file(self, text):
        found = self.owner.files.get(text)
        self.owner.gate.wait(20)
        if found is None:
            self._send(404, {})
            return
        if isinstance(found, dict):
            if content := found.get("content"):
                # Half of what the length promises.
                self.send_response(200)
                self.send_header("Content-Length", str(2 * len(content)))
                self.end_headers()
                self.wfile.write(content)
                self.hang_up()
            else:
                self._send(found["status"], "moved", found.get("headers"))
            return
        wanted, status, headers = self.headers.get("Range"), 200, {}
        if wanted:
            first, _minus, last = wanted.removeprefix("bytes=").partition("-")
            first = int(first or 0)
            last = int(last) if last else len(found) - 1
            headers = {"Content-Range": f"bytes {first}-{last}/{len(found)}"}
            found, status = found[first : last + 1], 206
        headers |= {
            "Content-Type": "text/html",
            "Content-Disposition": "inline; filename=offer.html",
            "Set-Cookie": "session_id=1",
            "Accept-Ranges": "bytes",
        }
        self._send(status, found, headers)

    def _preferences(self, text, body):
        if self.command == "POST":
            self.owner.preferences[text] = body.decode()
        page = f"<html>Your choice: {self.owner.preferences.get(text, 'none yet')}</html>"
        self._send(200, page, {"Content-Type": "text/html; charset=utf-8"})

    def _send(self, status, content, headers=None):
        if isinstance(content, dict):
            content = json.dumps(content)
        content = content.encode() if isinstance(content, str) else content
        headers = {"Content-Type": "application/json"} | (headers or {})
        self.reply(status, content, headers)
