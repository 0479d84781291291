"""The check of an edge, against real servers on the loopback."""

import functools
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
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
