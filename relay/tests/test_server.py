"""What the real relay answers, and what of it arrives in Odoo."""

import os
import re
import socket
import time
from urllib.parse import quote

import pytest
from engagement_relay import storage
from engagement_relay.detection.knowledge import Entry, Knowledge
from engagement_relay.detection.observe import TYPES
from engagement_relay.edge.limits import Limit
from engagement_relay.protocol.answers import GIF
from engagement_relay.protocol.token import Policy
from hypothesis import given, settings, strategies as st
from mini_odoo import MiniOdoo
from relay_process import RelayProcess

from dev.processes import free_port, wait_until

TARGET = "https://example.com/offer?a=1"
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}


def arrived(odoo, number):
    wait_until(lambda: odoo.delivered >= number, f"{number} events")
    assert odoo.delivered == number
    return odoo.observations


def settled(relay, odoo):
    """After an event that is recorded, nothing else is on its way."""
    before = odoo.delivered
    relay.ask(f"/o/{odoo.mint()}.gif")
    wait_until(lambda: odoo.delivered > before, "the last event")
    return odoo.delivered - 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_pixel(relay, odoo, method):
    uid = b"0123456789"
    status, headers, body = relay.ask(f"/o/{odoo.mint(uid=uid)}.gif", method, FIREFOX)
    assert status == 200 and body == (GIF if method == "GET" else b"")
    assert headers["content-type"] == "image/gif" and headers["content-length"] == "43"
    assert "no-store" in headers["cache-control"] and "set-cookie" not in headers
    [seen] = arrived(odoo, 1)
    assert (seen.type, seen.method, seen.mail, seen.ip) == ("open", method, uid.hex(), "127.0.0.1")
    assert seen.user_agent == FIREFOX["User-Agent"] and not seen.minimum
    assert ("head" in seen.hints) is (method == "HEAD")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_redirect(relay, odoo, method):
    token = odoo.mint("c", target=TARGET, link=77)
    status, headers, body = relay.ask(f"/c/{token}?utm=x", method, FIREFOX)
    assert (status, headers["location"], body) == (302, TARGET, b"")
    assert headers["referrer-policy"] == "no-referrer" and "no-store" in headers["cache-control"]
    [seen] = arrived(odoo, 1)
    assert (seen.type, seen.link) == ("click", 77)


def test_an_assistant_that_signs_its_requests(relay, odoo):
    """granian's headers can be asked by name only, and are no mapping."""
    headers = FIREFOX | {"Signature-Agent": '"https://assistant.example"'}
    relay.ask(f"/o/{odoo.mint()}.gif", headers=headers)
    [seen] = arrived(odoo, 1)
    assert (seen.agent, seen.agent_name) == ("assistant", "assistant.example")


def test_whatever_stands_there_a_pixel_is_answered(relay, odoo):
    good = odoo.mint()
    for text in (
        "",
        "x",
        "x.gif",
        good[:-1],
        f"{good[:-1]}.gif",
        f"A{good}.gif",
        good.lower(),
        "%00%ff",
        "%C3%A9" * 9,
    ):
        status, _headers, body = relay.ask(f"/o/{text}")
        assert (status, body) == (200, GIF)
    assert settled(relay, odoo) == 0


def test_bad_click_is_a_page_and_never_a_redirect(relay, odoo):
    good = odoo.mint("c", target=TARGET)
    other = MiniOdoo(tenant=odoo.tenant).mint("c", target=TARGET)
    for text in ("", good[:-1], "A" + good, other, odoo.mint("o"), f"/{good}", good.lower()):
        status, headers, body = relay.ask(f"/c/{text}")
        assert status == 404 and "location" not in headers
        assert b"leads nowhere" in body
    assert settled(relay, odoo) == 0


