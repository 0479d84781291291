"""A POST to an address that somebody typed, against real servers on the loopback."""

import contextlib
import ssl
import threading
import time

import dns.resolver
import pytest
from dnslib import RR
from mail_engagement.tools.webhook import post as sender
from mail_engagement.tools.webhook.post import MOST_BYTES, Permitted, Refused, is_public, target

from dev import name_server
from dev.http_server import Handler, HttpServer

INSIDE = Permitted(private=True, http=True)


class Receiver(Handler):
    """Keeps what it gets and answers as its owner says."""

    def do_POST(self):
        self.owner.got.append((self.path, dict(self.headers), self.body()))
        self.owner.answer(self)


class Server(HttpServer):
    def __init__(self, answer=None, context=None):
        super().__init__(Receiver)
        self.got, self.answer = [], answer or (lambda it: it.reply(200, b"thanks"))
        self.port = self._server.server_port
        if context:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)


def send(url, permitted=INSIDE, **options):
    return sender.post(url, '{"a": "ü"}', {"webhook-id": "1"}, permitted, **options)


def refused(url, permitted=INSIDE, **options):
    with pytest.raises(Refused) as caught:
        send(url, permitted, **options)
    return caught.value


def test_what_is_sent():
    with Server() as server:
        answer = send(f"{server.url}/hook/é?a=b")
    [(path, headers, body)] = server.got
    assert (answer.status, answer.text) == (200, "thanks")
    assert path == "/hook/%C3%A9?a=b"
    assert body == '{"a": "ü"}'.encode()
    assert headers["Host"] == f"127.0.0.1:{server.port}"
    assert headers["webhook-id"] == "1" and headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "receiver.example",
        "ftp://receiver.example/",
        "https://",
        "https://user:word@receiver.example/",
        "https://receiver.example:99999/",
        "https://receiver.example:0/",
        "https://receiver.example/a b",
        "https://receiver.example/\r\nX: y",
        "https://[::1",
        "https://xn--\u0600/",
        "https://receiver.example/" + "a" * 2000,
    ],
)
def test_no_address(url):
    assert refused(url).code == "url"


def test_plain_http_only_where_it_is_allowed():
    assert refused("http://receiver.example/", Permitted()).code == "scheme"
    assert target("http://receiver.example/", Permitted(http=True)).port == 80


def test_a_name_of_the_world():
    assert target("https://bücher.example/", Permitted()).host == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff0e::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::808:808", True),
    ],
)
def test_which_addresses_are_public(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "some.localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        # As the system's resolver reads them.
        "2130706433",
        "0x7f.1",
        "127.1",
    ],
)
def test_nothing_inside_is_reached(host):
    with Server() as server:
        error = refused(f"http://{host}:{server.port}/", Permitted(http=True))
    assert error.code == "private"
    assert not server.got


def test_one_address_inside_among_public_ones_is_one_too_many():
    with Server() as server:
        error = refused(
            f"http://receiver.test:{server.port}/",
            Permitted(http=True),
            lookup=lambda host, port: ["203.0.113.7", "127.0.0.1"],
        )
    # The first is one of those that are for documents only, and no public one either.
    assert error.code == "private" and not server.got


class Rebinding(name_server.Zone):
    """Says another address each time."""

    def __init__(self, *addresses):
        super().__init__("")
        self.left = list(addresses)

    def resolve(self, request, handler):
        reply = request.reply()
        reply.add_answer(*RR.fromZone(f"receiver.test. 0 A {self.left.pop(0)}"))
        return reply


def by_name_server(host, port):
    return [str(record) for record in dns.resolver.resolve(host, "A")]


def test_a_name_that_changes_its_address(monkeypatch):
    """Were it asked again between the check and the connection, the other one would be reached."""
    zone = Rebinding("127.0.0.1", "127.0.0.2")
    monkeypatch.setattr(name_server, "Zone", lambda text: zone)
    with Server() as server, name_server.answering(""):
        answer = send(f"http://receiver.test:{server.port}/", lookup=by_name_server)
    assert answer.status == 200
    assert len(server.got) == 1 and server.got[0][1]["Host"] == f"receiver.test:{server.port}"
    assert zone.left == ["127.0.0.2"]


