"""What requests say together: link scanners that look like browsers.

A visit is what one actor (an address, or all addresses of a network where scanners work) follows
without a long pause. Each sign adds to its score; none decides alone.
"""

from .types import HUMAN, MACHINE, UNKNOWN, Verdict

# Seconds between showing a mail and following its first link: less is no reading.
READING = 1.5
# Seconds: pauses while different addresses, none of which opened the mail, follow its links.
FLOCK = 30
FLOCK_AFTER_SENDING = 300
APPLE = ("iOS", "macOS")
# What each sign adds to a visit's score, found on one corpus and checked on another.
PACE = ((0.35, 3), (0.7, 1.5), (1.2, 0.5))  # the shortest pause between two targets, seconds
SLOW, SLOW_IN_CLOUD = ((20, -1), (5, -0.5)), ((20, -0.5), (5, -0.25))
# All links of a mail that has so many at least.
ALL = ((5, 2), (3, 0.75), (2, 0.4))
IN_ORDER = 0.2
# Outside clouds and gateways: only two links, at the pace of who looks at what comes; and some of
# the links of a mail that was opened before: people choose, scanners take all.
ONLY_TWO, AT_EASE = -1, 3
CHOSEN = -1.25
# Since sending, seconds.
HASTE = ((30, 2.5), (60, 1.75), (120, 1.25), (300, 0), (600, -0.25), (1800, -1.5))
HASTE_IN_CLOUD = ((30, 2.5), (60, 1.75), (180, 1.25), (300, 0.75), (600, -0.25), (1800, -1.5))
LATE = -2
HOSTING, GATEWAY = 1.25, 0.5
# Who reads in a cloud opens the mail there, and a scanner there may as well.
TRACES = {"own": -2, "proxied": -2, "elsewhere": -1, "fetched": 1.5, "": 1}
TRACES_IN_CLOUD = {"own": -1, "proxied": -2, "elsewhere": 1.25, "fetched": 1.5, "": 2}
# One visit from several addresses of a cloud.
SPREAD = 1


def judge_visits(seen, verdicts, rules, links):
    """Add to ``verdicts`` what the visits show.

    :param list[Seen] seen: by time
    :param dict verdicts: key → Verdict, of what needs no more judging
    :param Rules rules:
    :param int links: how many there are in the mail, or None
    """
    candidates = [
        event
        for event in seen
        if event.key not in verdicts
        and event.type in ("click", "attachment")
        and not event.is_local
        and not event.anonymous
    ]
    visits = _visits(candidates, rules.visit_gap)
    for visit in visits:
        count = len({_target(event) for event in visit})
        if count > 1 and _score(visit, seen, verdicts, links) >= rules.burst_score:
            params = {"count": count, "seconds": round(visit[-1].at - visit[0].at)}
            _condemn(visit, seen, verdicts, Verdict(MACHINE, "burst", params))
    for visit in visits:
        if visit[0].is_suspicious and len({_target(event) for event in visit}) == 1:
            _judge_single(visit, seen, verdicts, rules)
    _judge_flock(candidates, seen, verdicts)


def _target(event):
    return event.type, event.link


def _visits(events, gap):
    """:return: lists of events, each of one actor without a pause longer than ``gap``"""
    visits = []
    current = {}
    for event in events:
        visit = current.get(event.actor)
        if visit and event.at - visit[-1].at <= gap:
            visit.append(event)
        else:
            current[event.actor] = [event]
            visits.append(current[event.actor])
    return visits


def _score(visit, seen, verdicts, links):
    """How much a visit to several links looks like a scanner's; see docs/detection.md."""
    first = visit[0]
    found = trace(first, seen, verdicts)
    score = _pace(visit) + _thoroughness(visit, links)
    if not first.is_suspicious:
        return score + _choice(visit, links, found) + _haste(first.t, HASTE) + TRACES[found]
    score += _haste(first.t, HASTE_IN_CLOUD) + TRACES_IN_CLOUD[found]
    if first.network != "hosting":
        return score + GATEWAY
    return score + HOSTING + (SPREAD if len({event.source for event in visit}) > 1 else 0)


def _choice(visit, links, found):
    """What looks like a person's choice."""
    count = len({_target(event) for event in visit})
    score = ONLY_TWO if count == 2 and min(_pauses(visit)) >= AT_EASE else 0
    if links and count < links and found in ("own", "proxied"):
        score += CHOSEN
    return score


def _pace(visit):
    pauses = _pauses(visit)
    for limit, weight in PACE:
        if min(pauses) < limit:
            return weight
    slow = SLOW_IN_CLOUD if visit[0].is_suspicious else SLOW
    return next((weight for limit, weight in slow if min(pauses) >= limit), 0)


