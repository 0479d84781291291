"""Odoo's side of the relay, as small as it goes, with faults to order.

A process of its own keeps what it took in a file, one line an event, so that tests can count after
any number of ends and beginnings; within a test it runs in a thread.
"""

import argparse
import collections
import contextlib
import gzip
import json
import os
import secrets
import signal
import sys
import threading
import time
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from engagement_relay.protocol import signature, token, wire
from engagement_relay.protocol.observation import BadObservation, Observation

CODE = "one-time-code"
FAULTS = ("500", "503", "hang", "cut", "half", "again", "html", "413")


class MiniOdoo:
    """
    :ivar events: uid → repeat
    :ivar faults: names to strike with, one a request for ingest
    :ivar most: lines that it takes at once
    :ivar asked: (method, path, headers) of every request
    """

    def __init__(self, journal=None, port=0, tenant=None):
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
        # Files wait for it.
        self.gate = threading.Event()
        self.gate.set()
        self.lock = threading.Lock()
        self._journal = open(journal, "a") if journal else None
        if journal:
            self._read(journal)
        handler = type("Handler", (_Handler,), {"odoo": self})
        self._server = _Server(("127.0.0.1", port), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _read(self, journal):
        for line in Path(journal).read_text().splitlines():
            uid, repeat = line.split()
            self.events[uid] = int(repeat)

    @property
    def delivered(self):
        return sum(self.events.values())

    def start(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def serve(self):
        self._server.serve_forever(poll_interval=0.05)

    def stop(self):
        """Connections that are open end with their next request."""
        self.down = True
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()

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
                    if self._journal:
                        self._journal.write(f"{seen.uid} {seen.repeat}\n")
            if self._journal:
                self._journal.flush()
        return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_arguments):
        """Connections break here on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    odoo = None

    def log_message(self, *_arguments):
        """Says nothing."""

    def do_GET(self):
        self._answer()

    do_HEAD = do_POST = do_GET

    def _answer(self):
        odoo = self.odoo
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        odoo.asked.append((self.command, self.path, dict(self.headers)))
        if odoo.down:
            self._end()
            return
        path = self.path.partition("?")[0]
        if path == wire.PAIR:
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

    def _is_signed(self, body):
        given = self.headers.get
        try:
            signature.verify(
                self.odoo.secret,
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
        return given(wire.RELAY_HEADER) == self.odoo.relay

    def _pair(self, body):
        odoo, values = self.odoo, json.loads(body)
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
        odoo = self.odoo
        if gzip.decompress(body).count(b"\n") > odoo.most:
            self._send(413, {})
            return
        fault = odoo.faults.popleft() if odoo.faults else None
        if fault in ("500", "503", "413"):
            self._send(int(fault), {}, {"Retry-After": "1"} if fault == "503" else {})
        elif fault == "html":
            self._send(200, "<html>Please log in</html>")
        elif fault == "hang":
            time.sleep(60)
        elif fault == "half":
            # Half of the batch was kept, the answer says nothing.
            lines = gzip.decompress(body).splitlines(True)
            odoo.take(b"".join(lines[: len(lines) // 2]))
            self._end()
        elif fault == "cut":
            # All of it was kept, the answer is lost on its way.
            odoo.take(gzip.decompress(body))
            self._end()
        else:
            answer = odoo.take(gzip.decompress(body))
            if fault == "again":
                answer = odoo.take(gzip.decompress(body))
            self._send(200, answer)

    def _file(self, text):
        found = self.odoo.files.get(text)
        self.odoo.gate.wait(20)
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
                self._end()
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
            self.odoo.preferences[text] = body.decode()
        page = f"<html>Your choice: {self.odoo.preferences.get(text, 'none yet')}</html>"
        self._send(200, page, {"Content-Type": "text/html; charset=utf-8"})

    def _end(self):
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.close()

    def _send(self, status, content, headers=None):
        if isinstance(content, dict):
            content = json.dumps(content)
        content = content.encode() if isinstance(content, str) else content
        headers = {"Content-Type": "application/json"} | (headers or {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def main():
    """Serve until told to stop; faults come as lines on the standard input."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--journal", required=True)
    parser.add_argument("--identity", required=True, help="JSON file, made when it is missing")
    options = parser.parse_args()
    odoo = MiniOdoo(options.journal, options.port)
    identity = Path(options.identity)
    if identity.exists():
        known = json.loads(identity.read_text())
        odoo.tenant, odoo.relay = known["tenant"], known["relay"]
        odoo.secret = bytes.fromhex(known["secret"])
        odoo.masters = {0: (bytes.fromhex(known["master"]), "signing")}
    else:
        values = {
            "tenant": odoo.tenant,
            "relay": odoo.relay,
            "secret": odoo.secret.hex(),
            "master": odoo.masters[0][0].hex(),
        }
        identity.write_text(json.dumps(values))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    odoo.start()
    print("ready", flush=True)
    for line in sys.stdin:
        odoo.faults.extend(line.split())
    threading.Event().wait()


if __name__ == "__main__":
    main()
