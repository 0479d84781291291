"""The quick HMAC is the standard library's."""

import hmac

from engagement_relay.protocol.mac import keyed
from hypothesis import given, strategies as st


@given(st.binary(max_size=200), st.lists(st.binary(max_size=300), max_size=3))
def test_same_as_hmac(key, messages):
    for message in messages:
        assert keyed(key)(message) == hmac.digest(key, message, "sha256")
