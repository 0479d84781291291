"""Amazon's host, where its certificate is fetched, as a proxy that Odoo takes all of HTTPS by."""

import contextlib

from ..amazon import CERTIFICATE
from ..certificate import made_certificate
from ..http_server import Handler, HttpServer

HOST = CERTIFICATE.split("/")[2]


class _Proxy(Handler):
    def do_CONNECT(self):
        """Whomever they ask for, the answer is the same."""
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        answer = self.owner.certificate
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\nConnection: close\r\n\r\n"
        context = self.owner.context
        with (
            contextlib.suppress(OSError),
            context.wrap_socket(self.connection, server_side=True) as safe,
        ):
            safe.recv(2**16)
            safe.sendall(head.encode() + answer)


class Amazon(HttpServer):
    """
    :param pathlib.Path folder: to keep a certificate in
    :param bytes certificate: that is fetched
    :ivar dict environ: with which Odoo fetches it here
    """

    def __init__(self, folder, certificate):
        super().__init__(_Proxy)
        self.certificate = certificate
        trusted, self.context = made_certificate(folder, 1, HOST)
        self.environ = {"HTTPS_PROXY": self.url, "REQUESTS_CA_BUNDLE": str(trusted)}
