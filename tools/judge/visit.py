"""What requests say together: link scanners that look like browsers.

A visit is what one actor (an address, or all addresses of a network where scanners work) follows
without a long pause. Each sign adds to its score; none decides alone.
"""

import math
from collections.abc import Iterable
from itertools import pairwise

from .mail import SETTLED, UNREAD, Mail
from .types import MACHINE, Seen

# Seconds: pauses while different addresses, none of which opened the mail, follow its links.
FLOCK = 60
# What each sign adds to a visit's score, found on one corpus and checked on another.
PACE = ((0.35, 3), (0.7, 1.5), (1.2, 0.5))  # the shortest pause between two targets, seconds
SLOW, SLOW_IN_CLOUD = ((20, -1), (5, -0.5)), ((20, -0.5), (5, -0.25))
# All links of a mail that has so many at least.
ALL = ((5, 2), (3, 0.75), (2, 0.4))
IN_ORDER = 0.2
# Outside clouds and gateways: only two links, at the pace of somebody who looks at what comes; and
# some of the links of a mail that was opened before: people choose, scanners take all.
ONLY_TWO, AT_EASE = -1, 3
CHOSEN = -1.25
# Since sending, seconds.
HASTE = ((30, 2.5), (60, 1.75), (120, 1.25), (300, 0), (600, -0.25), (1800, -1.5))
HASTE_IN_CLOUD = ((30, 2.5), (60, 1.75), (180, 1.25), (300, 0.75), (600, -0.25), (1800, -1.5))
LATE = -2
# A visitor who follows all of a mail's links (so many at least) where nobody opened it is not late
# but looks again, as filters do when they learn more of a sender.
SWEPT, SWEPT_LATE = 3, -0.6
# What others did longer ago, seconds, is no trace of a visitor who sweeps. If somebody else has
# read the mail, this visitor is less likely to be a reader.
SWEPT_AFTER = 1800
SWEPT_BY = {False: 1, True: 1.5}
# Seconds between the actor's own open and its first link that only people take.
READ_LONG, READ = 20, -0.5
HOSTING, GATEWAY = 1.25, 0.5
# People who read in a cloud open the mail there, and a scanner there may do so as well.
TRACES = {
    "own": -2,
    "proxied": -2,
    "private": -2,
    "moved": -1,
    "elsewhere": -1,
    "fetched": 1.5,
    "": 1,
}
TRACES_IN_CLOUD = TRACES | {"own": -1, "moved": 1.25, "elsewhere": 1.25, "": 2}
# One visit from several addresses of a cloud.
SPREAD = 1


def judge_visits(mail: Mail) -> None:
    """Decide what the visits show."""
    candidates = [
        event
        for event in mail.seen
        if event.is_followed
        and mail.is_undecided(event)
        and not event.is_local
        and not event.anonymous
    ]
    visits = _visits(candidates, mail.rules.visit_gap)
    for visit in visits:
        count = _count(visit)
        if count > 1 and _score(visit, mail) >= mail.rules.burst_score:
            for event in visit:
                mail.condemn(event, "burst", count=count, seconds=_duration(visit))
            mail.condemn_opens(visit)
    for visit in visits:
        if visit[0].is_suspicious and _count(visit) == 1:
            _judge_single(visit, mail)
    _judge_flock(candidates, mail)


def _count(visit: Iterable[Seen]) -> int:
    """How many different links and files."""
    return len({event.target for event in visit})


def _duration(visit: list[Seen]) -> int:
    return round(visit[-1].at - visit[0].at)


def _visits(events: list[Seen], gap: float) -> list[list[Seen]]:
    """:return: lists of events, each of one actor without a pause longer than ``gap``"""
    visits: list[list[Seen]] = []
    current: dict[tuple[str, object], list[Seen]] = {}
    for event in events:
        visit = current.get(event.actor)
        if visit and event.at - visit[-1].at <= gap:
            visit.append(event)
        else:
            current[event.actor] = [event]
            visits.append(current[event.actor])
    return visits


def _score(visit: list[Seen], mail: Mail) -> float:
    """How much a visit to several links looks like a scanner's; see docs/detection.md."""
    first = visit[0]
    is_sweep = mail.links is not None and mail.links >= SWEPT and _followed(visit) >= mail.links
    score = _pace(visit) + _thoroughness(visit, mail.links)
    trace = mail.trace(first, SWEPT_AFTER if first.is_suspicious else math.inf)
    if trace == "own" and mail.read_for(first) >= READ_LONG:
        score += READ
    if is_sweep and mail.trace(first, SWEPT_AFTER) in UNREAD:
        score += max(_haste(first.t, HASTE), SWEPT_LATE) + SWEPT_BY[bool(mail.trace(first))]
    elif not first.is_suspicious:
        score += _choice(visit, mail.links, trace) + _haste(first.t, HASTE) + TRACES[trace]
    else:
        score += _haste(first.t, HASTE_IN_CLOUD) + TRACES_IN_CLOUD[trace]
    if first.network == "hosting":
        return score + HOSTING + (SPREAD if len({event.source for event in visit}) > 1 else 0)
    return score + (GATEWAY if first.is_suspicious else 0)