def test_tls_verifies_the_name_at_the_address_that_was_resolved(certificate):
    path, context = certificate(90, "receiver.test")
    trust = ssl.create_default_context(cafile=path)
    with Server(context=context) as server:
        options = {"lookup": lambda host, port: ["127.0.0.1"], "context": trust}
        answer = send(f"https://receiver.test:{server.port}/", **options)
        assert answer.status == 200 and len(server.got) == 1
        assert refused(f"https://other.test:{server.port}/", **options).code == "tls"
        untrusted = refused(f"https://receiver.test:{server.port}/", lookup=options["lookup"])
        assert untrusted.code == "tls" and "self" in untrusted.detail
    assert len(server.got) == 1


def test_the_next_address_where_nobody_answers_at_the_first():
    with Server() as server:
        both = {"lookup": lambda host, port: ["127.0.0.3", "127.0.0.1"]}
        assert send(f"http://receiver.test:{server.port}/", **both).status == 200


def test_nobody_there():
    with Server() as server:
        pass
    error = refused(f"{server.url}/")
    assert error.code == "connect" and "refused" in error.detail
    assert refused("http://nowhere.invalid/").code == "dns"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(status):
    with Server() as other:
        elsewhere = {"Location": f"{other.url}/secret"}
        with Server(lambda it: it.reply(status, b"", elsewhere)) as server:
            answer = send(f"{server.url}/")
    assert answer.status == status
    assert not other.got


def test_no_proxy_is_asked(monkeypatch):
    with Server() as proxy, Server() as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert send(f"{server.url}/").status == 200
    assert server.got and not proxy.got


def test_no_more_is_read_than_is_kept():
    sent = []

    def much(it):
        it.send_response(200)
        it.send_header("Content-Length", str(10 * 2**20))
        it.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(10 * 2**4):
                it.wfile.write(b"x" * 2**16)
                sent.append(2**16)
        done.set()

    done = threading.Event()
    with Server(much) as server:
        answer = send(f"{server.url}/")
        assert done.wait(30)
    assert answer.status == 200
    assert answer.text == "x" * MOST_BYTES
    # What was on its way when the connection was closed.
    assert sum(sent) < 10 * 2**20


def dripping(part):
    """An answer that never ends: a byte again and again, so that no single read takes long."""

    def answer(it):
        with contextlib.suppress(OSError):
            it.wfile.write(b"HTTP/1.1 ")
            while True:
                it.wfile.write(part)
                time.sleep(0.02)

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        dripping(b"2"),
        dripping(b"200 OK\r\nX: y\r\nX: "),
        dripping(b"100 Continue\r\n\r\nHTTP/1.1 "),
        # Says nothing until the other side has hung up.
        lambda it: it.rfile.read(1),
    ],
)
def test_a_slow_answer_ends(answer):
    with Server(answer) as server:
        assert refused(f"{server.url}/", total=0.5).code == "timeout"


def test_a_slow_body_after_a_quick_status_is_an_answer():
    def answer(it):
        it.send_response(202)
        it.send_header("Content-Length", "1000")
        it.end_headers()
        with contextlib.suppress(OSError):
            while True:
                it.wfile.write(b"y")
                time.sleep(0.02)

    with Server(answer) as server:
        got = send(f"{server.url}/", total=0.5)
    assert got.status == 202 and set(got.text) == {"y"}


@pytest.mark.parametrize("line", [b"SMTP ready\r\n", b"", b"HTTP/1.1 abc\r\n\r\n"])
def test_no_http(line):
    def answer(it):
        it.wfile.write(line)
        it.hang_up()

    with Server(answer) as server:
        assert refused(f"{server.url}/").code == "answer"


def test_what_no_database_can_store_is_not_kept():
    with Server(lambda it: it.reply(500, b"a\0b\xff")) as server:
        answer = send(f"{server.url}/")
    assert answer.text == "ab\N{REPLACEMENT CHARACTER}"