# What mail programs, filters and people put behind an address.
DECORATIONS = [
    *(
        ")",
        ".",
        ",",
        "]",
        '"',
        ">",
        "=",
        "!",
        ";",
        "'",
        "*",
        "_",
        "__",
        "-",
        "--",
        "~",
        "A",
        "/",
        "//",
    ),
    *(
        " ",
        "%20",
        "\r\n",
        "%0d%0a",
        "を",
        "、",
        "。",
        "”",
        "\u200b",
        "&recipient=x",
        "=3D",
        "3D",
        "%3D",
    ),
    *(
        "/offer.pdf",
        "/../x",
        "?x=y",
        "?utm_source=a&fbclid=b",
        "#top",
        ").",
        ">,",
        "\0",
        "\ud800",
        "é" * 300,
    ),
]


def decorated(text):
    return quote(text, safe="?#&=/%!*'();,:@", errors="surrogatepass")


@pytest.mark.parametrize("kind", ["o", "c", "a", "p"])
def test_an_address_with_something_behind_it(odoo, tmp_path, kind):
    """It leads where the signature says, and counts as what it is; nothing else ever does."""
    token = odoo.mint(kind, target=TARGET) if kind == "c" else odoo.mint(kind)
    odoo.files[token] = b"x"
    limits = {"attachments_per_minute": 1000, "preferences_per_minute": 1000}
    expected = (302, TARGET) if kind == "c" else (200, None)
    with RelayProcess(tmp_path / "relay", **limits).join(odoo) as relay:
        for suffix in DECORATIONS:
            status, headers, _body = relay.ask(f"/{kind}/{token}{decorated(suffix)}")
            assert (status, headers.get("location")) == expected, suffix
        if kind != "p":
            wait_until(lambda: odoo.observations, "the events")
            assert {seen.type for seen in odoo.observations} == {TYPES[kind]}
    texts = {path.rpartition("/")[2] for _method, path, *_rest in odoo.asked if token[:20] in path}
    assert texts <= {token}


def test_decorations_make_no_second_spelling(relay, odoo):
    """A token has so many rows a minute, whatever stands behind it: more are counted."""
    token = odoo.mint("c", target=TARGET)
    odoo.down = True
    relay.ask(f"/o/{odoo.mint()}.gif")
    # Each time that rows are taken, a row that counts is closed: not often any more.
    wait_until(lambda: failures(relay) >= 4, "the relay to ask seldom")
    for suffix in DECORATIONS:
        relay.ask(f"/c/{token}{decorated(suffix)}", headers=FIREFOX)
    odoo.down = False
    arrived(odoo, 1 + len(DECORATIONS))
    assert len(odoo.observations) < 1 + len(DECORATIONS)


def failures(relay):
    name = "engagement_relay_forward_failures_total"
    return sum(value for key, value in relay.metrics().items() if key.startswith(name))


def test_any_suffix_leads_to_the_target_or_nowhere(relay, odoo):
    token = odoo.mint("c", target=TARGET)

    @settings(max_examples=300, deadline=None)
    @given(st.text(max_size=60), st.integers(0, len(token)))
    def check(suffix, length):
        path = f"/c/{token[:length]}{decorated(suffix).replace('%', '%25')}"
        status, headers, _body = relay.ask(path)
        assert (status, headers.get("location")) in [(302, TARGET), (404, None), (429, None)]
        assert status != 302 or (token[:length] + suffix).startswith(token)
        if length == len(token):
            assert status == 302

    check()


def test_two_host_headers(relay, odoo):
    """RFC 9112 §3.2: which one is meant, a proxy and we might see differently."""
    click = odoo.mint("c", target=TARGET)
    for hosts in (["a.example", "b.example"], ["a.example", "a.example"], ["", "a.example"]):
        lines = "".join(f"Host: {host}\r\n" for host in hosts)
        with socket.create_connection(("127.0.0.1", relay.port), 10) as client:
            client.sendall(f"GET /c/{click} HTTP/1.1\r\n{lines}\r\n".encode())
            assert client.recv(100).startswith(b"HTTP/1.1 400 ")
    assert settled(relay, odoo) == 0


