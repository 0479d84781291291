"""An observation survives its way as a line of JSON; nothing else does."""

import json
from dataclasses import fields

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
        {"repeat": 1_000_001},
        {"repeat": 10**400},
        {"at": 10**400},
        {"at": -(10**400)},
        {"at": float("inf")},
        {"at": 2**32},
        {"sent_at": 10**400},
        {"policy": 10**400},
        {"link": 10**400},
        {"source": 10**400},
        {"hints": ["head"] * 7},
        {"hints": [["head"]]},
        {"hints": [{}]},
        {"method": "OPTIONS"},
        {"method": None},
        {"country": "FRA"},
        {"city": "x" * 129},
        {"link": -1},
        {"source": 65536},
        {"hints": "head"},
        {"hints": ["other"]},
        {"ip": "x" * 46},
        {"user_agent": "x" * 513},
        {"client": "a\0b"},
        {"user_agent": "a\ud800"},
        {"agent": "\udc80"},
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


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.integers(300, 5000).map(lambda digits: 10**digits)
    | st.text()
    | st.sampled_from(["\0", "\ud800", "x" * 600, "head", "GET"]),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from([field.name for field in fields(Observation)]), _VALUES)
def test_any_value_is_refused_calmly_or_survives(name, value):
    """What passes fits what it is stored in: 32 bits, UTF-8 without NUL."""
    try:
        line = json.dumps(GOOD | {name: value})
    except ValueError:
        # Python writes no integer of more than 4,300 digits; others do.
        line = json.dumps(GOOD | {name: 0}).replace(": 0", ": 1" + "0" * 5000)
    try:
        seen = Observation.from_json(line)
    except BadObservation as error:
        assert str(error) in {name, "json"}
    else:
        assert Observation.from_json(seen.to_json()) == seen
        for kept in (getattr(seen, field.name) for field in fields(seen)):
            assert "\0" not in kept.encode().decode() if isinstance(kept, str) else True
            assert 0 <= kept < 2**32 if isinstance(kept, int | float) else True


@given(st.one_of(st.text(), st.binary()))
def test_refuses_any_text_calmly(line):
    with pytest.raises(BadObservation):
        Observation.from_json(line)


@pytest.mark.parametrize("start", ["[", '{"a":', '{"hints":['])
@pytest.mark.parametrize("depth", [16_000, 200_000])
def test_refuses_deep_nesting_calmly(start, depth):
    with pytest.raises(BadObservation):
        Observation.from_json(start * depth)
