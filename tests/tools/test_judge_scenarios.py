"""Scenes that happen, each reasoned by hand: what is known of mail systems, and so what is right.

They were written for the rules, not from a corpus; docs/detection.md names the sources.
"""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from mail_engagement.tools.judge import Rules, Seen, judge
from test_judge import (
    AZURE,
    EVENTS,
    GMAIL,
    HOME,
    MIMECAST,
    OUTLOOK,
    SAFARI,
    ask,
    click,
    verdicts,
)

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CLAUDE = (
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-User/1.0; "
    "+Claude-User@anthropic.com)"
)
ELSEWHERE = "192.0.2.77"
HOUR = 3600

SCENES = {
    # A clock that is wrong: nothing happens to a mail before it is sent.
    "opened before it was sent": ([ask(-3)], "unknown older"),
    "half a second before": ([ask(-0.5), click(HOUR)], "unknown older, human browser"),
    "followed before it was sent": ([click(-40), click(-39, 1)], "unknown older, unknown older"),
    "a file before it was sent": ([ask(-9, "attachment", 0)], "unknown older"),
    "Gmail before it was sent": ([ask(-2, agent=GMAIL)], "unknown older"),
    "a program before it was sent": ([ask(-9, agent="curl/8.5.0")], "machine library"),
    "a program's wrong clock excuses nobody": (
        [click(-2, agent="curl/8.5.0"), click(4)],
        "machine library, machine instant",
    ),
    # Scanners that come back: re-checked hours later, from addresses that change.
    "swept hours later by hosts that saw no picture": (
        [click(5 * HOUR + n * 12, n, ip=f"198.51.100.{n + 1}") for n in range(4)],
        "machine burst, machine burst, machine burst, machine burst",
    ),
    "the same after the reader": (
        [
            ask(HOUR),
            click(HOUR + 40),
            *[
                click(5 * HOUR + n * 12, n, ip=f"198.51.100.{n + 1}", agent=FIREFOX)
                for n in range(3)
            ],
        ],
        "human browser, human browser, machine burst, machine burst, machine burst",
    ),
    "one unlisted host takes all links hours later, quickly": (
        [click(5 * HOUR + n * 1.1, n) for n in range(3)],
        "machine burst, machine burst, machine burst",
    ),
    "all of many links hours later": (
        [click(5 * HOUR + n * 4, n) for n in range(3)]
        + [click(5 * HOUR + 12 + n * 4, 3 + n) for n in range(3)],
        ", ".join(["machine burst"] * 6),
    ),
    "a scanner with many addresses shows the picture to one": (
        [ask(70, ip="198.51.100.99")]
        + [click(74 + n * 9, n, ip=f"198.51.100.{n + 1}") for n in range(3)],
        "human browser, machine burst, machine burst, machine burst",
    ),
    "Gmail's reader, and hours later a host that takes all links": (
        [ask(HOUR, agent=GMAIL, ip="66.249.84.3"), click(HOUR + 9)]
        + [click(9 * HOUR + n * 3, n, ip=ELSEWHERE, agent=FIREFOX) for n in range(3)],
        "human image_proxy, human browser, machine burst, machine burst, machine burst",
    ),
    "Gmail's reader, and hours later a sandbox in a cloud": (
        [ask(HOUR, agent=GMAIL, ip="66.249.84.3"), click(HOUR + 9)]
        + [click(9 * HOUR + n * 6, n, ip=AZURE) for n in range(3)],
        "human image_proxy, human browser, machine burst, machine burst, machine burst",
    ),
    "an iPhone's owner takes all links hours after Apple's proxy": (
        [ask(60, agent="Mozilla/5.0", ip="172.226.10.9")]
        + [click(9 * HOUR + n * 3, n, agent=SAFARI) for n in range(3)],
        "unknown privacy, human browser, human browser, human browser",
    ),
    "who reads for half a minute in a cloud": (
        [ask(100, ip=AZURE), click(131, ip=AZURE), click(146, 1, ip=AZURE)],
        "human browser, human browser, human browser",
    ),
    "a reader whose pictures are blocked takes some links": (
        [click(5 * HOUR + n * 3, n) for n in range(2)],
        "human browser, human browser",
    ),
    "a phone that changes its address while its owner reads": (
        [ask(HOUR, agent=SAFARI)]
        + [click(HOUR + 9 + n * 8, n, ip=f"198.51.100.{n + 1}", agent=SAFARI) for n in range(3)],
        "human browser, human other_network, human other_network, human other_network",
    ),
    # Who opened it may follow a link at once.
    "Gmail's reader follows a link two seconds later": (
        [ask(3, agent=GMAIL, ip="66.249.84.3"), click(5)],
        "human image_proxy, human browser",
    ),
    "Gmail's reader behind a gateway": (
        [ask(20, agent=GMAIL, ip="66.249.84.3"), click(24, ip=MIMECAST)],
        "human image_proxy, human browser",
    ),
    "Google looks at a link while Gmail shows the mail": (
        [ask(20, agent=GMAIL, ip="66.249.84.3"), click(24, ip="66.249.84.9")],
        "human image_proxy, machine early",
    ),
    "Outlook's reader follows a link two seconds later": (
        [ask(6, agent=OUTLOOK), click(8)],
        "human browser, human browser",
    ),
    "a doubted reader follows a link": (
        [ask(8), click(21)],
        "human confirmed, human browser",
    ),
    # Who did not open it may not: most scanners come within the first minute.
    "a link at once, and nobody had opened the mail": ([click(22)], "machine unread"),
    "the same with its picture in the same moment": (
        [ask(22), click(22.4)],
        "machine scanner_visit, machine unread",
    ),
    "a scanner's picture in Apple's proxy is no reader of Windows": (
        [ask(5, agent="Mozilla/5.0"), click(25)],
        "unknown privacy, machine unread",
    ),
    "on the telephone, pictures blocked": ([click(45)], "human browser"),
    "believed when the same reader comes back": (
        [click(22), click(400, 1)],
        "human confirmed, human browser",
    ),
    # The same link at the same time from elsewhere: one person's at most.
    "a virus scanner follows the reader": (
        [ask(HOUR), click(HOUR + 20), click(HOUR + 24, ip=ELSEWHERE, agent=FIREFOX)],
        "human browser, human browser, machine repeated",
    ),
    "a check goes before the reader": (
        [ask(HOUR), click(HOUR + 20, ip=ELSEWHERE, agent=FIREFOX), click(HOUR + 24)],
        "human browser, machine repeated, human browser",
    ),
    "nothing tells the two apart": (
        [click(HOUR), click(HOUR + 12, ip=ELSEWHERE, agent=FIREFOX)],
        "human browser, machine repeated",
    ),
    "a phone between two networks": (
        [
            ask(HOUR, agent=SAFARI),
            click(HOUR + 20, agent=SAFARI),
            click(HOUR + 22, ip=ELSEWHERE, agent=SAFARI),
        ],
        "human browser, human browser, human same_view",
    ),
    "a desktop computer has one network": (
        [ask(HOUR), click(HOUR + 20), click(HOUR + 22, ip=ELSEWHERE)],
        "human browser, human browser, machine repeated",
    ),
    "the address that comes back is the reader's": (
        [
            click(HOUR, ip=ELSEWHERE, agent=FIREFOX),
            click(HOUR + 4),
            click(HOUR + 90, 1),
        ],
        "machine repeated, human browser, human browser",
    ),
    "the second device of a reader": (
        [ask(HOUR), click(HOUR + 20), click(HOUR + 60, ip=ELSEWHERE, agent=SAFARI)],
        "human browser, human browser, human other_device",
    ),
    "two links are no repetition": (
        [ask(HOUR), click(HOUR + 20), click(HOUR + 24, 1, ip=ELSEWHERE, agent=FIREFOX)],
        "human browser, human browser, human other_device",
    ),
    # Somebody's assistant reads for them; nobody knows what they read of it.
    "an assistant": ([click(HOUR, agent=CLAUDE, ip="203.0.113.4")], "machine assistant"),
    "an assistant beside its owner": (
        [ask(HOUR), click(HOUR + 9, agent=CLAUDE, ip=ELSEWHERE), click(HOUR + 12)],
        "human browser, machine assistant, human browser",
    ),
    "an assistant's look confirms no reader": (
        [ask(7), click(90, agent=CLAUDE, ip=HOME)],
        "machine instant, machine assistant",
    ),
    "a crawler": ([click(HOUR, agent="Mozilla/5.0 (compatible; GPTBot/1.2)")], "machine bot"),
}


