"""Payload, signature and schedule of webhooks, without Odoo."""

import json
import time
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, strategies as st
from jsonschema import Draft202012Validator
from mail_engagement.relay.engagement_relay.protocol.token import Policy
from mail_engagement.tools.webhook import payload, schedule, sign
from mail_engagement.tools.webhook.payload import Link, Mail, News, Person, Seen
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from dev import paths

SCHEMA = json.loads((paths.ROOT / "docs" / "webhooks.schema.json").read_text())
VALID = Draft202012Validator(SCHEMA)
DRAWS = st.floats(0, 1, exclude_max=True)


def attempts(draws, asked=0.0, takes=0.0):
    """At which ages a delivery that always fails is tried, in seconds."""
    age, ages = 0.0, [0.0]
    for failures, draw in enumerate(draws, 1):
        age += takes
        wait = schedule.next_after(age, failures, draw, asked)
        if wait is None:
            return ages
        age += wait
        ages.append(age)
    raise AssertionError("it never ends")


@given(st.lists(DRAWS, min_size=60, max_size=60))
def test_tried_for_three_days(draws):
    ages = attempts(draws)
    assert ages[-1] == pytest.approx(schedule.LASTS)
    waits = [later - earlier for earlier, later in zip(ages, ages[1:], strict=False)]
    assert all(wait > 0 for wait in waits)
    # Quickly at first, and never out of sight.
    assert waits[0] <= 15 and sum(age <= 300 for age in ages) >= 4
    assert max(waits) <= schedule.LONGEST * (1 + schedule.JITTER) + 1e-6
    assert 12 <= len(ages) <= 20


@given(DRAWS, st.integers(1, 19))
def test_each_wait_is_longer_than_the_one_before(draw, failures):
    assert schedule.delay(failures, draw) <= schedule.delay(failures + 1, draw)


def test_jitter_parts_what_failed_together():
    low, high = schedule.delay(5, 0), schedule.delay(5, 0.999)
    assert high / low == pytest.approx(1.25 / 0.75, rel=0.01)


@given(st.lists(DRAWS, min_size=60, max_size=60), st.floats(0, schedule.LONGEST))
def test_a_receiver_that_asks_to_wait_is_obeyed(draws, asked):
    ages = attempts(draws, asked)
    waits = [later - earlier for earlier, later in zip(ages, ages[1:], strict=False)]
    # The last attempt is at three days, whatever was asked.
    assert all(wait >= asked - 1e-6 for wait in waits[:-1])
    assert ages[-1] == pytest.approx(schedule.LASTS)


@given(st.integers(1, 10**6), DRAWS, st.floats(0, schedule.LONGEST))
def test_a_receiver_that_is_away_is_asked_again_soon(failures, draw, asked):
    wait = schedule.pause(failures, draw, asked)
    assert asked <= wait <= max(asked, schedule.LONGEST_PAUSE)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("120", 120),
        ("-5", 0),
        ("nan", 0),
        ("inf", schedule.LONGEST),
        ("1e99", schedule.LONGEST),
        ("soon", 0),
        ("Thu, 01 Jan 1970 00:10:00 GMT", 0),
        ("Thu, 01 Jan 1970 00:20:00 GMT", 200),
        ("Thu, 01 Jan 99999 00:00:00 GMT", 0),
    ],
)
def test_what_a_receiver_asks_for(text, seconds):
    assert schedule.asked_for(text, now=1000) == seconds


def test_signed_so_that_the_standards_own_library_verifies_it():
    secret, body = sign.new_secret(), '{"type": "mail.opened", "subject": "Übergröße"}'
    headers = sign.headers([secret], "abc", time.time(), body)
    assert headers["webhook-id"] == "abc"
    assert Webhook(secret).verify(body, headers)["type"] == "mail.opened"
    for changed, values in (
        (body + " ", {}),
        (body, {"webhook-id": "abd"}),
        (body, {"webhook-timestamp": str(int(time.time()) - 1)}),
        (body, {"webhook-timestamp": str(int(time.time()) - 301)}),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(changed, {**headers, **values})


def test_several_secrets_sign_while_one_follows_the_other():
    old, new, other = (sign.new_secret() for _ in range(3))
    headers = sign.headers([new, old], "abc", time.time(), "{}")
    for secret in (old, new):
        Webhook(secret).verify("{}", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify("{}", headers)


def test_a_secret_is_as_the_standard_wants_it():
    secrets = {sign.new_secret() for _ in range(100)}
    assert len(secrets) == 100
    for secret in secrets:
        assert secret.startswith("whsec_")
        assert 24 <= len(Webhook(secret)._whsecret) <= 64


TEXTS = st.none() | st.text(max_size=20) | st.sampled_from(["Offer for carla@customer.test", "%40"])
IDS = st.none() | st.integers(1, 10**9)
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1))
PEOPLE = st.builds(
    Person,
    IDS,
    TEXTS,
    st.lists(st.sampled_from(["carla@customer.test", "chen@customer.test"])).map(tuple),
)
AGENTS = st.fixed_dictionaries(
    {
        "device_type": st.sampled_from(["desktop", "mobile", "tablet", "other", None]),
        "client": st.sampled_from(["Firefox", "", None]),
        "os": st.sampled_from(["Linux", None]),
        "country": st.sampled_from(["FR", "", None]),
    }
)


@st.composite
def news(draw):
    kind = draw(st.sampled_from([*set(payload.TYPES) - {payload.TEST}, "delivered"]))
    followed = kind in ("click", "attachment")
    link = st.builds(Link, st.sampled_from(["link", "attachment"]), TEXTS, TEXTS)
    return News(
        kind,
        draw(TIMES),
        draw(st.sampled_from([*Policy])),
        (draw(st.integers(1)), draw(st.text())),
        draw(st.builds(Mail, TEXTS, TEXTS, st.none() | TIMES, TEXTS, IDS, IDS)),
        draw(st.none() | PEOPLE),
        draw(st.none() | PEOPLE),
        draw(st.none() | link) if followed else None,
        draw(
            st.builds(
                Seen,
                st.sampled_from(["human", "machine", "unknown", "self", None]),
                TEXTS,
                AGENTS,
            )
        ),
    )


@given(news())
def test_every_payload_is_as_the_schema_says(one):
    body = payload.body(one)
    VALID.validate(json.loads(json.dumps(body)))
    if one.recipient is None or one.level < Policy.NO_IP:
        assert body["data"]["recipient"] is None and body["data"]["agent"] is None
        told = json.dumps({**body["data"], "sender": None, "company": None})
        told = told.replace(json.dumps(one.mail.message_id), "").replace(
            json.dumps(one.mail.model), ""
        )
        reason = json.dumps(one.seen.reason)
        assert "customer.test" not in told.replace(reason, "")


def test_a_test_is_as_the_schema_says():
    VALID.validate(payload.test_body(datetime(2026, 1, 2, 3, 4, 5, 6), (1, "My Company"), "ERP"))


def test_the_schema_is_one_and_says_no():
    Draft202012Validator.check_schema(SCHEMA)
    body = payload.test_body(datetime(2026, 1, 2), (1, "My Company"), "ERP")
    for wrong in ({"type": "mail.opened"}, {"timestamp": "today"}, {"more": 1}, {"data": {}}):
        assert not VALID.is_valid(body | wrong)


def test_times_are_utc():
    at = datetime(2026, 1, 2, 3, 4, 5, 999)
    text = payload.at(at)
    assert text == "2026-01-02T03:04:05Z"
    parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    assert parsed.utcoffset() == timedelta(0)
    assert parsed == at.replace(microsecond=0, tzinfo=timezone.utc)
