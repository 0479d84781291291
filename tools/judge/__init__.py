"""From all that was seen of one recipient's mail to a verdict on each event, with its reason.

Three steps, each in a module of its own: what a request says by itself (``judge_alone``), what
requests say together (``judge_visits``, ``judge_windows``, ``judge_repeats``), and here the
evidence that comes later. ``docs/detection.md`` explains each rule and names its source.
"""

from collections import defaultdict
from dataclasses import replace

from .alone import is_head, judge_alone
from .crowd import HEAD_ECHO
from .mail import Mail
from .repeat import judge_repeats
from .types import HUMAN, MACHINE, SELF, UNKNOWN, Rules, Seen, Verdict, Verdicts
from .visit import judge_visits
from .window import LOOKING, QUICK, judge_windows

__all__ = [
    "HUMAN",
    "MACHINE",
    "MOST_TOGETHER",
    "SELF",
    "UNKNOWN",
    "Rules",
    "Seen",
    "Verdict",
    "judge",
]

# Events of one mail that are compared with each other, the earliest. More are a loop on its
# address; comparing all of them would take a worker too long.
MOST_TOGETHER = 1000


def judge(
    seen: list[Seen], rules: Rules, links: int | None = None, together: int = MOST_TOGETHER
) -> Verdicts:
    """
    :param seen: all of one recipient's mail, in any order
    :param links: how many different links and files the mail has, if that is known
    :param together: how many are compared with each other, the earliest; none where ``seen`` is
        what came later than these
    """
    seen = sorted(seen, key=_order)
    verdicts = {event.key: verdict for event in seen if (verdict := judge_alone(event))}
    compared = seen[:together]
    if any(_shows_a_wrong_clock(event, verdicts) for event in compared):
        # Then no age can be believed.
        compared = [replace(event, t=None) for event in compared]
    mail = Mail(compared, rules, links, verdicts, frozenset(verdicts))
    # The opens first: one that came too soon is no trace of a reader.
    judge_windows(mail, ("open",))
    judge_visits(mail)
    judge_windows(mail, ("click", "attachment"))
    judge_repeats(mail)
    # Not before: what is known of one program excuses no other.
    _judge_echoes_of_heads(seen, verdicts)
    _confirm(mail)
    for event in seen:
        if event.key not in verdicts:
            verdicts[event.key] = Verdict(HUMAN, "browser")
    _tell_devices_apart(compared, verdicts)
    _join_views(seen, verdicts, rules)
    return verdicts


def _order(event: Seen) -> tuple[object, ...]:
    """By time; the rest only makes the order of arrival no matter."""
    return (
        event.at,
        event.type,
        str(event.link),
        event.method,
        event.network,
        event.network_name,
        -1 if event.source is None else event.source,
        event.device,
        event.hints,
        event.is_self,
        event.anonymous,
        event.agent_name,
        -1 if event.t is None else event.t,
    )


def _shows_a_wrong_clock(event: Seen, verdicts: Verdicts) -> bool:
    """Older than its sending, and not a machine's, which excuses nobody."""
    if event.t is None or event.t >= 0:
        return False
    return event.key not in verdicts or verdicts[event.key].verdict != MACHINE


def _judge_echoes_of_heads(seen: list[Seen], verdicts: Verdicts) -> None:
    """The same program asked first, or afterwards, whether it is there."""
    heads = defaultdict(list)
    for event in seen:
        if is_head(event) and event.source is not None:
            heads[event.source, event.target, event.device].append(event.at)
    for event in seen if heads else ():
        if event.key in verdicts or event.source is None or event.anonymous:
            continue
        times = heads.get((event.source, event.target, event.device), ())
        if any(abs(at - event.at) <= HEAD_ECHO for at in times):
            verdicts[event.key] = Verdict(MACHINE, "head_echo")


def _confirm(mail: Mail) -> None:
    """Later evidence: what was doubted by itself is believed when the same reader comes back."""
    believed = defaultdict(list)
    answered = max((event.at for event in mail.seen if _is_answer(event, mail)), default=None)
    for event in mail.seen:
        if mail.is_undecided(event) and event.source is not None:
            believed[event.source].append(event)
    for event in mail.seen:
        doubt = mail.verdicts.get(event.key)
        if not doubt or event.anonymous or event.is_suspicious:
            continue
        others = believed.get(event.source, []) if event.source is not None else []
        if doubt.reason == "unknown_agent" and answered is not None and answered >= event.at:
            sure = event.type == "open"
        elif not others:
            continue
        elif doubt.reason in ("instant", "stripped", "unread"):
            sure = (
                event.t is not None
                and event.t >= QUICK
                and any(_confirms(event, other) for other in others)
            )
        elif doubt.reason in ("unknown_agent", "privacy_relay"):
            sure = any(other.is_followed and other.at >= event.at for other in reversed(others))
        else:
            continue
        if sure:
            mail.verdicts[event.key] = Verdict(HUMAN, "confirmed")


def _is_answer(event: Seen, mail: Mail) -> bool:
    return (
        event.type == "reply" and mail.verdicts[event.key].verdict == HUMAN and not event.anonymous
    )


def _confirms(event: Seen, other: Seen) -> bool:
    """Whether ``other`` is the same reader, come back or at work on what ``event`` showed."""
    if other.at - event.at >= 60 and other.device == event.device:
        return True
    return event.type == "open" and other.type != "open" and other.at - event.at >= LOOKING


def _tell_devices_apart(seen: list[Seen], verdicts: Verdicts) -> None:
    """Say of a person's further visits when they came from elsewhere; invent no forwarder."""
    first = None
    for event in seen:
        verdict = verdicts[event.key]
        if verdict.verdict != HUMAN or verdict.reason != "browser" or event.anonymous:
            continue
        if first is None:
            first = event
        elif (
            event.os and first.os and (event.os, event.device_type) != (first.os, first.device_type)
        ):
            verdicts[event.key] = replace(verdict, reason="other_device")
        elif event.source is not None and first.source is not None and event.source != first.source:
            verdicts[event.key] = replace(verdict, reason="other_network")


def _join_views(seen: list[Seen], verdicts: Verdicts, rules: Rules) -> None:
    """The same again, at once: one view, counted once."""
    last: dict[tuple[object, ...], float] = {}
    for event in seen:
        verdict = verdicts[event.key]
        if verdict.verdict != HUMAN or event.is_local or event.source is None or event.anonymous:
            continue
        view = (event.target, event.source, event.device)
        if view in last and event.at - last[view] <= rules.same_view and event.type != "reply":
            verdicts[event.key] = replace(verdict, reason="same_view")
        last[view] = event.at