@pytest.mark.parametrize("name", SCENES)
def test_scene(name):
    requests, expected = SCENES[name]
    links = max((request["link"] or 0) for request in requests) + 1
    assert verdicts(*requests, links=max(3, links)) == expected.split(", ")


A_MACHINES = st.sampled_from(
    [{"agent": agent} for agent in ("scanner", "assistant", "bot", "library", "empty")]
    + [{"network": "scanner"}, {"hints": ("prefetch",)}, {"method": "HEAD"}]
)


# Within minutes of each other and of the sending, where rules meet.
SOON = st.lists(
    st.builds(
        Seen,
        key=st.uuids(),
        type=st.sampled_from(["open", "click", "click", "attachment", "reply"]),
        t=st.none(),
        at=st.floats(0, 400),
        link=st.integers(0, 2),
        method=st.sampled_from(["GET", "GET", "GET", "HEAD"]),
        agent=st.sampled_from("browser browser browser mail_client image_proxy unknown".split()),
        network=st.sampled_from(["", "", "", "hosting", "probable_scanner"]),
        source=st.integers(0, 2),
        os=st.sampled_from(["iOS", "Windows"]),
    ),
    min_size=1,
    max_size=8,
)


# Other work on this computer may stop it for longer than hypothesis likes.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(SOON, st.sampled_from([None, -90, 0, 60]), st.data(), st.none() | st.integers(1, 3))
def test_a_machines_event_makes_nobody_human(events, sent_at, data, links):
    """By what it says of itself; a HEAD is one too, and so is who sent it."""
    events = list({event.at: event for event in events}.values())
    if sent_at is not None:
        events = [replace(event, t=event.at - sent_at) for event in events]
    before = judge(events, Rules(), links)
    made = replace(
        data.draw(st.sampled_from(events)),
        key="added",
        type=data.draw(st.sampled_from(["open", "click"])),
        at=data.draw(st.sampled_from(events)).at + data.draw(st.floats(-30, 30)),
        t=data.draw(st.none() | st.floats(-100, 100)),
        **{"method": "GET", **data.draw(A_MACHINES)},
    )
    after = judge([*events, made], Rules(), links)
    assert after.pop("added").verdict == "machine"
    for key, verdict in after.items():
        assert verdict.verdict != "human" or before[key].verdict == "human", (before[key], verdict)


@given(EVENTS)
def test_what_is_older_than_its_sending_is_no_persons(events):
    found = judge(events, Rules())
    for event in events:
        if event.t is not None and event.t < 0 and event.type != "reply":
            assert found[event.key].verdict != "human"


@given(EVENTS, st.randoms())
def test_equal_times_in_any_order(events, chance):
    """A relay's clock is coarse: what happens within one tick has no order."""
    events = [replace(event, at=round(event.at, -9)) for event in events]
    found = judge(events, Rules(), 3)
    chance.shuffle(events)
    again = judge(events, Rules(), 3)
    assert {key: verdict.verdict for key, verdict in found.items()} == {
        key: verdict.verdict for key, verdict in again.items()
    }