@pytest.mark.parametrize("kind", ["o", "c", "a", "p"])
@pytest.mark.parametrize("method", ["OPTIONS", "POST", "PUT", "DELETE", "TRACE", "PROPFIND"])
def test_other_methods_are_no_events(relay, odoo, kind, method):
    token = odoo.mint(kind, target=TARGET) if kind == "c" else odoo.mint(kind)
    odoo.files[token] = b"x"
    if (kind, method) != ("p", "POST"):
        status, headers, _body = relay.ask(f"/{kind}/{token}", method)
        assert status == 405 and "GET, HEAD" in headers["allow"] and "location" not in headers
    assert settled(relay, odoo) == 0


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("", "leads nowhere"),
        ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "mène nulle part"),
        ("sv, ja;q=0.5, en;q=0.3", "このリンクは使えません"),
        ("en;q=0.1, JA-jp", "このリンクは使えません"),
        ("xx, ;q=, fr;q=x,,", "mène nulle part"),
        ("xx;q=9" * 500, "leads nowhere"),
    ],
)
def test_pages_in_the_words_of_the_reader(relay, wanted, words):
    _status, _headers, body = relay.ask("/c/x", headers={"Accept-Language": wanted})
    assert words in body.decode()


def test_what_cannot_be_read_is_answered_calmly(relay, odoo):
    """Never a 500, never a connection that hangs."""
    page = odoo.mint("p")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for path, method, headers in (
        (f"/p/{page}", "POST", form | {"Content-Length": "9" * 5000}),
        (f"/p/{page}", "POST", form | {"Content-Length": "²"}),
        (f"/p/{page}", "POST", form | {"Content-Length": "-1"}),
        (f"/a/{odoo.mint('a')}", "GET", {"Range": "bytes=" + "9" * 5000 + "-"}),
        (f"/a/{odoo.mint('a')}", "GET", {"Range": "bytes=²-³"}),
        (f"/o/{odoo.mint()}.gif", "GET", {"X-Forwarded-For": "9" * 5000}),
        ("/c/%ED%A0%80", "GET", {"Host": "²" * 500}),
        ("/c/%00", "GET", {"Accept-Language": "fr;q=" + "9" * 5000}),
    ):
        with socket.create_connection(("127.0.0.1", relay.port), 10) as client:
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            host = "" if "Host" in headers else "Host: x\r\n"
            client.sendall(f"{method} {path} HTTP/1.1\r\n{host}{lines}\r\n".encode("latin1"))
            status = int(client.recv(100).split()[1])
            assert status in (200, 400, 404), (path[:3], headers)


def test_other_paths(relay):
    assert relay.ask("/healthz")[0] == relay.ask("/readyz")[0] == 200
    assert relay.ask("/robots.txt")[2] == b"User-agent: *\nDisallow: /\n"
    assert relay.ask("/")[0] == relay.ask("/metrics")[0] == 404
    assert relay.ask("/o/" + "x" * 5000)[0] == 414
    assert relay.ask("/o/x.gif", headers={"X-Long": "x" * 20_000})[0] == 431
    for path in ("/o/x.gif", "/c/x", "/a/x"):
        status, headers, _body = relay.ask(path, "POST")
        assert (status, headers["allow"]) == (405, "GET, HEAD")
    assert relay.ask("/p/x", "PUT")[1]["allow"] == "GET, HEAD, POST"


