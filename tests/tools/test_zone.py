"""Times by the clocks of a zone."""

from datetime import datetime, time

import pytest
from mail_engagement.tools.zone import clock


@pytest.mark.parametrize(
    ("name", "now", "days", "at", "expected"),
    [
        # Already tomorrow in Tokyo.
        ("Asia/Tokyo", "2026-01-10 16:00", 0, time.min, "2026-01-10 15:00"),
        ("Asia/Tokyo", "2026-01-10 14:00", -1, time.min, "2026-01-08 15:00"),
        ("America/New_York", "2026-01-10 03:00", 1, time(9), "2026-01-10 14:00"),
        # Clocks go forward between now and then.
        ("Europe/Paris", "2026-03-28 12:00", 1, time(9), "2026-03-29 07:00"),
        ("Europe/Paris", "2026-03-28 12:00", 0, time(9), "2026-03-28 08:00"),
        (None, "2026-01-10 16:00", 0, time.min, "2026-01-10 00:00"),
    ],
)
def test_clock(name, now, days, at, expected):
    moment = datetime.fromisoformat(now)
    assert clock(name, moment, days, at) == datetime.fromisoformat(expected)
