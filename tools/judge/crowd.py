"""Mails with more events than are compared: what a new one can change of the others' verdicts."""

from collections.abc import Iterable

from .types import Rules

# Seconds: requests for the head only and for the whole that are so close are one program's.
HEAD_ECHO = 10

# From and until, unix seconds.
Span = tuple[float, float]


def reach(rules: Rules) -> float:
    """:return: seconds before and after an event in which it says something of another that is
    not compared with it: an echo of a head, the same view"""
    return max(HEAD_ECHO, rules.same_view)


def around(times: Iterable[float], margin: float) -> list[Span]:
    """:return: the seconds around each, in order and apart"""
    return joined((time - margin, time + margin) for time in times)


def joined(spans: Iterable[Span]) -> list[Span]:
    """:return: the same seconds, in order and apart"""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found
