"""When to send a mail so that it is read: at work, and when they are used to read. No ORM."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo

from .zone import zone

DAYS_AHEAD = 7
# Fewer opens than this say nothing of a person; of people alike a few more are needed.
ENOUGH_OWN, ENOUGH_ALIKE = 3, 20
WORK_BEGINS, WORK_ENDS = 8, 18
# While nothing is known: the morning, and a little the early afternoon.
USUAL = {8: 6, 9: 10, 10: 9, 11: 6, 13: 4, 14: 5, 15: 4, 16: 3}
# What a day of waiting costs: a good hour today beats the best one later.
IMPATIENCE = 0.01
OUTSIDE_WORK = 0.1


@dataclass(slots=True)
class Reader:
    """One recipient.

    :ivar zone: name of the time zone; one that nobody knows counts as UTC
    :ivar weekend: weekdays that are free, 0 for Monday
    :ivar own, alike: unix seconds at which they, or people like them, opened mails
    """

    zone: str
    weekend: frozenset[int] = frozenset({5, 6})
    own: list[float] = field(default_factory=list)
    alike: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Advice:
    """:ivar at: when, an aware datetime in UTC
    :ivar reason: ``own``, ``alike`` or ``usual``: what it rests on, of most of the recipients
    :ivar is_now: there is no need to wait
    """

    at: datetime
    reason: str
    is_now: bool


def recommend(readers: list[Reader], now: datetime) -> Advice:
    """The best full hour within a week, for all recipients together.

    :param readers: at least one
    :param now: aware
    """
    places = [zone(reader.zone) for reader in readers]
    profiles = [_profile(reader, place) for reader, place in zip(readers, places, strict=True)]
    start = now.astimezone(timezone.utc).replace(minute=0, second=0, microsecond=0)
    hours = [start + timedelta(hours=ahead) for ahead in range(DAYS_AHEAD * 24)]
    scores = [
        sum(
            _worth(hour.astimezone(place), reader, profile)
            for reader, place, (profile, _reason) in zip(readers, places, profiles, strict=True)
        )
        * (1 - IMPATIENCE * ahead / 24 - IMPATIENCE * (ahead > 0))
        for ahead, hour in enumerate(hours)
    ]
    best = max(range(len(hours)), key=scores.__getitem__)
    reason = Counter(reason for _profile, reason in profiles).most_common(1)[0][0]
    # The hour that has begun is as good as the best one.
    return Advice(hours[best] if best else now, reason, best == 0)


def _profile(reader: Reader, place: tzinfo) -> tuple[dict[int, float], str]:
    """:return: hour → share of the best hour, and what it rests on"""
    for times, enough, reason in (
        (reader.own, ENOUGH_OWN, "own"),
        (reader.alike, ENOUGH_ALIKE, "alike"),
    ):
        if len(times) >= enough:
            counts = Counter(datetime.fromtimestamp(at, place).hour for at in times)
            # People who read at nine read at ten as well.
            near = {
                hour: counts[hour] + (counts[(hour - 1) % 24] + counts[(hour + 1) % 24]) / 2
                for hour in range(24)
            }
            return _shares(near), reason
    return _shares(USUAL), "usual"


def _shares(counts: Mapping[int, float]) -> dict[int, float]:
    most = max(counts.values())
    return {hour: count / most for hour, count in counts.items()}


def _worth(local: datetime, reader: Reader, profile: dict[int, float]) -> float:
    at_work = local.weekday() not in reader.weekend and WORK_BEGINS <= local.hour < WORK_ENDS
    return (0.2 + profile.get(local.hour, 0)) * (1 if at_work else OUTSIDE_WORK)
