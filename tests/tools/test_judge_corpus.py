"""The goals, on the corpora that ship, and on fresh samples of the two that are generated."""

import json
from pathlib import Path

import make_corpus
import pytest
from mail_engagement.relay.engagement_relay.detection.classify import Knowledge
from mail_engagement.tools.judge import Rules, Seen, Verdict
from mail_engagement.tools.wilson import wilson

from dev.say import Failure
from dev.verdicts import field, measure as verdicts

TESTS = Path(__file__).resolve().parents[1]
GOALS = {"open": 0.95, "click": 0.98, "attachment": 0.95}
SHIPPED = TESTS / "corpus.jsonl"
HELD_OUT = TESTS / "corpus_held_out.jsonl"
OTHER_HAND = TESTS / "corpus_other_hand.jsonl"
FOURTH = TESTS / "corpus_fourth.jsonl"
CORPORA = [SHIPPED, HELD_OUT, OTHER_HAND, FOURTH]


def measure(mails):
    lines = []
    verdicts.report(mails, Knowledge.default(), Rules(), lines.append)
    return json.loads(lines[-1])


@pytest.mark.parametrize("path", CORPORA, ids=lambda path: path.stem)
def test_goals(path):
    found = measure(verdicts.read(path))
    for kind, goal in GOALS.items():
        assert found[kind]["precision"] >= goal and found[kind]["recall"] >= goal, found[kind]


@pytest.mark.parametrize("style", make_corpus.STYLES)
@pytest.mark.parametrize("seed", [101, 102])
def test_goals_on_a_fresh_sample(seed, style):
    found = measure(json.loads(line) for line in make_corpus.lines(seed, 3, style))
    for kind, goal in GOALS.items():
        assert found[kind]["precision"] >= goal and found[kind]["recall"] >= goal, found[kind]


def test_the_corpora_are_what_the_generator_writes():
    assert SHIPPED.read_text().splitlines() == list(
        make_corpus.lines(1, make_corpus.SIZE, "shipped")
    )
    assert HELD_OUT.read_text().splitlines() == list(
        make_corpus.lines(2, make_corpus.SIZE, "held_out")
    )


def test_size_and_sources():
    mails = list(verdicts.read(SHIPPED))
    requests = [request for mail in mails for request in mail["requests"]]
    human = [request["kind"] for request in requests if request["label"] == "human"]
    assert len(requests) >= 800 and human.count("click") >= 200 and human.count("open") >= 200
    assert all(mail["why"] for path in CORPORA for mail in verdicts.read(path))


def test_privacy_protection_is_never_human_by_its_picture():
    mails = [mail for path in CORPORA for mail in verdicts.read(path)]
    judged = verdicts.judge_corpus(mails, Knowledge.default(), Rules())
    found = [
        verdict.verdict
        for _mail, request, verdict in judged
        if request["kind"] == "open" and "Mozilla/5.0" in request["headers"].values()
    ]
    assert found and set(found) == {"unknown"}


def test_wilson():
    """Known values: Newcombe 1998, table I (81 of 263 gives 0.2553)."""
    assert wilson(81, 263) == pytest.approx(0.2553, abs=5e-5)
    assert wilson(0, 20) == pytest.approx(0, abs=1e-12)
    assert wilson(0, 0) is None


def test_unknown_called_human_counts_against_precision():
    requests = [
        {"t": 900, "kind": "open", "ip": "203.0.113.4", "headers": {"user-agent": BROWSER}, **label}
        for label in ({"label": "unknown"}, {"label": "human"})
    ]
    found = measure([{"mail": "m", "requests": [request]} for request in requests])["open"]
    assert (found["precision"], found["recall"]) == (0.5, 1.0)