def test_old_and_unwanted_mails_are_answered_and_not_recorded(odoo, tmp_path):
    refused, no_opens = b"refused...", b"no opens.."
    odoo.changed(retention_days=30, honour=["gpc"])
    odoo.suppressed, odoo.kinds = [refused.hex()], {no_opens.hex(): ["open"]}
    with RelayProcess(tmp_path / "relay").join(odoo) as relay:
        for token, headers in (
            (odoo.mint(sent_at=int(time.time()) - 31 * 86_400), {}),
            (odoo.mint(uid=refused), {}),
            (odoo.mint(uid=no_opens), {}),
            (odoo.mint(policy=Policy.NONE), {}),
            (odoo.mint(), {"Sec-GPC": "1"}),
        ):
            assert relay.ask(f"/o/{token}.gif", headers=headers)[2] == GIF
        token = odoo.mint("c", uid=refused, target=TARGET)
        assert relay.ask(f"/c/{token}")[1]["location"] == TARGET
        assert settled(relay, odoo) == 0
        token = odoo.mint("c", uid=no_opens, target=TARGET)
        assert relay.ask(f"/c/{token}", headers={"DNT": "1"})[0] == 302
        wait_until(lambda: odoo.delivered == 2, "the click")


def test_no_more_is_recorded_than_the_policy_allows(relay, odoo):
    for policy in (Policy.FULL, Policy.NO_IP, Policy.ANONYMOUS):
        relay.ask(f"/o/{odoo.mint(policy=policy)}.gif", headers=FIREFOX)
    full, no_ip, anonymous = sorted(arrived(odoo, 3), key=lambda seen: -seen.policy)
    assert full.ip and full.user_agent and full.os
    assert no_ip.os and not no_ip.ip and not no_ip.user_agent
    assert not anonymous.os and anonymous.source is None and not anonymous.ip


def test_switched_off_links_go_on_working(relay, odoo):
    odoo.changed(enabled=False)
    # A newer state is asked for once a batch tells of it.
    relay.ask(f"/o/{odoo.mint()}.gif")
    wait_until(lambda: "?since=1" in str(odoo.asked), "the question for the state")
    wait_until(lambda: relay.status()["tenants"][0]["state_version"] == 2, "the state")

    def is_off():
        before = relay.metrics().get(
            'engagement_relay_requests_total{kind="c",outcome="unrecorded"}', 0
        )
        assert relay.ask(f"/c/{odoo.mint('c', target=TARGET)}")[0] == 302
        return before

    wait_until(is_off, "the switch")


def test_rotated_keys_and_the_compromised_one(relay, odoo):
    old = odoo.mint("c", target=TARGET + "&x=<b>")
    master, _state = odoo.masters[0]
    odoo.masters = {0: (master, "compromised"), 1: (b"n" * 32, "signing")}
    odoo.changed()
    new = odoo.mint("c", number=1, target=TARGET)
    wait_until(lambda: relay.ask(f"/c/{new}")[0] == 302, "the new key")
    status, headers, body = relay.ask(f"/c/{old}")
    assert status == 200 and "location" not in headers
    assert b"You are leaving to example.com" in body and b"<b>" not in body
    assert f'href="{TARGET}&amp;x=&lt;b&gt;"'.encode() in body


def test_what_an_administrator_knows_holds_with_the_next_state(relay, odoo):
    """The edge classifies by Odoo's networks and agents; before, by those that ship."""
    knowledge = Knowledge(
        [
            Entry("agent", "^OurPortal/", "browser", "Our portal"),
            Entry("network", "127.0.0.0/8", "probable_scanner", "Our gateway"),
        ]
    )
    headers = {"User-Agent": "OurPortal/2"}
    relay.ask(f"/o/{odoo.mint()}.gif", headers=headers)
    [before] = arrived(odoo, 1)
    assert (before.agent, before.network) == ("unknown", "loopback")
    odoo.changed(knowledge=knowledge.pack())

    def seen():
        count = odoo.delivered
        relay.ask(f"/o/{odoo.mint()}.gif", headers=headers)
        wait_until(lambda: odoo.delivered > count, "the event")
        last = odoo.observations[-1]
        return (last.agent, last.network, last.network_name)

    wait_until(lambda: seen() == ("browser", "probable_scanner", "Our gateway"), "the knowledge")


