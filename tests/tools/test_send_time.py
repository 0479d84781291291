"""When to send, so that it is read."""

from datetime import datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

import pytest
import pytz
from hypothesis import example, given, settings, strategies as st
from mail_engagement.tools.send_time import Reader, recommend, recommend_apart

# A Friday, 17:20 in Tokyo.
FRIDAY = datetime(2026, 11, 20, 8, 20, tzinfo=timezone.utc)
# A Tuesday, 9:20 in Paris.
TUESDAY = datetime(2026, 11, 24, 8, 20, tzinfo=timezone.utc)


def local(advice, zone):
    return advice.at.astimezone(ZoneInfo(zone))


def opened(hour, zone, count=10, day=2):
    return [
        datetime(2026, 11, day + n % 5, hour, 30, tzinfo=ZoneInfo(zone)).timestamp()
        for n in range(count)
    ]


def test_next_working_morning():
    advice = recommend([Reader(("Asia/Tokyo",))], FRIDAY)
    found = local(advice, "Asia/Tokyo")
    assert (found.weekday(), found.hour, found.minute) == (0, 9, 0)
    assert advice.reason == "usual" and not advice.is_now


def test_now_is_as_good_as_any():
    advice = recommend([Reader(("Europe/Paris",))], TUESDAY)
    assert advice.is_now and advice.at == TUESDAY


def test_their_own_hours():
    reader = Reader(("Europe/Paris",), own=opened(15, "Europe/Paris"))
    advice = recommend([reader], TUESDAY)
    assert local(advice, "Europe/Paris").hour == 15 and advice.reason == "own"


def test_two_opens_prove_nothing_people_alike_do():
    reader = Reader(
        "Europe/Paris",
        own=opened(15, "Europe/Paris", 2),
        alike=opened(11, "Europe/Paris", 40),
    )
    advice = recommend([reader], TUESDAY)
    assert local(advice, "Europe/Paris").hour == 11 and advice.reason == "alike"


def test_nobody_is_written_to_on_his_weekend():
    """Friday and Saturday in Cairo, Saturday and Sunday in Paris."""
    cairo = Reader(("Africa/Cairo",), weekend=frozenset({4, 5}))
    found = local(recommend([cairo], FRIDAY), "Africa/Cairo")
    assert found.weekday() == 6 and found.hour == 9
    both = local(recommend([cairo, Reader(("Europe/Paris",))], FRIDAY), "Africa/Cairo")
    assert both.weekday() == 0


def test_several_zones_meet_in_their_working_hours():
    readers = [Reader(("Europe/Paris",)), Reader(("America/New_York",))]
    advice = recommend(readers, FRIDAY.replace(hour=20))
    assert not advice.outside
    for reader in readers:
        assert 8 <= local(advice, reader.zones[0]).hour < 18


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Paris", "Australia/Lord_Howe"])
def test_clocks_that_change(zone):
    """Whatever day it is: a full hour, in the future, within a week."""
    for day in range(1, 28, 3):
        for month in (3, 10, 11):
            now = datetime(2026, month, day, 1, 59, tzinfo=timezone.utc)
            advice = recommend([Reader((zone,))], now)
            assert now <= advice.at and (advice.at - now).days < 7


@pytest.mark.usefixtures("bare_system")
@pytest.mark.parametrize("name", pytz.all_timezones)
def test_every_zone_that_odoo_offers(name):
    """In the working hours of whoever is there, whether the system knows the zone or not."""
    at = recommend([Reader((name,), weekend=frozenset())], FRIDAY).at
    assert 8 <= at.astimezone(pytz.timezone(name)).hour < 18


@pytest.mark.usefixtures("bare_system")
@pytest.mark.parametrize("name", ["US/Eastern", "Asia/Calcutta"])
def test_older_names_are_the_same_places(name):
    same = {"US/Eastern": "America/New_York", "Asia/Calcutta": "Asia/Kolkata"}[name]
    own = [FRIDAY.timestamp() + 3600 * 24 * n for n in range(9)]
    assert recommend([Reader((name,), own=own)], FRIDAY) == recommend(
        [Reader((same,), own=own)], FRIDAY
    )


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "", None, "../etc/passwd", "/etc/localtime", "Europe", "é", "x" * 5000]
)
def test_what_nobody_knows_is_utc(name):
    assert recommend([Reader((name,))], FRIDAY) == recommend([Reader(("UTC",))], FRIDAY)


TOKYO, PARIS, HONOLULU = (
    Reader((name,)) for name in ("Asia/Tokyo", "Europe/Paris", "Pacific/Honolulu")
)


def test_whom_no_common_hour_suits_is_named():
    """Not the mean of all: four in the morning is nobody's working hour."""
    advice = recommend([HONOLULU, PARIS, TOKYO, PARIS], TUESDAY)
    assert advice.is_now and advice.outside == [0]


