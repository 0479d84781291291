"""Whether what people do with a mail can be seen at all, and why not."""

import pytest
from hypothesis import given, strategies as st
from mail_engagement.tools.consent import Standing
from mail_engagement.tools.coverage import (
    ABSENT,
    ANONYMOUS,
    APPLE,
    EXCLUDED,
    LEARNT,
    OFF,
    PICTURES,
    POLICY,
    SAID_NO,
    STOPPED,
    UNDELIVERED,
    UNTRACKED,
    at_sending,
    unseen,
)

KINDS = {
    "open": "open_count",
    "click": "click_count",
    "attachment": "attachment_open_count",
    "reply": "reply_count",
}
SILENT = {
    "is_anonymous": False,
    "state": "sent",
    "opens_hidden": None,
    "clicks_hidden": None,
    "attachments_hidden": None,
    **dict.fromkeys(KINDS.values(), 0),
    "private_count": 0,
}
HIDDEN = (None, OFF, EXCLUDED, SAID_NO, POLICY, ANONYMOUS, STOPPED, ABSENT)
counts = st.sampled_from((0, 0, 0, 1, 5, None))
mails = st.fixed_dictionaries(
    {
        "is_anonymous": st.sampled_from((False, False, False, True)),
        "state": st.sampled_from(
            ("sent", "opened", "clicked", "replied", "failed", "bounced", "untracked")
        ),
        "opens_hidden": st.sampled_from((*HIDDEN, *LEARNT)),
        "clicks_hidden": st.sampled_from(HIDDEN),
        "attachments_hidden": st.sampled_from(HIDDEN),
        **dict.fromkeys(KINDS.values(), counts),
        "private_count": counts,
    }
)


@pytest.mark.parametrize(
    ("level", "said", "is_on", "is_excluded", "reason"),
    [
        (3, "", True, False, None),
        (2, "granted", True, False, None),
        (1, "", True, False, ANONYMOUS),
        (0, "refused", True, False, SAID_NO),
        (0, "", True, False, POLICY),
        (3, "", False, False, OFF),
        (0, "refused", False, False, OFF),
        (3, "", True, True, EXCLUDED),
    ],
)
def test_known_at_sending(level, said, is_on, is_excluded, reason):
    assert at_sending(Standing(level, said, ""), is_on, is_excluded) == reason


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        ({}, None),
        ({"private_count": 1}, APPLE),
        ({"private_count": 3, "click_count": 1}, APPLE),
        ({"private_count": 1, "open_count": 1}, None),
        ({"reply_count": 1, "state": "replied"}, PICTURES),
        ({"click_count": 2}, PICTURES),
        ({"attachment_open_count": 1}, PICTURES),
        ({"click_count": 2, "open_count": 1}, None),
        ({"opens_hidden": APPLE}, APPLE),
        ({"opens_hidden": PICTURES}, PICTURES),
        ({"opens_hidden": PICTURES, "private_count": 1}, APPLE),
        ({"opens_hidden": APPLE, "open_count": 1}, None),
        ({"opens_hidden": SAID_NO, "state": "untracked"}, SAID_NO),
        ({"opens_hidden": SAID_NO, "reply_count": 1}, SAID_NO),
        ({"opens_hidden": STOPPED, "open_count": 2}, None),
        ({"state": "untracked"}, UNTRACKED),
        ({"state": "bounced"}, UNDELIVERED),
        ({"state": "failed", "opens_hidden": APPLE}, UNDELIVERED),
        ({"is_anonymous": True, "open_count": 3}, ANONYMOUS),
    ],
)
def test_opens(mail, reason):
    assert unseen({**SILENT, **mail}, "open") == reason


@pytest.mark.parametrize(
    ("mail", "kind", "reason"),
    [
        ({"private_count": 1}, "click", None),
        ({"clicks_hidden": ABSENT}, "click", ABSENT),
        ({"attachments_hidden": ABSENT}, "attachment", ABSENT),
        ({"opens_hidden": SAID_NO}, "click", None),
        ({"state": "untracked"}, "click", UNTRACKED),
        ({"state": "untracked", "opens_hidden": SAID_NO}, "reply", None),
        ({"state": "bounced"}, "reply", UNDELIVERED),
        ({"is_anonymous": True}, "reply", ANONYMOUS),
    ],
)
def test_clicks_views_replies(mail, kind, reason):
    assert unseen({**SILENT, **mail}, kind) == reason


def test_machines_alone_prove_nothing():
    """Of the silent people behind a gateway, none may be left out of the rate."""
    assert unseen({**SILENT, "machine_count": 12}, "open") is None


@given(mails, st.sampled_from([*KINDS]))
def test_what_was_seen_can_be_seen(mail, kind):
    """So a rate is never above one: what is counted is among what can be."""
    if mail[KINDS[kind]] and not mail["is_anonymous"]:
        assert unseen(mail, kind) is None


@given(mails, st.sampled_from([*KINDS]))
def test_whom_nobody_knows_is_in_no_rate(mail, kind):
    assert unseen({**mail, "is_anonymous": True}, kind) == ANONYMOUS


@given(mails)
def test_only_opens_learn(mail):
    """Apple's proxy and pictures that are off hide opens, and nothing else."""
    taught = {**mail, "private_count": 7}
    for kind in ("click", "attachment", "reply"):
        assert unseen(taught, kind) == unseen(mail, kind)
