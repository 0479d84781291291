"""Who signed what, and when."""

import pytest
from engagement_relay.protocol.signature import BadSignature, headers, sign, verify

SECRET = b"s" * 32
REQUEST = {
    "relay": "ab" * 16,
    "tenant": "0badcafe",
    "method": "POST",
    "path": "/mail_engagement/ingest",
    "timestamp": 1_800_000_000,
    "body": b"line\n",
}


def test_accepts_its_own():
    verify(SECRET, sign(SECRET, **REQUEST), **REQUEST, now=1_800_000_299)


@pytest.mark.parametrize(
    "change",
    [
        {"relay": "cd" * 16},
        {"tenant": "0badcaff"},
        {"method": "GET"},
        {"path": "/mail_engagement/ingest?a=1"},
        {"timestamp": 1_800_000_001},
        {"body": b"line"},
    ],
)
def test_every_part_is_signed(change):
    signed = sign(SECRET, **REQUEST)
    with pytest.raises(BadSignature) as found:
        verify(SECRET, signed, **REQUEST | change, now=1_800_000_000)
    assert found.value.reason == "signature"


@pytest.mark.parametrize("signed", ["", None, "v1=", "v2=00", "é", "\ud800", "v1=" * 5000])
def test_refuses_what_is_no_signature(signed):
    with pytest.raises(BadSignature):
        verify(SECRET, signed, **REQUEST, now=1_800_000_000)


@pytest.mark.parametrize("now", [1_800_000_301, 1_799_999_699])
def test_refuses_a_replay(now):
    with pytest.raises(BadSignature) as found:
        verify(SECRET, sign(SECRET, **REQUEST), **REQUEST, now=now)
    assert found.value.reason == "expired"


@pytest.mark.parametrize(
    "timestamp",
    ["", None, "yesterday", "9" * 400, "9" * 5000, "-1", "1e9", "1_800", "²", "\ud800", 1.8e9],
)
def test_refuses_what_is_no_time(timestamp):
    with pytest.raises(BadSignature) as found:
        verify(SECRET, "v1=00", **REQUEST | {"timestamp": timestamp})
    assert found.value.reason == "timestamp"


@pytest.mark.parametrize("name", ["relay", "tenant", "method", "path"])
@pytest.mark.parametrize("value", ["\ud800", "\0", "é" * 5000])
def test_refuses_any_text_calmly(name, value):
    signed = sign(SECRET, **REQUEST)
    with pytest.raises(BadSignature):
        verify(SECRET, signed, **REQUEST | {name: value}, now=1_800_000_000)


def test_headers_carry_the_signature():
    request = {name: value for name, value in REQUEST.items() if name != "timestamp"}
    made = headers(SECRET, **request, now=1_800_000_000.7)
    verify(
        SECRET,
        made["X-Engagement-Signature"],
        **request,
        timestamp=made["X-Engagement-Timestamp"],
        now=1_800_000_000,
    )
