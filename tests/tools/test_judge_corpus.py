"""The goals, on the corpus that ships, on the one held out, and on fresh samples of both."""

import json
from pathlib import Path

import make_corpus
import pytest
from mail_engagement.relay.engagement_relay.classify import Knowledge
from mail_engagement.tools import verdicts
from mail_engagement.tools.judge import Rules

TESTS = Path(__file__).resolve().parents[1]
GOALS = {"open": 0.95, "click": 0.98, "attachment": 0.95}
SHIPPED = TESTS / "corpus.jsonl"
HELD_OUT = TESTS / "corpus_held_out.jsonl"


def measure(mails):
    lines = []
    verdicts.report(mails, Knowledge.default(), Rules(), lines.append)
    return json.loads(lines[-1])


@pytest.mark.parametrize("path", [SHIPPED, HELD_OUT], ids=lambda path: path.stem)
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
    assert all(mail["why"] for mail in mails)


def test_privacy_protection_is_never_human_by_its_picture():
    mails = [*verdicts.read(SHIPPED), *verdicts.read(HELD_OUT)]
    judged = verdicts.judge_corpus(mails, Knowledge.default(), Rules())
    found = [
        verdict.verdict
        for _mail, request, verdict in judged
        if request["headers"].get("User-Agent") == "Mozilla/5.0"
    ]
    assert found and set(found) == {"unknown"}


def test_wilson():
    """Known values: Newcombe 1998, table I (81 of 263 gives 0.2553)."""
    assert verdicts.wilson(81, 263) == pytest.approx(0.2553, abs=5e-5)
    assert verdicts.wilson(0, 20) == pytest.approx(0, abs=1e-12)
    assert verdicts.wilson(0, 0) is None


def test_unknown_called_human_counts_against_precision():
    requests = [
        {"t": 900, "kind": "open", "ip": "203.0.113.4", "headers": {"user-agent": BROWSER}, **label}
        for label in ({"label": "unknown"}, {"label": "human"})
    ]
    found = measure([{"mail": "m", "requests": [request]} for request in requests])["open"]
    assert (found["precision"], found["recall"]) == (0.5, 1.0)


BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"requests": [{"kind": "open", "label": "nobody"}]}', '{"requests": [{}]}']
)
def test_a_bad_corpus_is_one_clear_line(tmp_path, capsys, line):
    path = tmp_path / "corpus.jsonl"
    path.write_text(line)
    assert verdicts.main([str(path)]) == 1
    assert "line 1" in capsys.readouterr().err
