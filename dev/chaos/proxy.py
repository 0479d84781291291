"""Between the relay and Odoo: a proxy that answers wrongly, slowly, twice or not at all."""

import contextlib
import http.client
import random
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

FAULTS = ("500", "timeout", "half a batch", "no answer", "twice")
_PATIENCE = 60


class Proxy:
    """
    :param str target: Odoo's address
    :param float share: of the batches that something happens to
    """

    def __init__(self, target, share, seconds):
        self.target, self.share, self.seconds = urlsplit(target).netloc, share, seconds
        self.struck = Counter()
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()

    def fault(self, path):
        if not path.startswith("/mail_engagement/ingest") or random.random() > self.share:
            return None
        # Each kind as often as the others.
        found = min(random.sample(FAULTS, len(FAULTS)), key=self.struck.__getitem__)
        self.struck[found] += 1
        return found


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_arguments):
        """Connections break here on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy = None

    def log_message(self, *_arguments):
        """Says nothing."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.proxy.fault(self.path)
        if fault == "500":
            self._answer(500, {}, b"")
        elif fault == "timeout":
            # Odoo has it, and the answer comes too late.
            self._forward(body)
            time.sleep(self.proxy.seconds)
            self._end()
        elif fault == "half a batch":
            with contextlib.suppress(OSError, http.client.HTTPException):
                self._forward(body[: len(body) // 2], len(body))
            self._end()
        elif fault == "no answer":
            self._forward(body)
            self._end()
        else:
            if fault == "twice":
                self._forward(body)
            found = self._forward(body)
            if found:
                self._answer(*found)
            else:
                self._end()

    do_GET = do_POST

    def _forward(self, body, length=None):
        """:param int length: what is promised, when less is sent"""
        headers = {name: value for name, value in self.headers.items() if name != "Host"}
        headers["Content-Length"] = str(len(body) if length is None else length)
        connection = http.client.HTTPConnection(
            self.proxy.target, timeout=_PATIENCE if length is None else 1
        )
        try:
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        except OSError:
            if length is not None:
                raise
            return None
        finally:
            connection.close()

    def _answer(self, status, headers, content):
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("connection", "content-length", "transfer-encoding", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _end(self):
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.close()
