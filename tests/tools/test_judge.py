"""The judge, case by case: what each rule says, and what it leaves alone."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from mail_engagement.relay.engagement_relay.detection.classify import Knowledge
from mail_engagement.tools.judge import Rules, Seen, judge
from mail_engagement.tools.judge.reason import REASONS

from dev.verdicts.measure import judge_corpus

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.6 Mobile/15E148 Safari/604.1"
)
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
OUTLOOK = "Mozilla/4.0 (compatible; ms-office; MSOffice 16)"
APPLE_MAIL = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
)
HOME, OFFICE, AZURE, MIMECAST, RELAY = (
    "203.0.113.9",
    "198.51.100.4",
    "20.50.7.9",
    "170.10.132.9",
    "172.226.10.9",
)
EOP, LOOPBACK = "40.107.22.3", "127.0.0.1"


def ask(t, kind="open", link=None, ip=HOME, agent=CHROME, method="GET", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "t": t,
        "kind": kind,
        "link": link,
        "method": method,
        "ip": ip,
        "headers": {"User-Agent": agent, **headers},
    }


def click(t, link=0, **values):
    return ask(t, "click", link, **values)


def verdicts(*requests, links=3, sender=(), rules=None):
    mail = {"mail": "m", "links": links, "requests": requests, "sender": {"ips": sender}}
    found = judge_corpus([mail], Knowledge.default(), rules or Rules())
    return [f"{verdict.verdict} {verdict.reason}" for _mail, _request, verdict in found]


def of(*requests, **values):
    return [text.split()[0] for text in verdicts(*requests, **values)]


CASES = {
    "a reader": ([ask(3000), click(3030)], "human browser, human browser"),
    "HEAD": ([click(3000, method="HEAD")], "machine head"),
    "HEAD, then GET": ([click(90, method="HEAD"), click(91)], "machine head, machine head_echo"),
    "HEAD of Office, then the browser": (
        [ask(80), click(90, method="HEAD", agent=OUTLOOK), click(92)],
        "human browser, machine head, human browser",
    ),
    "no agent": ([ask(3000, agent=None)], "machine empty"),
    "prefetch": ([ask(3000, Sec_Purpose="prefetch")], "machine prefetch"),
    "Gmail": ([ask(5, agent=GMAIL)], "human image_proxy"),
    "Gmail ahead of time": (
        [
            ask(
                500,
                agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
                "Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
            )
        ],
        "machine gmail_prefetch",
    ),
    "a link through Gmail's proxy": ([click(500, agent=GMAIL)], "machine not_a_browser"),
    "privacy protection": ([ask(500, agent="Mozilla/5.0", ip=RELAY)], "unknown privacy"),
    "privacy protection, then a click": (
        [ask(500, agent="Mozilla/5.0", ip=RELAY), click(900, agent=SAFARI)],
        "unknown privacy, human browser",
    ),
    "Safari through Private Relay": ([click(900, agent=SAFARI, ip=RELAY)], "human browser"),
    "a mail client through Private Relay": (
        [ask(900, agent=APPLE_MAIL, ip=RELAY)],
        "unknown privacy_relay",
    ),
    "a scanner's network, hours later": ([click(9000, ip=EOP)], "machine scanner_network"),
    "a cloud at once": ([ask(20, ip=AZURE)], "machine early"),
    "a virtual desktop": (
        [ask(300, ip=AZURE), click(330, ip=AZURE)],
        "human browser, human browser",
    ),
    "a cloud's click without a reader": ([click(300, ip=AZURE)], "machine untraced"),
    "a cloud's late click": ([click(9000, ip=AZURE)], "human browser"),
    "a gateway at once": ([click(40, ip=MIMECAST)], "machine untraced"),
    "a person behind a gateway": ([click(900, ip=MIMECAST)], "human browser"),
    "a gateway checks, then the person clicks": (
        [ask(800), click(900, ip=MIMECAST), click(902)],
        "human browser, machine click_check, human browser",
    ),
    "a sandbox in a cloud follows what the person followed": (
        [ask(800), click(900), click(902, ip=AZURE), click(1100, ip=AZURE)],
        "human browser, human browser, machine click_sandbox, machine click_sandbox",
    ),
    "a gateway's check that comes late": (
        [ask(800), click(900), click(904, ip=MIMECAST), click(990, ip=MIMECAST)],
        "human browser, human browser, machine click_sandbox, human other_network",
    ),
    "read at a virtual desktop after all": (
        [ask(800, ip=AZURE), click(860, ip=AZURE), click(900), click(960, ip=AZURE)],
        "human browser, human browser, human other_network, human browser",
    ),
    "Apple Mail's short agent at delivery": ([ask(30, agent=APPLE_MAIL)], "machine stripped"),
    "Apple Mail": ([ask(300, agent=APPLE_MAIL)], "human browser"),
    "quicker than people": ([ask(4)], "machine instant"),
    "Outlook shows what arrives": ([ask(9, agent=OUTLOOK)], "human browser"),
    "an unknown program": ([ask(3000, agent="Thing/1")], "unknown unknown_agent"),
    "an unknown mail client, then a click": (
        [ask(3000, agent="Thing/1"), click(3010)],
        "human confirmed, human browser",
    ),
    "a quick reader": ([ask(12)], "human browser"),
    "a quick reader comes back": ([ask(7), ask(4000)], "human confirmed, human browser"),
    "a quick reader follows a link": ([ask(7), click(12)], "human confirmed, human browser"),
    "a program follows a link at once": ([ask(7), click(8)], "machine instant, machine instant"),
    "a view loads twice": ([ask(3000), ask(3001)], "human browser, human same_view"),
    "another device": (
        [ask(3000), ask(9000, ip=OFFICE, agent=SAFARI)],
        "human browser, human other_device",
    ),
    "another place": ([ask(3000), ask(9000, ip=OFFICE)], "human browser, human other_network"),
}


@pytest.mark.parametrize("name", CASES)
def test_case(name):
    requests, expected = CASES[name]
    assert verdicts(*requests) == expected.split(", ")


def test_a_browser_on_the_loopback_address_is_a_person():
    """Seconds after sending, at any pace: there the address and the time say nothing."""
    requests = [ask(1, ip=LOOPBACK), *[click(1 + n / 50, n, ip=LOOPBACK) for n in range(8)]]
    assert set(of(*requests)) == {"human"}
    assert of(*[ask(1, ip="::1") for _time in range(5)]) == ["human"] * 5
    again = verdicts(ask(1, ip="::1"), ask(1.1, ip="::1"))
    assert again == ["human browser", "human browser"], "each counts"


def test_the_loopback_address_makes_nobody_of_a_machine():
    assert of(ask(1, ip=LOOPBACK, method="HEAD"), ask(2, ip=LOOPBACK, agent="curl/8")) == [
        "machine",
        "machine",
    ]


def test_a_browser_without_a_window_on_the_loopback_address_is_somebody_trying_it_out():
    headless = CHROME.replace("Chrome", "HeadlessChrome")
    assert of(ask(1, ip=LOOPBACK, agent=headless), ask(90, agent=headless)) == ["human", "machine"]


def test_a_person_follows_four_links_fast():
    clicks = [click(412 + n * 1.3, n) for n in range(4)]
    assert set(of(ask(400), *clicks, links=4)) == {"human"}
    assert set(of(ask(400, agent=GMAIL, ip="66.249.84.3"), *clicks, links=4)) == {"human"}


def test_a_scanner_takes_its_time():
    clicks = [click(30 + n * 7.7, n) for n in range(4)]
    assert set(of(*clicks, links=4)) == {"machine"}
    cloud = [click(90 + n * 9, n, ip=AZURE) for n in range(4)]
    assert set(of(ask(85, ip=AZURE), *cloud, links=4)) == {"machine"}


def test_later_evidence_takes_an_open_back():
    first = ask(70, ip=AZURE)
    assert of(first) == ["human"]
    sweep = [click(71 + n / 4, n, ip=AZURE) for n in range(3)]
    assert verdicts(first, *sweep)[0] == "machine scanner_visit"


def test_a_scanner_does_not_spoil_the_person_after_it():
    sweep = [click(20 + n, n, ip=AZURE) for n in range(3)]
    later = [ask(5000), click(5010, 1)]
    assert of(*sweep, *later) == ["machine"] * 3 + ["human"] * 2


def test_a_sandbox_after_the_person():
    """Hours later, in a cloud, after somebody has read the mail elsewhere."""
    sweep = [click(9000 + n * 2, n, ip=AZURE) for n in range(3)]
    assert of(ask(3000), click(3020), *sweep) == ["human"] * 2 + ["machine"] * 3


def test_a_scanner_with_many_addresses():
    sweep = [click(150 + n * 9, n, ip=f"20.50.7.{n}") for n in range(2)]
    assert of(ask(140, ip="20.50.7.99"), *sweep) == ["machine"] * 3
    desktop = [click(350 + n * 9, n, ip=AZURE) for n in range(2)]
    assert of(ask(340, ip=AZURE), *desktop) == ["human"] * 3


def test_two_links_without_pictures():
    """Some minutes after sending, from an ordinary network: pictures are often blocked."""
    assert of(click(400, 0), click(412, 1)) == ["human"] * 2

    assert of(click(66, 0), click(76, 1), links=2) == ["human"] * 2
    assert of(click(66, 0), click(67, 1), links=2) == ["machine"] * 2


def test_some_links_in_tabs_at_once():
    """Who has read the mail chooses; a scanner takes all."""
    tabs = [click(115 + n * 0.3, n) for n in range(3)]
    assert set(of(ask(100), *tabs, links=6)) == {"human"}
    assert set(of(*tabs, links=6)) == {"machine"}


def test_a_sandbox_of_a_mail_that_nobody_opened():
    """Hours later: two links within seconds; who reads takes longer."""
    assert of(click(9000, 0, ip=AZURE), click(9002, 1, ip=AZURE)) == ["machine"] * 2
    assert of(click(9000, 0, ip=AZURE), click(9030, 1, ip=AZURE)) == ["human"] * 2


def test_all_of_many_links_within_two_minutes():
    sweep = [click(64 + n * 4, n) for n in range(6)]
    assert set(of(ask(60), *sweep, links=6)) == {"machine"}
    assert set(of(ask(60), *sweep[:4], links=6)) == {"human"}


def test_a_flock_of_addresses():
    assert set(of(*[click(60 + n, n, ip=f"198.51.100.{n + 1}") for n in range(4)])) == {"machine"}
    slowly = [click(30 + n * 9, n, ip=f"198.51.100.{n + 1}") for n in range(6)]
    assert set(of(*slowly, links=6)) == {"machine"}


def test_a_wrong_clock_makes_windows_abstain():
    assert of(ask(-20), click(2), click(3, 1, ip=AZURE)) == ["unknown", "human", "human"]
    assert of(ask(-20, method="HEAD"), click(2)) == ["machine", "machine"], "no excuse"


def test_without_times_nothing_looks_hasty():
    assert of(ask(None), click(None), click(None, 1)) == ["human"] * 3


def test_the_sender():
    assert verdicts(ask(300), ask(400, ip=OFFICE), sender=[OFFICE]) == [
        "human browser",
        "self own_device",
    ]


def test_windows_are_an_administrators():
    assert of(ask(100, ip=AZURE)) == ["human"]
    assert of(ask(100, ip=AZURE), rules=Rules(open_window=200)) == ["machine"]


def test_what_several_recipients_share_belongs_to_nobody():
    """Two clicks of one burst, in a mail whose recipients are not told apart."""
    events = [
        Seen(n, "click", 100 + n / 9, 100 + n / 9, n, agent="browser", source=7, anonymous=True)
        for n in range(4)
    ]
    assert {verdict.verdict for verdict in judge(events, Rules()).values()} == {"human"}


def test_without_an_address_the_rest_still_counts():
    event = Seen(1, "open", 100, 100, agent="browser")
    assert judge([event], Rules())[1].verdict == "human"


def test_an_answer_shows_that_an_unknown_program_was_the_readers():
    events = [
        Seen("open", "open", 900, 900, source=1),
        Seen("answer", "reply", 2000, 2000),
        Seen("later", "open", 3000, 3000, source=1),
        Seen("privacy", "open", 50, 50, agent="privacy", source=2),
    ]
    found = {key: verdict.verdict for key, verdict in judge(events, Rules()).items()}
    assert found == {"open": "human", "answer": "human", "later": "unknown", "privacy": "unknown"}
    automatic = [events[0], replace(events[1], hints=("auto_reply",))]
    assert judge(automatic, Rules())["open"].verdict == "unknown"


EVENTS = st.lists(
    st.builds(
        Seen,
        key=st.uuids(),
        type=st.sampled_from(["open", "click", "attachment", "reply"]),
        t=st.none() | st.floats(-1e4, 1e6),
        at=st.floats(0, 2e9),
        link=st.none() | st.integers(0, 3) | st.text(max_size=2),
        method=st.sampled_from(["GET", "HEAD"]),
        agent=st.sampled_from(
            "browser mail_client stripped image_proxy prefetch privacy scanner unknown".split()
        ),
        network=st.sampled_from(
            ["", "scanner", "probable_scanner", "hosting", "privacy_relay", "own", "loopback"]
        ),
        hints=st.sampled_from([(), ("head",), ("session",), ("auto_reply",)]),
        source=st.none() | st.integers(0, 3),
        os=st.sampled_from(["", "iOS", "Windows"]),
        is_self=st.booleans(),
        anonymous=st.booleans(),
    ),
    max_size=12,
)


@given(EVENTS, st.none() | st.integers(0, 4), st.randoms())
def test_any_events_in_any_order(events, links, chance):
    """Every event gets a verdict, its reason what it names; the order of arrival is no matter."""
    events = list({event.at: event for event in events}.values())
    found = judge(events, Rules(), links)
    assert found.keys() == {event.key for event in events}
    for verdict in found.values():
        assert verdict.params.keys() >= set(REASONS[verdict.reason])
    shuffled = random.Random(chance.random()).sample(events, len(events))
    assert judge(shuffled, Rules(), links) == found
    for event in events:
        if event.agent == "privacy" and event.type == "open":
            assert found[event.key].verdict != "human"


def test_a_loop_on_one_mail_compares_no_more_than_so_many():
    """Each further event is looked at by itself."""
    events = [Seen(n, "click", 5.0, n, n, agent="browser", source=1) for n in range(1500)]
    found = judge(events, Rules())
    assert {found[n].verdict for n in range(1000)} == {"machine"}
    assert {found[n].verdict for n in range(1000, 1500)} == {"human"}
    assert judge([replace(events[1200], agent="scanner")], Rules())[1200].verdict == "machine"
