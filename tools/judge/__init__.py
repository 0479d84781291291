"""From all that was seen of one recipient's mail to a verdict on each event, with its reason.

Three steps, each in a module of its own: what a request says by itself (``judge_alone``), what
requests say together (``judge_visit``), and here the windows after sending and the evidence that
comes later. ``docs/detection.md`` explains each rule and names its source.
"""

from collections import defaultdict
from dataclasses import replace

from .alone import is_head, judge_alone
from .types import HUMAN, MACHINE, SELF, UNKNOWN, Rules, Seen, Verdict
from .visit import judge_visits, trace

__all__ = ["HUMAN", "MACHINE", "SELF", "UNKNOWN", "Rules", "Seen", "Verdict", "judge"]

# Events of one mail that are compared with each other, the earliest. More are a loop on its
# address; comparing all of them would take a worker minutes.
MOST_TOGETHER = 1000
# Seconds after sending in which nobody opens a mail, and that somebody looks at it at least.
QUICK, LOOKING = 5, 3


def judge(seen, rules, links=None):
    """
    :param list[Seen] seen: all of one recipient's mail
    :param Rules rules:
    :param int links: how many different links and files the mail has, if that is known
    :rtype: dict, key → Verdict
    """
    seen = sorted(seen, key=lambda event: event.at)
    if any(event.t is not None and event.t < 0 for event in seen):
        # One event before sending shows that two clocks differ: then no age can be believed.
        seen = [replace(event, t=None) for event in seen]
    verdicts = {}
    heads = [event for event in seen[:MOST_TOGETHER] if is_head(event)]
    for event in seen:
        verdict = judge_alone(event, heads)
        if verdict:
            verdicts[event.key] = verdict
    every, seen = seen, seen[:MOST_TOGETHER]
    # The opens first: one that came too soon is no trace of a reader.
    _judge_windows(seen, verdicts, rules, ("open",))
    judge_visits(seen, verdicts, rules, links)
    _judge_windows(seen, verdicts, rules, ("click", "attachment"))
    _confirm(seen, verdicts)
    for event in every:
        if event.key not in verdicts:
            verdicts[event.key] = Verdict(HUMAN, "browser")
    _tell_devices_apart(every, verdicts)
    _join_views(every, verdicts, rules)
    return verdicts


def _judge_windows(seen, verdicts, rules, types):
    """Too soon after sending for a person."""
    for event in seen:
        if event.key in verdicts or event.type not in types or event.is_local:
            continue
        if event.t is None:
            continue
        is_open = event.type == "open"
        window = rules.open_window if is_open else rules.click_window
        if event.network == "probable_scanner":
            window *= rules.probable_factor
        instant = _instant(event, seen, verdicts, rules)
        params = {"seconds": round(event.t)}
        if event.is_suspicious and event.t < window:
            verdict = Verdict(MACHINE, "early", params | {"network": event.network_name})
        elif event.agent == "stripped" and is_open and event.t < rules.open_window:
            verdict = Verdict(MACHINE, "stripped", params)
        elif event.t < instant or _follows_instant(event, seen, verdicts, rules):
            verdict = Verdict(MACHINE, "instant", params)
        else:
            continue
        verdicts[event.key] = verdict


def _instant(event, seen, verdicts, rules):
    """Seconds after sending below which this is no person's."""
    if event.type != "open":
        # Who was seen reading may be quicker.
        traced = trace(event, seen, verdicts) in ("own", "proxied") or _read_quickly(
            event, seen, verdicts
        )
        return rules.click_instant / 2.5 if traced else rules.click_instant
    # Scanners imitate browsers, hardly ever mail clients.
    return rules.open_instant / 2 if event.agent == "mail_client" else rules.open_instant


def _read_quickly(click, seen, verdicts):
    """Whether the same reader opened the mail, so soon that it was doubted."""
    if click.source is None or click.anonymous:
        return False
    return any(
        other.type == "open"
        and (other.source, other.device) == (click.source, click.device)
        and other.key in verdicts
        and verdicts[other.key].reason == "instant"
        and other.t >= QUICK
        and click.at - other.at >= LOOKING
        for other in seen
    )


def _follows_instant(event, seen, verdicts, rules):
    """Within the first minute, from an address that opened the mail quicker than people do."""
    if event.type == "open" or event.t >= rules.open_window:
        return False
    return any(
        other.actor == event.actor
        and other.key in verdicts
        and verdicts[other.key].reason == "instant"
        and other.t < QUICK
        for other in seen
    )


def _confirm(seen, verdicts):
    """Later evidence: what was doubted by itself is believed when the same reader comes back."""
    believed = defaultdict(list)
    answered = max((event.at for event in seen if _is_answer(event, verdicts)), default=None)
    for event in seen:
        if event.key not in verdicts and event.source is not None:
            believed[event.source].append(event)
    for event in seen:
        doubt = verdicts.get(event.key)
        others = believed.get(event.source, ())
        if not doubt or event.anonymous or event.is_suspicious:
            continue
        if doubt.reason == "unknown_agent" and answered is not None and answered >= event.at:
            sure = event.type == "open"
        elif not others:
            continue
        elif doubt.reason in ("instant", "stripped"):
            sure = event.t >= QUICK and any(_confirms(event, other) for other in others)
        elif doubt.reason in ("unknown_agent", "privacy_relay"):
            last = others[-1]
            sure = last.at >= event.at and any(
                other.type in ("click", "attachment") and other.at >= event.at
                for other in reversed(others)
            )
        else:
            continue
        if sure:
            verdicts[event.key] = Verdict(HUMAN, "confirmed")


def _is_answer(event, verdicts):
    return event.type == "reply" and verdicts[event.key].verdict == HUMAN and not event.anonymous


def _confirms(event, other):
    """Whether ``other`` is the same reader, come back or at work on what ``event`` showed."""
    if other.at - event.at >= 60 and other.device == event.device:
        return True
    return event.type == "open" and other.type != "open" and other.at - event.at >= LOOKING


def _tell_devices_apart(seen, verdicts):
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


def _join_views(seen, verdicts, rules):
    """The same again, at once: one view, counted once."""
    last = {}
    for event in seen:
        verdict = verdicts[event.key]
        if verdict.verdict != HUMAN or event.is_local or event.source is None or event.anonymous:
            continue
        view = (event.type, event.link, event.source, event.device)
        if view in last and event.at - last[view] <= rules.same_view and event.type != "reply":
            verdicts[event.key] = replace(verdict, reason="same_view")
        last[view] = event.at
