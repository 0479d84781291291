"""Time zones by their names."""

from contextlib import suppress
from datetime import datetime, time, timedelta

import pytz


def zone(name: str | None) -> pytz.BaseTzInfo:
    """The zone as pytz knows it, whose list of names is the one that Odoo offers.

    Python's own zoneinfo reads the system's files, and Debian 13 and Ubuntu 24.04 have older names
    (``US/Eastern``, ``Asia/Calcutta``) in a package of its own, ``tzdata-legacy``.

    :return: ``pytz.utc`` for a name that is unknown, or none
    """
    found: pytz.BaseTzInfo = pytz.utc
    with suppress(pytz.UnknownTimeZoneError):
        found = pytz.timezone(name or "")
    return found


def clock(name: str | None, now: datetime, days: int, at: time = time.min) -> datetime:
    """When clocks in a zone show ``at``, so many days after today's date there.

    :param now: naive, in UTC
    :param days: negative for days that are past
    :return: naive, in UTC
    """
    here = zone(name)
    today = pytz.utc.localize(now).astimezone(here).date()
    there: datetime = here.localize(datetime.combine(today + timedelta(days=days), at))
    return there.astimezone(pytz.utc).replace(tzinfo=None)
