"""An HTTP server in threads of this process, whose connections may break on purpose."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """:ivar HttpServer owner: whose requests it answers"""

    protocol_version = "HTTP/1.1"
    owner = None

    def log_message(self, *_arguments):
        """Says nothing."""

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def reply(self, status, content, headers=()):
        """:param bytes content: its length is told, and not sent after HEAD
        :param dict headers: others
        """
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def hang_up(self):
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.close()


class HttpServer:
    """
    :param handler: a class below Handler
    :ivar str url: its address
    """

    def __init__(self, handler, port=0):
        own = type(handler.__name__, (handler,), {"owner": self})
        self._server = _Server(("127.0.0.1", port), own)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()

    def start(self):
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=[0.05], daemon=True).start()
        return self

    def stop(self):
        """Take no more connections; those that are open stay."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_arguments):
        """Connections break here on purpose."""