def _pauses(visit):
    """Seconds between two different targets."""
    return [
        later.at - event.at
        for event, later in zip(visit, visit[1:], strict=False)
        if _target(event) != _target(later)
    ]


def _thoroughness(visit, links):
    """All links, in the mail's order."""
    targets = list(dict.fromkeys(_target(event) for event in visit))
    followed = sum(kind == "click" for kind, _link in targets)
    score = 0
    if links and followed >= links:
        score += next((weight for least, weight in ALL if links >= least), 0)
    if len(targets) > 2 and targets == sorted(targets, key=str):
        score += IN_ORDER
    return score


def _haste(t, weights):
    """Time since sending; nothing when a clock is wrong."""
    if t is None:
        return 0
    return next((weight for limit, weight in weights if t < limit), LATE)


def trace(click, seen, verdicts):
    """What shows that somebody read the mail before this click.

    :return: ``own`` the same actor opened it; ``proxied`` an image proxy or Apple's fetched it
        for him; ``elsewhere`` somebody opened it at another place; ``fetched`` the actor loaded
        the image with the links, as only a program does; empty: nothing
    """
    if click.anonymous:
        return ""
    found = ""
    for event in seen:
        if event.type != "open" or event.at > click.at + READING:
            continue
        verdict = verdicts.get(event.key)
        if verdict and verdict.verdict not in (HUMAN, UNKNOWN):
            continue
        before = click.at - event.at
        if event.agent == "image_proxy" or (event.agent == "privacy" and click.os in APPLE):
            if before >= READING:
                return "proxied"
        elif event.agent == "privacy":
            continue
        elif event.actor == click.actor:
            if before >= READING:
                return "own"
            found = "fetched"
        elif before >= READING and not event.is_suspicious:
            found = found or "elsewhere"
    return found


def _condemn(visit, seen, verdicts, verdict):
    """Say so of a visit, and of the opens of the same actor around it."""
    for event in visit:
        verdicts[event.key] = verdict
    start, end = visit[0].at - 60, visit[-1].at + 60
    for event in seen:
        if (
            event.type == "open"
            and event.key not in verdicts
            and event.actor == visit[0].actor
            and start <= event.at <= end
        ):
            verdicts[event.key] = Verdict(MACHINE, "scanner_visit")


def _judge_single(visit, seen, verdicts, rules):
    """One link, followed from a network where scanners work."""
    for event in visit:
        if event.key in verdicts:
            continue
        params = {"network": event.network_name}
        found = trace(event, seen, verdicts)
        reason = _beside_a_person(event, found, seen, verdicts, rules)
        if reason:
            verdicts[event.key] = Verdict(MACHINE, reason, params)
        elif found in ("", "fetched") and (
            _is_soon(event, rules) or _was_a_machine(event, seen, verdicts)
        ):
            _condemn([event], seen, verdicts, Verdict(MACHINE, "untraced", params))


def _beside_a_person(event, found, seen, verdicts, rules):
    """Why a visit is the check of a link that somebody follows from elsewhere at that time."""
    after = rules.sandbox if event.network == "hosting" and found != "own" else rules.echo
    for other in seen:
        if _target(other) != _target(event) or other.is_suspicious or other.key in verdicts:
            continue
        pause = other.at - event.at
        if 0 <= pause <= rules.echo:
            return "click_check"
        if -after <= pause < 0:
            return "click_sandbox"
    return ""


def _is_soon(event, rules):
    window = rules.untraced_window if event.network == "hosting" else rules.untraced_probable
    return event.t is not None and event.t < window


def _was_a_machine(event, seen, verdicts):
    """The same address was caught before."""
    return event.source is not None and any(
        other.source == event.source
        and other.at < event.at
        and other.key in verdicts
        and verdicts[other.key].verdict == MACHINE
        for other in seen
    )


def _judge_flock(candidates, seen, verdicts):
    """Several addresses follow several links at once and none of them opened the mail."""
    rest = [
        event
        for event in candidates
        if event.key not in verdicts
        and event.t is not None
        and event.t < FLOCK_AFTER_SENDING
        and not trace(event, seen, verdicts)
    ]
    flock = []
    for event in rest:
        if flock and event.at - flock[-1].at > FLOCK:
            _condemn_flock(flock, verdicts)
            flock = []
        flock.append(event)
    _condemn_flock(flock, verdicts)


def _condemn_flock(flock, verdicts):
    """:param list[Seen] flock: untraced, without a pause longer than ``FLOCK``"""
    if len({_target(event) for event in flock}) > 2 and len({e.actor for e in flock}) > 1:
        params = {"count": len(flock), "seconds": round(flock[-1].at - flock[0].at)}
        for event in flock:
            verdicts[event.key] = Verdict(MACHINE, "burst", params)
