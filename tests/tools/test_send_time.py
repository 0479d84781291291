"""When to send, so that it is read."""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest
import pytz
from mail_engagement.tools.send_time import Reader, recommend

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
    advice = recommend([Reader("Asia/Tokyo")], FRIDAY)
    found = local(advice, "Asia/Tokyo")
    assert (found.weekday(), found.hour, found.minute) == (0, 9, 0)
    assert advice.reason == "usual" and not advice.is_now


def test_now_is_as_good_as_any():
    advice = recommend([Reader("Europe/Paris")], TUESDAY)
    assert advice.is_now and advice.at == TUESDAY


def test_their_own_hours():
    reader = Reader("Europe/Paris", own=opened(15, "Europe/Paris"))
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
    cairo = Reader("Africa/Cairo", weekend=frozenset({4, 5}))
    found = local(recommend([cairo], FRIDAY), "Africa/Cairo")
    assert found.weekday() == 6 and found.hour == 9
    both = local(recommend([cairo, Reader("Europe/Paris")], FRIDAY), "Africa/Cairo")
    assert both.weekday() == 0


def test_several_zones_meet_in_their_working_hours():
    readers = [Reader("Europe/Paris"), Reader("America/New_York")]
    advice = recommend(readers, FRIDAY.replace(hour=20))
    for reader in readers:
        assert 8 <= local(advice, reader.zone).hour < 18


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Paris", "Australia/Lord_Howe"])
def test_clocks_that_change(zone):
    """Whatever day it is: a full hour, in the future, within a week."""
    for day in range(1, 28, 3):
        for month in (3, 10, 11):
            now = datetime(2026, month, day, 1, 59, tzinfo=timezone.utc)
            advice = recommend([Reader(zone)], now)
            assert now <= advice.at and (advice.at - now).days < 7


@pytest.mark.usefixtures("bare_system")
@pytest.mark.parametrize("name", pytz.all_timezones)
def test_every_zone_that_odoo_offers(name):
    """In the working hours of whoever is there, whether the system knows the zone or not."""
    at = recommend([Reader(name, weekend=frozenset())], FRIDAY).at
    assert 8 <= at.astimezone(pytz.timezone(name)).hour < 18


@pytest.mark.usefixtures("bare_system")
@pytest.mark.parametrize("name", ["US/Eastern", "Asia/Calcutta"])
def test_older_names_are_the_same_places(name):
    same = {"US/Eastern": "America/New_York", "Asia/Calcutta": "Asia/Kolkata"}[name]
    own = [FRIDAY.timestamp() + 3600 * 24 * n for n in range(9)]
    assert recommend([Reader(name, own=own)], FRIDAY) == recommend([Reader(same, own=own)], FRIDAY)


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "", None, "../etc/passwd", "/etc/localtime", "Europe", "é", "x" * 5000]
)
def test_what_nobody_knows_is_utc(name):
    assert recommend([Reader(name)], FRIDAY) == recommend([Reader("UTC")], FRIDAY)
