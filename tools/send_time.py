"""When to send a mail so that it is read: at work, and when they are used to read. No ORM."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from .zone import zone

DAYS_AHEAD = 7
# Fewer opens than this say nothing of a person; of people alike a few more are needed.
ENOUGH_OWN, ENOUGH_ALIKE = 3, 20
WORK_BEGINS, WORK_ENDS = 8, 18
# While nothing is known: the morning, and a little the early afternoon.
USUAL = {8: 6, 9: 10, 10: 9, 11: 6, 13: 4, 14: 5, 15: 4, 16: 3}
# An hour is one in which they read if it has this share of their best hour.
READS = 0.5
# What a day of waiting costs: a good hour today beats the best one later.
IMPATIENCE = 0.01


@dataclass(slots=True)
class Reader:
    """One recipient.

    :ivar zones: names of the time zones in which they may be, the likeliest first; at least one,
        and one that nobody knows counts as UTC
    :ivar weekend: weekdays that are free, 0 for Monday
    :ivar own, alike: unix seconds at which they, or people like them, opened mails
    """

    zones: tuple[str, ...]
    weekend: frozenset[int] = frozenset({5, 6})
    own: list[float] = field(default_factory=list)
    alike: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Advice:
    """:ivar at: when, an aware datetime in UTC
    :ivar reason: why that hour, true of all whom it suits: ``own`` (they read then), ``alike``
        (people like them do) or ``usual`` (their working hours)
    :ivar is_now: there is no need to wait
    :ivar outside: positions of the readers whom it does not suit, as it is not in their working
        hours, or may not be
    """

    at: datetime
    reason: str
    is_now: bool
    outside: list[int]


def recommend(readers: list[Reader], now: datetime) -> Advice:
    """The moment within a week that is in the working hours of as many as possible, and among
    those the one at which they read most: now, or a full hour.

    :param readers: at least one
    :param now: aware
    """
    moments = _moments(now)
    clocks = {
        name: [at.astimezone(zone(name)) for at in moments]
        for name in {name for reader in readers for name in reader.zones}
    }
    works = {
        (zones, weekend): [
            _at_work(local, weekend) for local in zip(*map(clocks.get, zones), strict=True)
        ]
        for zones, weekend in {(reader.zones, reader.weekend) for reader in readers}
    }
    people = [
        (clocks[reader.zones[0]], works[reader.zones, reader.weekend], *_profile(reader))
        for reader in readers
    ]

    def rank(number: int) -> tuple[int, float]:
        waits = (moments[number] - now) / timedelta(days=1)
        joy = sum(
            at_work[number] * (0.2 + shares.get(local[number].hour, 0))
            for local, at_work, shares, _reason in people
        )
        suited = sum(at_work[number] == 1 for _local, at_work, _shares, _reason in people)
        return suited, joy * (1 - IMPATIENCE * waits - IMPATIENCE * (number > 0))

    best = max(range(len(moments)), key=rank)
    outside = [who for who, (_local, at_work, *_) in enumerate(people) if at_work[best] < 1]
    reasons = {
        reason if shares.get(local[best].hour, 0) >= READS else "usual"
        for local, at_work, shares, reason in people
        if at_work[best] == 1
    }
    reason = reasons.pop() if len(reasons) == 1 else "usual"
    return Advice(moments[best], reason, not best, outside)


def recommend_apart(readers: list[Reader], now: datetime) -> list[tuple[datetime, list[int]]]:
    """The same, in as few mails as it takes to suit everybody, whose place is known.

    :return: when, and to the readers at which positions; the earliest first
    """
    found: dict[datetime, list[int]] = {}
    left = list(range(len(readers)))
    while left:
        advice = recommend([readers[who] for who in left], now)
        outside = [left[place] for place in advice.outside]
        if len(outside) == len(left):
            # Whom no moment suits gets it with the first.
            found.setdefault(min(found, default=advice.at), []).extend(left)
            break
        found[advice.at] = [who for who in left if who not in outside]
        left = outside
    return [(at, sorted(found[at])) for at in sorted(found)]


def _moments(now: datetime) -> list[datetime]:
    start = now.astimezone(timezone.utc)
    hour = start.replace(minute=0, second=0, microsecond=0)
    return [start, *(hour + timedelta(hours=ahead) for ahead in range(1, DAYS_AHEAD * 24))]


def _at_work(clocks: Iterable[datetime], weekend: frozenset[int]) -> float:
    """:return: in how many of their zones it is a working hour: 1 for all of them"""
    works = [
        local.weekday() not in weekend and WORK_BEGINS <= local.hour < WORK_ENDS for local in clocks
    ]
    return sum(works) / len(works)


def _profile(reader: Reader) -> tuple[dict[int, float], str]:
    """:return: hour → share of the best hour, and what it rests on"""
    place = zone(reader.zones[0])
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
