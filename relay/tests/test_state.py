"""What Odoo may answer to a relay that asks for the state, and what it may not."""

import json

import pytest
from engagement_relay.protocol.token import Keyring
from engagement_relay.state import BadState, State
from engagement_relay.storage import Pairing
from engagement_relay.tenants import make
from hypothesis import given, strategies as st
from mini_odoo import MiniOdoo

PAIRING = Pairing("https://odoo.example", "0" * 32, b"s" * 32, "0badcafe")
with MiniOdoo() as ODOO:
    GOOD = ODOO.full_state()
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.integers(300, 4000).map(lambda digits: 10**digits)
    | st.text(max_size=9)
    | st.sampled_from(["\0", "\ud800", "ab" * 10, "gpc", "dnt", "open"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=5,
)


def used(state):
    """As a relay does, of what it was told or has on its disk."""
    for known in (state, State.from_json(json.loads(json.dumps(state.to_json())))):
        tenant = make(PAIRING, known, 0.0)
        Keyring(
            {(tenant.id, kind, number): held for (kind, number), held in known.outer_keys().items()}
        )
        assert 0.0 <= tenant.retention and set(known.honour) <= {"gpc", "dnt"}


def test_good():
    used(State().updated(GOOD))


@given(st.sampled_from(sorted(GOOD)), _VALUES)
def test_any_value_is_refused_calmly_or_works(name, value):
    try:
        state = State().updated(GOOD | {name: value})
    except BadState:
        return
    used(state)


@pytest.mark.parametrize(
    "change",
    [
        {"retention_days": 10**400},
        {"retention_days": float("inf")},
        {"retention_days": -1},
        {"attachment_max_bytes": 10**400},
        {"state_version": float("nan")},
        {"state_version": 10**400},
        {"suppressed": ["zz"]},
        {"suppressed": [5]},
        {"suppressed_kinds": {"zz": []}},
        {"suppressed_kinds": {"ab": 5}},
        {"suppressed_kinds": [1]},
        {"keys": [{"id": 256, "state": "signing", "outer": {"o": "AAAA"}}]},
        {"keys": [{"id": -1, "state": "signing", "outer": {"o": "AAAA"}}]},
        {"keys": [{"id": 1, "state": "signing", "outer": {"o": 5}}]},
        {"keys": 5},
        {"hosts": 5},
    ],
)
def test_refused(change):
    with pytest.raises(BadState):
        State().updated(GOOD | change)


@given(_VALUES)
def test_no_state_at_all(value):
    with pytest.raises(BadState):
        State().updated(value)


def test_a_word_of_a_newer_odoo_is_passed_over():
    assert State().updated(GOOD | {"honour": ["gpc", "new"]}).honour == ("gpc",)
