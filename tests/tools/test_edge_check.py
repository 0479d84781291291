"""The check of an edge, against real servers on the loopback."""

import datetime
import functools
import ipaddress
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from mail_engagement.relay.engagement_relay.protocol import answers
from mail_engagement.tools import edge_check


class Edge(BaseHTTPRequestHandler):
    """Answers as an edge does, or as it should not."""

    def __init__(self, *arguments, body=answers.GIF, ready=200, headers=None, **options):
        self.body, self.ready = body, ready
        self.answer = answers.PIXEL_HEADERS if headers is None else headers
        super().__init__(*arguments, **options)

    def do_GET(self):
        is_pixel = "/o/" in self.path
        self.send_response(200 if is_pixel else self.ready)
        for name, value in (self.answer if is_pixel else {}).items():
            if name != "Content-Length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.body) if is_pixel else 0))
        self.end_headers()
        if is_pixel:
            self.wfile.write(self.body)

    def log_message(self, *arguments):
        pass


@contextmanager
def serving(context=None, **answer):
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Edge, **answer))
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def certificate(tmp_path):
    """Return a function that makes a certificate for 127.0.0.1: its file, a server's context."""

    def make(days):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
        now = datetime.datetime.now(datetime.timezone.utc)
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=days, hours=1))
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .sign(key, hashes.SHA256())
        )
        path = tmp_path / "server.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return path, context

    return make


def codes(found):
    return [(item.code, item.level) for item in found]


def test_fine_but_inside_and_plain():
    with serving() as port:
        found = edge_check.check(f"http://127.0.0.1:{port}/e")
    assert codes(found) == [("dns_inside", "attention"), ("tls_none", "attention"), ("pixel", "ok")]


@pytest.mark.parametrize(
    ("answer", "code", "level"),
    [
        ({"body": b"<html>Welcome</html>"}, "pixel_other", "failed"),
        ({"ready": 503}, "pixel_unready", "failed"),
        ({"headers": {"Content-Type": "image/gif"}}, "pixel_cached", "attention"),
    ],
)
def test_wrong_answers(answer, code, level):
    with serving(**answer) as port:
        found = edge_check.check(f"http://127.0.0.1:{port}/e")
    assert codes(found)[-1] == (code, level)


def test_nobody_there():
    with serving() as port:
        pass
    found = edge_check.check(f"http://127.0.0.1:{port}/e")
    assert codes(found)[-1] == ("pixel_unreachable", "failed")
    assert "refused" in found[-1].params["error"] and "0x" not in found[-1].params["error"]
    found = edge_check.check(f"https://127.0.0.1:{port}/e")
    assert codes(found)[-1] == ("tls_unreachable", "failed")


def test_no_such_name():
    assert codes(edge_check.check("https://nowhere.invalid/e")) == [("dns_none", "failed")]


def test_certificate_that_nobody_trusts(certificate):
    _path, context = certificate(90)
    with serving(context) as port:
        found = edge_check.check(f"https://127.0.0.1:{port}/e")
    assert codes(found)[-1] == ("tls_bad", "failed")


@pytest.mark.parametrize(("days", "code"), [(90, "tls"), (3, "tls_ends")])
def test_trusted_certificate(certificate, monkeypatch, days, code):
    path, context = certificate(days)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    with serving(context) as port:
        found = edge_check.check(f"https://127.0.0.1:{port}/e")
    assert [item.code for item in found] == ["dns_inside", code, "pixel"]
    assert found[1].params["days"] == days