def test_a_host_name_serves_its_own_tenants(tmp_path):
    with MiniOdoo() as first, MiniOdoo() as second, MiniOdoo() as third:
        first.changed(hosts=["One.example."])
        second.changed(hosts=["two.example", "[::1]"])
        relay = RelayProcess(tmp_path / "relay").join(first).join(second).join(third)
        with relay:

            def answers(odoo, host):
                path = f"/c/{odoo.mint('c', target=TARGET)}"
                return relay.ask(path, headers={"Host": host})[0] == 302

            wait_until(lambda: answers(first, "one.example"), "the first")
            wait_until(lambda: answers(second, "TWO.example:8080"), "the second")
            assert answers(second, "[::1]:8080")
            assert answers(first, "ONE.example.") and answers(first, "one.example.:443")
            assert not answers(second, "one.example.") and not answers(third, "two.EXAMPLE.")
            assert not answers(first, "two.example") and not answers(second, "one.example")
            assert not answers(first, "other.example") and answers(third, "other.example")
            assert not answers(third, "one.example")


def test_address_behind_proxies(odoo, tmp_path):
    relay = RelayProcess(tmp_path / "relay", trusted_proxies="127.0.0.0/8, 10.0.0.0/8").join(odoo)
    with relay:
        relay.ask(
            f"/o/{odoo.mint()}.gif",
            headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7, 10.1.2.3"},
        )
        [seen] = arrived(odoo, 1)
        assert seen.ip == "198.51.100.7"


def test_a_proxy_that_adds_a_line_of_its_own(odoo, tmp_path):
    """The stranger's line stands above the proxy's: it must not win."""
    relay = RelayProcess(tmp_path / "relay", trusted_proxies="127.0.0.0/8").join(odoo)
    with relay, socket.create_connection(("127.0.0.1", relay.port), 10) as client:
        client.sendall(
            f"GET /o/{odoo.mint()}.gif HTTP/1.1\r\nHost: x\r\n"
            "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n".encode()
        )
        assert client.recv(100).startswith(b"HTTP/1.1 200 ")
        [seen] = arrived(odoo, 1)
        assert seen.ip == "198.51.100.7"


def test_a_listener_for_both_kinds_of_addresses(odoo, tmp_path):
    port = free_port()
    settings = {"listen": f"[::]:{port}", "trusted_proxies": "127.0.0.2"}
    relay = RelayProcess(tmp_path / "relay", **settings).join(odoo)
    relay.port = port
    with relay:
        for source in ("127.0.0.2", "127.0.0.3"):
            here, there = (source, 0), ("127.0.0.1", port)
            with socket.create_connection(there, source_address=here) as client:
                client.sendall(
                    f"GET /o/{odoo.mint()}.gif HTTP/1.1\r\nHost: x\r\n"
                    "X-Forwarded-For: 198.51.100.7\r\n\r\n".encode()
                )
                assert client.recv(100).startswith(b"HTTP/1.1 200 ")
        found = arrived(odoo, 2)
    assert {seen.ip for seen in found} == {"198.51.100.7", "127.0.0.3"}


def test_one_household_has_one_limit():
    limit = Limit(2)
    assert [limit.allows(f"2001:db8::{number}") for number in range(3)] == [True, True, False]
    assert limit.allows("2001:db8:0:1::1") and limit.allows("192.0.2.1")


def test_strangers_name_no_address(relay, odoo):
    relay.ask(f"/o/{odoo.mint()}.gif", headers={"X-Forwarded-For": "203.0.113.9"})
    [seen] = arrived(odoo, 1)
    assert seen.ip == "127.0.0.1"