def _followed(visit: list[Seen]) -> int:
    """How many different links, without files."""
    return len({event.link for event in visit if event.type == "click"})


def _choice(visit: list[Seen], links: int | None, trace: str) -> float:
    """What looks like a person's choice."""
    count = _count(visit)
    score: float = ONLY_TWO if count == 2 and min(_pauses(visit)) >= AT_EASE else 0
    if links and count < links and trace in ("own", "proxied", "private"):
        score += CHOSEN
    return score


def _pace(visit: list[Seen]) -> float:
    shortest = min(_pauses(visit))
    for limit, weight in PACE:
        if shortest < limit:
            return weight
    slow = SLOW_IN_CLOUD if visit[0].is_suspicious else SLOW
    return next((weight for limit, weight in slow if shortest >= limit), 0)


def _pauses(visit: list[Seen]) -> list[float]:
    """Seconds between two different targets."""
    return [later.at - event.at for event, later in pairwise(visit) if event.target != later.target]


def _thoroughness(visit: list[Seen], links: int | None) -> float:
    """All links, in the mail's order."""
    targets = list(dict.fromkeys(event.target for event in visit))
    score = 0.0
    if links and _followed(visit) >= links:
        score += next((weight for least, weight in ALL if links >= least), 0)
    if len(targets) > 2 and targets == sorted(targets, key=str):
        score += IN_ORDER
    return score


def _haste(t: float | None, weights: tuple[tuple[float, float], ...]) -> float:
    """Time since sending; nothing when a clock is wrong."""
    if t is None:
        return 0
    return next((weight for limit, weight in weights if t < limit), LATE)


def _judge_single(visit: list[Seen], mail: Mail) -> None:
    """One link, followed from a network where scanners work."""
    for event in visit:
        if not mail.is_undecided(event):
            continue
        trace = mail.trace(event)
        reason = _beside_a_person(event, trace, mail)
        if reason:
            mail.condemn(event, reason, network=event.network_name)
        elif trace in ("", "fetched") and (_is_soon(event, mail) or _was_a_machine(event, mail)):
            mail.condemn(event, "untraced", network=event.network_name)
            mail.condemn_opens([event])


def _beside_a_person(event: Seen, trace: str, mail: Mail) -> str:
    """Why a visit is the check of a link that somebody follows from elsewhere at that time.

    :return: a reason's code or nothing
    """
    rules = mail.rules
    after = rules.sandbox if event.network == "hosting" and trace != "own" else rules.echo
    for other in mail.of_target[event.target]:
        if other.is_suspicious or other.key in mail.alone:
            continue
        pause = other.at - event.at
        if 0 <= pause <= rules.echo:
            return "click_check"
        if -after <= pause < 0:
            return "click_sandbox"
    return ""


def _is_soon(event: Seen, mail: Mail) -> bool:
    rules = mail.rules
    window = rules.untraced_window if event.network == "hosting" else rules.untraced_probable
    return event.t is not None and event.t < window


def _was_a_machine(event: Seen, mail: Mail) -> bool:
    """The same address was caught before."""
    return event.source is not None and any(
        other.at < event.at
        and not mail.is_undecided(other)
        and mail.verdicts[other.key].verdict == MACHINE
        for other in mail.of_source[event.source]
    )


def _judge_flock(candidates: list[Seen], mail: Mail) -> None:
    """Several addresses follow several links at once and none of them opened the mail."""
    rest = [event for event in candidates if mail.trace(event, SWEPT_AFTER) in UNREAD]
    flock: list[Seen] = []
    for event in rest:
        if flock and event.at - flock[-1].at > FLOCK:
            _condemn_flock(flock, mail)
            flock = []
        flock.append(event)
    _condemn_flock(flock, mail)


def _condemn_flock(flock: list[Seen], mail: Mail) -> None:
    """:param flock: untraced, without a pause longer than ``FLOCK``"""
    is_early = bool(flock) and flock[0].t is not None and flock[0].t < SETTLED
    if _count(flock) > (1 if is_early else 2) and len({event.actor for event in flock}) > 1:
        for event in filter(mail.is_undecided, flock):
            mail.condemn(event, "burst", count=_count(flock), seconds=_duration(flock))
            mail.condemn_opens([event])
