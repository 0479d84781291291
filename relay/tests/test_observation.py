"""An observation survives its way as a line of JSON; nothing else does."""

import json

import pytest
from engagement_relay.protocol.observation import BadObservation, Observation
from hypothesis import given, strategies as st

GOOD = {
    "uid": "a" * 32,
    "type": "click",
    "mail": "b" * 20,
    "sent_at": 1_800_000_000,
    "policy": 3,
    "at": 1_800_000_001.25,
    "link": 0,
    "source": 0,
    "hints": ["head"],
    "ip": "192.0.2.1",
}


def test_round_trip():
    seen = Observation.from_json(json.dumps(GOOD))
    assert Observation.from_json(seen.to_json()) == seen
    assert (seen.link, seen.source, seen.repeat, seen.hints) == (0, 0, 1, ("head",))


@pytest.mark.parametrize(
    "change",
    [
        {"uid": "a" * 31},
        {"uid": "A" * 32},
        {"mail": 5},
        {"type": "reply"},
        {"type": []},
        {"policy": 4},
        {"policy": True},
        {"at": float("nan")},
        {"at": -1},
        {"at": "now"},
        {"repeat": 0},
        {"repeat": 2**40},
        {"link": -1},
        {"source": 65536},
        {"hints": "head"},
        {"hints": ["other"]},
        {"ip": "x" * 46},
        {"user_agent": "x" * 513},
        {"client": "a\0b"},
        {"user_agent": "a\ud800"},
        {"minimum": 1},
        {"other": 1},
    ],
)
def test_refuses(change):
    with pytest.raises(BadObservation):
        Observation.from_json(json.dumps(GOOD | change))


@pytest.mark.parametrize("missing", ["uid", "type", "mail", "sent_at", "policy", "at"])
def test_needs(missing):
    with pytest.raises(BadObservation):
        Observation.from_json(json.dumps({n: v for n, v in GOOD.items() if n != missing}))


@given(st.one_of(st.text(), st.binary()))
def test_refuses_any_text_calmly(line):
    with pytest.raises(BadObservation):
        Observation.from_json(line)


def test_refuses_deep_nesting_calmly():
    with pytest.raises(BadObservation):
        Observation.from_json("[" * 200_000)