def test_the_fields_mixture():
    """By hand: one reader, and two scanners of the same minute, one of them taken for a person."""

    def judged(label, verdict, t, type_="click"):
        seen = Seen(0, type_, t, t, agent="browser")
        return field.Judged(label, "direct", seen, Verdict(verdict, ""))

    cases = [
        judged("human", "human", 900),
        judged("machine", "human", 30),
        judged("machine", "machine", 40),
    ]
    precision, recall = field.at_the_field(cases, 1 / 7)
    assert precision.value == pytest.approx((6 / 7) / (6 / 7 + 1 / 7 / 2))
    assert recall == field.Share(1.0, wilson(1, 1))
    apples = judged("unknown", "unknown", 5, "open")
    assert field.at_the_field([apples], 1 / 7) == (field.Share(None, None),) * 2


BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


GOOD = {"kind": "open", "label": "human"}
BAD = {
    "{": "line 2",
    "[]": "requests",
    '{"requests": null}': "requests",
    '{"requests": [], "sender": []}': "sender",
    '{"requests": [], "sender": {"ips": "192.0.2.1"}}': "ips",
    '{"requests": [], "links": "3"}': "links",
    "[" * 100_000: "line 2",
    **{
        json.dumps({"requests": [GOOD, {**GOOD, name: value}]}): f'request 2: "{name}"'
        for name, value in {
            "label": "nobody",
            "kind": ["open"],
            "t": "soon",
            "link": [1],
            "ip": 7,
            "method": 7,
            "headers": ["user-agent"],
        }.items()
    },
    '{"requests": [{"kind": "open"}]}': '"label" is null',
    '{"requests": [{"kind": "open", "label": "human", "t": NaN}]}': '"t" is no time',
    '{"requests": [{"kind": "open", "label": "human", "t": 1e999}]}': '"t" is no time',
    '{"requests": [7]}': "request 1",
}


@pytest.mark.parametrize("line", BAD, ids=range(len(BAD)))
def test_a_bad_corpus_is_one_clear_line(tmp_path, line):
    path = tmp_path / "corpus.jsonl"
    path.write_text(f"\n{line}\n")
    with pytest.raises(Failure) as failure:
        verdicts.print_report(path)
    [said] = str(failure.value).splitlines()
    assert "line 2" in said and BAD[line] in said


def test_no_text_and_no_file_are_one_clear_line(tmp_path):
    path = tmp_path / "corpus.jsonl"
    path.write_bytes(b"\xff\xfe")
    for where in (path, tmp_path, tmp_path / "missing"):
        with pytest.raises(Failure) as failure:
            verdicts.print_report(where)
        assert len(str(failure.value).splitlines()) == 1


def test_odd_lines_are_judged_calmly(tmp_path, capsys):
    """Absent and null values, times out of order, equal names, strange addresses and headers."""
    nothing = dict.fromkeys(("t", "link", "method", "ip", "headers"))
    requests = [
        {**GOOD, "t": 5000, "ip": "203.0.113.9", "headers": {"USER-AGENT": BROWSER}},
        {**GOOD, "t": 300.5, "ip": "999.1.1.1", "headers": {"user-agent": BROWSER, "x": None}},
        {**GOOD, **nothing, "label": "machine"},
        {**GOOD, "method": "options", "label": "machine", "ip": "fe80::1%eth0"},
        {**GOOD, "kind": "click", "link": "a", "label": "machine", "headers": {"user-agent": 7}},
    ]
    lines = [
        {"mail": "m", "requests": requests},
        {"mail": None, "requests": [], "links": None, "sender": None},
        {"requests": requests[:1], "sender": {"ips": None}},
    ]
    path = tmp_path / "corpus.jsonl"
    path.write_text("\ufeff" + "\n\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    verdicts.print_report(path)
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["open"]["precision"] == found["open"]["recall"] == 1.0
    assert found["click"]["called_human"] == 0
    assert found["attachment"] == dict(found["attachment"], precision=None, recall=None)


def test_an_address_is_the_same_however_it_is_written():
    mail = {"requests": [dict(GOOD, ip="::ffff:203.0.113.9", t=900)]}
    mail["sender"] = {"ips": ["203.0.113.9", ""]}
    [seen] = verdicts.seen_of(mail, Knowledge.default())
    assert seen.is_self
