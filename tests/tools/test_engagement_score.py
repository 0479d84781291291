"""How warm somebody is, from what people did with their mails."""

import pytest
from mail_engagement.tools.engagement_score import DAY, Mail, score

NOW = 1_800_000_000


def mail(days_ago=0, opened=True, clicked=False, answered=False):
    """Return a mail that somebody last did something with `days_ago`."""
    return Mail(opened, clicked, answered, NOW - days_ago * DAY)


def test_nothing_happened():
    assert score([], NOW) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("seen", "points"),
    [
        (mail(), 1),
        (mail(clicked=True), 4),
        (mail(opened=False, clicked=True), 3),
        (mail(clicked=True, answered=True), 9),
    ],
)
def test_each_kind_counts_once(seen, points):
    assert score([seen], NOW).value == points


def test_halves_every_thirty_days():
    assert score([mail(30, answered=True)], NOW).value == 3
    assert score([mail(60, answered=True)], NOW).value == 1.5


def test_gone_after_a_year():
    assert score([mail(366)], NOW) == (0, 0, 0, 0)


def test_a_clock_that_is_ahead_gives_no_more():
    assert score([mail(-1)], NOW).value == 1


def test_says_what_it_is_made_of():
    found = score([mail(), mail(1, clicked=True), mail(2, answered=True)], NOW)
    assert found[1:] == (3, 1, 1)


def test_recent_answer_beats_many_old_opens():
    assert score([mail(1, answered=True)], NOW).value > score([mail(120)] * 20, NOW).value