def test_bad_tokens_are_limited_and_good_ones_never(odoo, tmp_path):
    with RelayProcess(tmp_path / "relay", bad_tokens_per_minute=5).join(odoo) as relay:
        statuses = [relay.ask("/c/bad")[0] for _number in range(8)]
        assert statuses[0] == 404 and statuses[-1] == 429
        assert relay.ask("/o/bad.gif")[2] == GIF
        for _number in range(20):
            assert relay.ask(f"/c/{odoo.mint('c', target=TARGET)}")[0] == 302


def test_a_damaged_state_is_asked_for_anew(odoo, tmp_path):
    relay = RelayProcess(tmp_path / "relay").join(odoo)
    path, click = storage.state_path(relay.data_dir, odoo.tenant), odoo.mint("c", target=TARGET)
    path.write_text("{")
    with relay:
        assert relay.ask(f"/c/{click}")[0] == 302
        path.write_text("{")
        wait_until(lambda: path.read_text() != "{", "another state")
        assert relay.ask(f"/c/{click}")[0] == 302


def test_metrics_are_mapped_where_no_disk_gets_full(relay):
    [worker] = relay.workers()
    mapped = open(f"/proc/{worker}/maps").read()
    assert re.search(r"/dev/shm/engagement-relay-\w+/counter_", mapped)


def test_unpaired_is_said(tmp_path):
    """A relay that was forgotten looks like one that works, to who sees only its port."""
    relay = RelayProcess(tmp_path / "relay")
    relay._ready = "/healthz"
    with relay, MiniOdoo() as odoo:
        assert relay.ask("/readyz")[::2] == (503, b"not paired: run engagement-relay pair\n")
        wait_until(lambda: relay.metrics().get("engagement_relay_tenants") == 0, "the metric")
        [said] = [line for line in relay.lines() if "not paired" in line["message"]]
        assert said["level"] == "warning"
        assert "not paired" in relay.run("status").stdout
        relay.join(odoo)
        wait_until(lambda: relay.ask("/readyz")[0] == 200, "the pairing")
        wait_until(lambda: relay.metrics()["engagement_relay_tenants"] == 1, "the metric")


def test_a_start_says_nothing_to_worry_about(relay):
    """granian's own word of its tasks would, at each start, of a choice that was made."""
    relay.stop()
    assert [line for line in relay.lines() if line["level"] != "info"] == []


def test_stale_state_records_the_minimum(odoo, tmp_path):
    relay = RelayProcess(tmp_path / "relay").join(odoo)
    with relay:
        relay.ask(f"/o/{odoo.mint()}.gif")
        arrived(odoo, 1)
    path = storage.state_path(relay.data_dir, odoo.tenant)
    long_ago = time.time() - 90_000
    os.utime(path, (long_ago, long_ago))
    odoo.down = True
    with relay:
        relay.ask(f"/o/{odoo.mint()}.gif", headers=FIREFOX)
        assert relay.ask("/readyz")[0] == 200
    odoo.down = False
    with relay:
        seen = arrived(odoo, 2)[-1]
    assert seen.minimum and not (seen.ip or seen.user_agent or seen.os or seen.country)


def test_logs_hold_no_token_address_or_secret(relay, odoo):
    odoo.faults.extend(["500", "html", "cut"])
    tokens = [odoo.mint(), odoo.mint("c", target=TARGET), odoo.mint("a"), odoo.mint("p")]
    agent = {"User-Agent": "A very special agent", "X-Forwarded-For": "203.0.113.9"}
    odoo.down = True
    for kind, token in zip("ocap", tokens, strict=True):
        relay.ask(f"/{kind}/{token}", headers=agent)
    relay.ask(f"/c/{tokens[1][:-2]}", headers=agent)
    odoo.down = False
    arrived(odoo, 2)
    relay.stop()
    log = relay.log.read_text()
    assert "Odoo did not answer" in log
    for secret in (*tokens, "special agent", "203.0.113.9", "example.com", odoo.secret.hex()):
        assert secret not in log
    assert not re.search(r"[A-Za-z0-9_-]{45,}", log)
