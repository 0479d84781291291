"""What the corpora's figures mean where the mixture is the field's.

A corpus has as many scanners and quick readers as its author thought of. Here each request is
weighed, so that the kinds have the shares that they have in published figures; docs/detection.md
names them with their sources.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from mail_engagement.tools.judge import HUMAN, MACHINE, SELF, UNKNOWN, Seen, Verdict
from mail_engagement.tools.wilson import wilson

# Of clicks, those that security software follows: all receivers, Outlook's, Gmail's.
MACHINE_CLICKS = {"all": 1 / 7, "Outlook": 0.46, "Gmail": 0.09}
# Of machines' clicks, by seconds after sending. An assumption.
MACHINE_TIMES = {(20, 60): 2 / 3, (60, 300): 1 / 4, None: 1 / 12}
# Of all opens, those of Apple's privacy protection; of the others, machines', as of clicks.
PRIVATE_OPENS = 0.5
# Of people, by what they read with: Apple's protection, an image proxy, anything else.
READERS = {"private": 0.53, "proxied": 0.30, "direct": 0.17}


class Judged(NamedTuple):
    """One request of a corpus with its verdict.

    :ivar label: what the corpus says
    :ivar reader: of READERS: what its mail was read with
    """

    label: str
    reader: str
    seen: Seen
    verdict: Verdict


class Share(NamedTuple):
    """A weighed share and its lower 95 % bound (Wilson), by Kish's effective number of cases."""

    value: float | None
    low: float | None


def reader_of(event: Seen, opens: Iterable[Seen]) -> str:
    """Which of READERS: what this picture, or this click's mail, was asked for with.

    :param opens: all of the mail's
    """
    agents = {other.agent for other in ([event] if event.type == "open" else opens)}
    if "privacy" in agents:
        return "private"
    return "proxied" if "image_proxy" in agents else "direct"


def at_the_field(judged: list[Judged], machines: float) -> tuple[Share, Share]:
    """Precision and recall of "human" of one kind of events.

    :param judged: opens only, or clicks only, or files only
    :param machines: the share of machines, without Apple's privacy protection
    """
    judged = [one for one in judged if one.label != SELF]
    weights = _weights(Counter(map(_stratum, judged)), machines)
    called = [one for one in judged if one.verdict.verdict == HUMAN]
    people = [one for one in judged if one.label == HUMAN]
    return (
        _weighed(called, weights, lambda one: one.label == HUMAN),
        _weighed(people, weights, lambda one: one.verdict.verdict == HUMAN),
    )


Stratum = tuple[str, object]


def _stratum(one: Judged) -> Stratum:
    if one.label == HUMAN:
        return HUMAN, one.reader
    if one.label == UNKNOWN and one.seen.type == "open":
        return UNKNOWN, None
    t = one.seen.t
    return MACHINE, next(
        (time for time in MACHINE_TIMES if time and t is not None and time[0] <= t < time[1]), None
    )


def _weights(size: Counter[Stratum], machines: float) -> dict[Stratum, float]:
    """What one request of each kind weighs; a kind without a case leaves its share to its like."""
    weights: dict[Stratum, float] = {}
    kinds: tuple[tuple[str, float, dict], ...] = (
        (HUMAN, 1 - machines, READERS),
        (MACHINE, machines, MACHINE_TIMES),
        (UNKNOWN, PRIVATE_OPENS / (1 - PRIVATE_OPENS), {None: 1}),
    )
    for label, total, parts in kinds:
        found = {part: share for part, share in parts.items() if size[label, part]}
        for part, share in found.items():
            weights[label, part] = total * share / sum(found.values()) / size[label, part]
    return weights


def _weighed(
    cases: list[Judged], weights: dict[Stratum, float], is_hit: Callable[[Judged], bool]
) -> Share:
    total = sum(weights[_stratum(one)] for one in cases)
    if not total:
        return Share(None, None)
    value = sum(weights[_stratum(one)] for one in cases if is_hit(one)) / total
    number = total**2 / sum(weights[_stratum(one)] ** 2 for one in cases)
    return Share(value, wilson(value * number, number))
