"""Files and preferences, carried through from Odoo."""

import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from engagement_relay.edge import passthrough
from mini_odoo import MiniOdoo
from relay_process import RelayProcess

from dev.processes import wait_until

CONTENT = os.urandom(300_000)


def test_file(relay, odoo):
    token = odoo.mint("a", link=5)
    odoo.files[token] = CONTENT
    status, headers, body = relay.ask(f"/a/{token}/offer.html")
    assert (status, body) == (200, CONTENT)
    assert headers["content-disposition"] == "attachment"
    assert headers["content-security-policy"].startswith("sandbox")
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers and headers["content-length"] == str(len(CONTENT))
    wait_until(lambda: odoo.delivered, "the event")
    [seen] = odoo.observations
    assert (seen.type, seen.link) == ("attachment", 5)


def test_odoo_is_asked_for_nothing_but_the_token(relay, odoo):
    token = odoo.mint("a")
    odoo.files[token] = b"x"
    relay.ask(f"/a/{token}/..%2f..%2fweb?a=b", headers={"Cookie": "a=b", "Range": "lines=1"})
    asked = [item for item in odoo.asked if "attachment" in item[1]]
    assert [item[:2] for item in asked] == [("GET", f"/mail_engagement/attachment/{token}")]
    assert not {"Cookie", "Range"} & asked[0][2].keys()


@pytest.mark.parametrize(
    "name",
    [
        "WH%2FOUT%2F00007.pdf", "WH/OUT/00007.pdf", "a%2F", "%2Fa", "a%2F%2Fb", "", "/", "x/",
        "%C3%A9.pdf", "%FF", "fr", "a%5Cb", "x" * 200, "%2e%2e", ".env", "%0a", "%E2%80%AE",
    ],
)  # fmt: skip
def test_a_files_name_does_not_matter(relay, odoo, name):
    token = odoo.mint("a")
    odoo.files[token] = b"x"
    assert relay.ask(f"/a/{token}/{name}")[::2] == (200, b"x")