def test_each_at_their_own_in_as_few_mails_as_possible():
    (first, early), (second, late) = recommend_apart([HONOLULU, PARIS, TOKYO, PARIS], TUESDAY)
    assert first == TUESDAY and early == [1, 2, 3]
    assert late == [0] and second.astimezone(ZoneInfo("Pacific/Honolulu")).hour == 9


def test_an_hour_that_begins_at_half_past_elsewhere():
    """17:40 in Kolkata is a working hour, 18:20 is none any more."""
    kolkata = Reader(("Asia/Kolkata",), own=opened(17, "Asia/Kolkata"))
    assert recommend([kolkata], TUESDAY.replace(hour=12, minute=10)).is_now
    assert not recommend([kolkata], TUESDAY.replace(hour=12, minute=50)).is_now


def test_somewhere_in_a_wide_country():
    """In a working hour of all its zones; where it has none, nothing is said to suit."""
    states = tuple(pytz.country_timezones["us"])
    assert not recommend([Reader(states)], TUESDAY).outside
    russia = Reader(tuple(pytz.country_timezones["ru"]))
    assert recommend([russia], TUESDAY).outside == [0]
    assert [who for _at, who in recommend_apart([russia, PARIS], TUESDAY)] == [[0, 1]]


def test_a_reason_holds_for_all_whom_it_suits():
    at_three = Reader(PARIS.zones, own=opened(15, "Europe/Paris"))
    assert recommend([at_three], TUESDAY).reason == "own"
    assert recommend([at_three, at_three, PARIS], TUESDAY).reason == "usual"
    # They read at night: it is proposed by day, and not because they read then.
    assert recommend([Reader(PARIS.zones, own=opened(23, "Europe/Paris"))], TUESDAY).reason == (
        "usual"
    )


WEEKENDS = st.sampled_from([{5, 6}, {4, 5}, {4}, {6}, {3, 4}, set()]).map(frozenset)
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2036, 12, 31), timezones=st.just(pytz.utc))
HOURS = st.lists(INSTANTS.map(datetime.timestamp), max_size=30)
PLACES = st.one_of(
    st.sampled_from(pytz.all_timezones).map(lambda name: (name,)),
    st.sampled_from([*pytz.country_timezones.values()]).map(tuple),
)
READERS = st.builds(Reader, PLACES, WEEKENDS, HOURS, HOURS)
# The hours around which clocks are put forward or back, in both halves of the world.
CHANGES = st.builds(
    lambda zone, number, minutes: (
        pytz.utc.localize(zone._utc_transition_times[-1 - number]) + timedelta(minutes=minutes)
    ),
    st.sampled_from(
        [
            pytz.timezone(name)
            for name in ("Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo")
        ]
    ),
    st.integers(0, 30),
    st.integers(-3 * 24 * 60, 3 * 60),
)


@cache
def place(name):
    """Python's own way to read a zone, from the files of pytz: the system's may be older."""
    with pytz.open_resource(name) as file:
        return ZoneInfo.from_file(file, key=name)


def works(reader, at):
    """By the wall clocks of their places, found in another way: Python's own zones."""
    clocks = [at.astimezone(place(name)) for name in reader.zones]
    return all(8 <= it.hour < 18 and it.weekday() not in reader.weekend for it in clocks)


@settings(max_examples=200, deadline=None)
@given(st.lists(READERS, min_size=1, max_size=5), INSTANTS | CHANGES)
@example([TOKYO, HONOLULU, PARIS], TUESDAY)
@example(
    [Reader(("Africa/Abidjan",)), Reader(("Canada/Central",)), Reader(("Asia/Dubai",))],
    datetime(2037, 11, 1, 6, tzinfo=timezone.utc),
)
def test_what_is_said_is_true(readers, now):
    """Whom it suits are at work then, the others are not; no other hour suits more of them."""
    advice = recommend(readers, now)
    assert now <= advice.at < now + timedelta(days=7) and advice.is_now == (advice.at == now)
    assert advice.is_now or not advice.at.minute
    outside = [who for who, reader in enumerate(readers) if not works(reader, advice.at)]
    assert advice.outside == outside
    start = now.replace(minute=0, second=0, microsecond=0)
    others = [now, *(start + timedelta(hours=ahead) for ahead in range(1, 7 * 24))]
    most = max(sum(works(reader, at) for reader in readers) for at in others)
    assert len(readers) - len(outside) == most


@settings(max_examples=100, deadline=None)
@given(st.lists(READERS, min_size=1, max_size=5), INSTANTS | CHANGES)
def test_apart_it_suits_each(readers, now):
    """Each gets it once, in a working hour, unless there is none of theirs in a whole week."""
    found = recommend_apart(readers, now)
    assert sorted(who for _at, some in found for who in some) == [*range(len(readers))]
    assert [at for at, _some in found] == sorted({at for at, _some in found})
    for at, some in found:
        for who in some:
            assert works(readers[who], at) or recommend([readers[who]], now).outside
