"""What holds of a mail's way, in whatever order it is said; what status codes mean."""

import itertools

import pytest
from hypothesis import example, given, strategies as st
from mail_engagement.tools import delivery, status_code
from mail_engagement.tools.delivery import (
    COMPLAINED,
    DEFERRED,
    DELIVERED,
    HANDED_OVER,
    HARD,
    LONGEST,
    SOFT,
    STEPS,
    Report,
    answered,
    bounced,
    merged,
    not_sent,
    said,
    shown,
)

REPORTS = st.builds(
    Report,
    st.sampled_from([*STEPS]),
    st.integers(1, 5),
    st.sampled_from(["", "5.1.1", "4.2.2"]),
    st.sampled_from(["", "a", "b"]),
)


@given(st.lists(REPORTS, min_size=1, max_size=5), st.randoms())
def test_order_and_repetition_do_not_matter(reports, chance):
    whole = merged(*reports)
    again = [*reports, *reports]
    chance.shuffle(again)
    one_by_one = None
    for report in again:
        one_by_one = merged(one_by_one, report)
    assert one_by_one == whole


@pytest.mark.parametrize(
    ("reports", "holds"),
    [
        ([(HANDED_OVER, 1), (DEFERRED, 2)], DEFERRED),
        ([(HANDED_OVER, 1), (DEFERRED, 2), (DELIVERED, 3)], DELIVERED),
        ([(DELIVERED, 3), (DEFERRED, 9)], DELIVERED),
        ([(SOFT, 2), (DELIVERED, 3)], DELIVERED),  # the provider went on trying
        ([(DELIVERED, 2), (SOFT, 3)], SOFT),  # taken, and returned after all
        ([(DELIVERED, 2), (HARD, 3)], HARD),
        ([(HARD, 2), (DELIVERED, 3)], HARD),
        ([(DELIVERED, 2), (COMPLAINED, 3)], COMPLAINED),
        ([(COMPLAINED, 2), (HARD, 3), (DELIVERED, 4)], COMPLAINED),
        ([(SOFT, 2), (DEFERRED, 3)], SOFT),
    ],
)
def test_what_holds(reports, holds):
    made = [Report(*one) for one in reports]
    assert {merged(*some).status for some in itertools.permutations(made)} == {holds}


def test_nothing_known():
    assert merged() is None
    assert merged(None, Report(DELIVERED, 1)).status == DELIVERED


@pytest.mark.parametrize(
    ("reply", "text", "status", "code"),
    [
        (250, b"2.0.0 Ok: queued as 4Zx", HANDED_OVER, "2.0.0"),
        (250, b"OK", HANDED_OVER, ""),
        (550, b"5.1.1 <a@b.test>: unknown", HARD, "5.1.1"),
        (550, b"No such user", HARD, "5.1.0"),
        (451, b"4.7.1 Greylisted, see http://a.test/4.5.6.7", SOFT, "4.7.1"),
        (452, b"try later", SOFT, "4.2.2"),
        (552, b"5.2.2 over quota", SOFT, "5.2.2"),
        (421, b"", SOFT, "4.3.2"),
        (999, b"?", HARD, ""),
    ],
)
def test_answers(reply, text, status, code):
    report = answered(reply, text, 7)
    assert (report.status, report.code, report.at) == (status, code, 7)
    assert report.text.startswith(str(reply))


def test_bounced():
    assert bounced(1, "4.4.7", "expired") == Report(SOFT, 1, "4.4.7", "expired")
    assert bounced(1) == Report(HARD, 1)
    assert bounced(1, "", "host said: 550-5.1.1 gone").code == "5.1.1"


def test_not_sent():
    assert not_sent("mail_email_invalid", 1).code == "5.1.3"
    assert not_sent("mail_smtp", 1).status == SOFT
    assert not_sent("what comes one day", 1) == Report(SOFT, 1, "4.0.0")


@given(st.text() | st.binary() | st.none() | st.integers())
@example("0\r\x1b 0")
@example("x" * (LONGEST - 1) + " y")
def test_words_can_be_stored_and_shown(text):
    words = said(text)
    assert words.isprintable() and len(words) <= LONGEST
    words.encode()
    assert said(words) == words


@given(st.text(alphabet="2450123.- x()#\n", max_size=40))
def test_any_text_has_a_code_or_none(text):
    code = status_code.status_code(text)
    assert not code or status_code.status_code(code) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("#5.1.1", "5.1.1"),
        ("(#4.2.2)", "4.2.2"),
        ("smtp;550 5.7.26 unauthenticated", "5.7.26"),
        ("550-5.1.1 two\n550 5.1.1 lines", "5.1.1"),
        ("5.01.001", "5.1.1"),
        ("mx 5.1.1.9 said no", ""),
        ("version 15.1.1", ""),
        ("a 5.1.1000", ""),
        ("host 1.5.1.1", ""),
        ("at 10:554", ""),
    ],
)
def test_codes_in_texts(text, code):
    assert status_code.status_code(text) == code


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("5.1.1", "unknown_address"),
        ("5.1.10", "unknown_domain"),
        ("5.2.2", "full"),
        ("4.2.2", "full"),
        ("5.7.26", "unproven"),
        ("5.7.999", "refused"),
        ("5.99.1", "refused"),
        ("4.1.1", "later"),
        ("4.7.1", "later"),
        ("4.99.0", "later"),
        ("2.0.0", ""),
        ("", ""),
    ],
)
def test_meanings(code, meaning):
    assert status_code.meaning(code) == meaning


@given(st.sampled_from("45"), st.integers(0, 999), st.integers(0, 999))
def test_every_code_means_something(kind, subject, detail):
    assert status_code.meaning(f"{kind}.{subject}.{detail}") in status_code.MEANINGS


def test_shown():
    assert shown(HARD, "replied") == DELIVERED
    assert shown(HARD, "bounced") == HARD
    assert shown(COMPLAINED, "clicked") == COMPLAINED
    assert shown(None, "opened") == DELIVERED
    assert shown(None, "sent") is None


def test_the_order_is_one():
    """Each word has a step, and every bounce is a trouble."""
    assert set(delivery.BOUNCES) < set(delivery.TROUBLES) < set(STEPS)