@pytest.mark.parametrize(
    "path", ["/", "/x", "/en", "/web/login", "/c", "/a", "/a/", "/p/", "/.env"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_every_other_path_is_the_calm_page(relay, path, method):
    status, headers, body = relay.ask(path, method)
    if method == "POST" and path == "/a/":
        assert (status, headers["allow"]) == (405, "GET, HEAD")
        return
    assert status == 404 and "location" not in headers
    assert (b"leads nowhere" in body) == (method != "HEAD")


def test_reading_in_pieces_is_one_view(relay, odoo):
    token = odoo.mint("a")
    odoo.files[token] = CONTENT
    assert relay.ask(f"/a/{token}/f")[0] == 200
    for first, last in ((0, 99), (100, 4_999), (5_000, "")):
        status, headers, body = relay.ask(
            f"/a/{token}/f", headers={"Range": f"bytes={first}-{last}"}
        )
        assert status == 206 and headers["content-range"].endswith(f"/{len(CONTENT)}")
        assert body == CONTENT[first : last + 1 if last else None]
    relay.ask(f"/o/{odoo.mint()}.gif")
    wait_until(lambda: odoo.delivered >= 2, "both events")
    assert sorted(seen.type for seen in odoo.observations) == ["attachment", "open"]


def test_head(relay, odoo):
    token = odoo.mint("a")
    odoo.files[token] = CONTENT
    status, headers, body = relay.ask(f"/a/{token}/f", "HEAD")
    assert (status, body, headers["content-length"]) == (200, b"", str(len(CONTENT)))
    wait_until(lambda: odoo.delivered, "the event")
    assert odoo.observations[0].method == "HEAD"


def test_redirects_of_odoo_are_not_followed(relay, odoo):
    token = odoo.mint("a")
    with MiniOdoo() as other:
        odoo.files[token] = {"status": 302, "headers": {"Location": other.url + "/web"}}
        assert relay.ask(f"/a/{token}/f")[0] == 503
        assert not other.asked


def test_missing_file(relay, odoo):
    assert relay.ask(f"/a/{odoo.mint('a')}/f")[0] == 404
    relay.ask(f"/o/{odoo.mint()}.gif")
    wait_until(lambda: odoo.delivered, "the event")
    assert [seen.type for seen in odoo.observations] == ["open"]


def test_odoo_down_is_a_calm_page_that_tries_again(relay, odoo):
    token = odoo.mint("a")
    odoo.files[token] = CONTENT
    odoo.down = True
    for path in (f"/a/{token}/f", f"/p/{odoo.mint('p')}"):
        status, headers, body = relay.ask(path)
        assert status == 503 and headers["retry-after"] == "15"
        assert b'http-equiv="refresh"' in body and b"<script" not in body
    odoo.down = False
    assert relay.ask(f"/a/{token}/f")[2] == CONTENT
    wait_until(lambda: odoo.delivered, "the event")
    assert odoo.delivered == 1


def test_size_limit(odoo, tmp_path):
    odoo.changed(attachment_max_bytes=1000)
    token, small = odoo.mint("a"), odoo.mint("a")
    odoo.files |= {token: CONTENT, small: b"x" * 1000}
    with RelayProcess(tmp_path / "relay").join(odoo) as relay:
        assert relay.ask(f"/a/{token}/f")[0] == 404
        assert relay.ask(f"/a/{small}/f")[0] == 200


def test_too_often_and_too_many(odoo, tmp_path):
    settings = {"attachments_per_minute": 3, "preferences_per_minute": 2}
    with RelayProcess(tmp_path / "relay", **settings).join(odoo) as relay:
        token = odoo.mint("a")
        odoo.files[token] = b"x"
        statuses = [relay.ask(f"/a/{token}/f")[0] for _number in range(5)]
        assert statuses[:3] == [200] * 3 and statuses[-1] == 429
        assert [relay.ask(f"/p/{odoo.mint('p')}")[0] for _number in range(3)] == [200, 200, 429]


def test_one_download_more_than_there_is_room_for(odoo, tmp_path):
    with RelayProcess(tmp_path / "relay", attachment_concurrency=1).join(odoo) as relay:
        token = odoo.mint("a")
        odoo.files[token] = CONTENT
        odoo.gate.clear()
        with ThreadPoolExecutor() as pool:
            first = pool.submit(relay.ask, f"/a/{token}/f")
            wait_until(lambda: any("attachment" in item[1] for item in odoo.asked), "the first")
            assert relay.ask(f"/a/{token}/f")[0] == 503
            odoo.gate.set()
            assert first.result()[2] == CONTENT
        assert relay.ask(f"/a/{token}/f")[0] == 200


def test_file_that_breaks_off_is_a_page(relay, odoo):
    token = odoo.mint("a")
    odoo.files[token] = {"content": CONTENT}
    assert relay.ask(f"/a/{token}/f")[0] == 503


def test_answer_that_cannot_be_passed_on_is_a_page(relay, odoo):
    token = odoo.mint("a")
    odoo.files[token] = {"status": 200, "headers": {"Content-Disposition": "attachment; x=\xe9"}}
    status, headers, _body = relay.ask(f"/a/{token}/f")
    assert status == 503 and headers["retry-after"] == "15"
    assert "UnicodeEncodeError" in relay.log.read_text()


def test_files_leave_room_for_events(monkeypatch, tmp_path):
    monkeypatch.setattr(passthrough, "_SPARED", 2**62)
    with (tmp_path / "file").open("wb") as file, pytest.raises(OSError, match="no room"):
        passthrough._write(file, b"x")


def test_memory_does_not_grow_with_a_file_that_nobody_reads(relay, odoo):
    token = odoo.mint("a")
    odoo.files[token] = bytes(200_000_000)
    [worker] = relay.workers()

    def resident():
        return int(open(f"/proc/{worker}/statm").read().split()[1]) * 4096

    before = resident()
    with socket.create_connection(("127.0.0.1", relay.port)) as slow:
        slow.sendall(f"GET /a/{token}/f HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        slow.recv(100)
        highest = before
        until = time.monotonic() + 2
        while time.monotonic() < until:
            highest = max(highest, resident())
            time.sleep(0.05)
    assert highest - before < 30_000_000


def test_slow_forms_keep_no_file_waiting(odoo, tmp_path):
    def begin():
        """A form of which the end never comes."""
        client = socket.create_connection(("127.0.0.1", relay.port))
        client.sendall(
            f"POST /p/{odoo.mint('p')} HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\na=".encode()
        )
        return client

    token = odoo.mint("a")
    odoo.files[token] = b"x"
    with RelayProcess(tmp_path / "relay", attachment_concurrency=1).join(odoo) as relay:
        with begin() as slow:
            begin().close()
            assert relay.ask(f"/a/{token}/f")[0] == 200
            assert slow.recv(100).startswith(b"HTTP/1.1 400 ")
    assert not odoo.preferences and "rror" not in relay.log.read_text()


def test_preferences(relay, odoo):
    token = odoo.mint("p")
    status, headers, body = relay.ask(f"/p/{token}", headers={"Accept-Language": "ja"})
    assert status == 200 and b"none yet" in body
    assert "form-action 'self'" in headers["content-security-policy"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert b"opens=refused" in relay.ask(f"/p/{token}", "POST", form, "opens=refused")[2]
    assert odoo.preferences == {token: "opens=refused"}
    for headers, content in ((form, "x" * 9000), ({"Content-Type": "text/plain"}, "a=b")):
        assert relay.ask(f"/p/{token}", "POST", headers, content)[0] == 400
    assert relay.ask(f"/p/{token[:-1]}", "POST", form, "opens=refused")[0] == 404
    assert odoo.preferences == {token: "opens=refused"}
    asked = [item for item in odoo.asked if "preferences" in item[1]]
    assert asked[0][2]["Accept-Language"] == "ja" and len(asked) == 2


@pytest.mark.parametrize(
    ("query", "carried"),
    [
        ("?lang=pt-br", "?lang=pt-BR"),
        ("?x=y&lang=ar&utm_source=z", "?lang=ar"),
        ("?lang=xx", ""),
        ("?lang=de%0d%0aX:y", ""),
        ("?lang=&x=" + "9" * 3000, ""),
        ("?x=y", ""),
    ],
)
def test_the_language_that_somebody_chose(relay, odoo, query, carried):
    """Of the visitor's query nothing else goes to Odoo."""
    token = odoo.mint("p")
    assert relay.ask(f"/p/{token}{query}")[0] == 200
    asked = [path for _method, path, _headers in odoo.asked if "preferences" in path]
    assert asked == [f"/mail_engagement/preferences/{token}{carried}"]
