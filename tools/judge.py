"""From all that was seen of one recipient's mail to a verdict on each event, with its reason.

Three steps, each in a module of its own: what a request says by itself (``judge_alone``), what
requests say together (``judge_visit``), and here the windows after sending and the evidence that
comes later. ``docs/detection.md`` explains each rule and names its source.
"""

from dataclasses import dataclass, field, replace

HUMAN, MACHINE, UNKNOWN, SELF = "human", "machine", "unknown", "self"


@dataclass(slots=True)
class Seen:
    """One event, as the judge sees it.

    :ivar key: any hashable: the event's id
    :ivar type: open, click, attachment or reply
    :ivar t: seconds since sending; negative or None: a clock is wrong, so windows abstain
    :ivar at: unix seconds, to compare events with each other
    :ivar link: which link or file
    :ivar repeat: how often the same was seen
    :ivar agent, network: classes, see engagement_relay.classify
    :ivar source: stands for the network address, None when nothing was kept
    :ivar is_self: the sender himself, by his session or his device
    :ivar anonymous: several recipients share what is seen, so that nothing belongs together
    """

    key: object
    type: str
    t: float | None
    at: float
    link: object = None
    method: str = "GET"
    repeat: int = 1
    agent: str = "unknown"
    network: str = ""
    agent_name: str = ""
    network_name: str = ""
    hints: tuple = ()
    source: int | None = None
    device_type: str = ""
    client: str = ""
    os: str = ""
    is_self: bool = False
    anonymous: bool = False

    @property
    def device(self):
        """What stays the same while one person uses one device and program."""
        return self.agent, self.client, self.os, self.device_type

    @property
    def actor(self):
        """Who probably sends several requests: an address, or all of a scanner's addresses."""
        if self.anonymous:
            return "event", self.key
        if self.is_suspicious:
            return "network", self.network_name
        return ("source", self.source) if self.source is not None else ("event", self.key)

    @property
    def is_suspicious(self):
        """Scanners work from such networks, and so do some people."""
        return self.network in ("hosting", "probable_scanner", "image_proxy")

    @property
    def is_local(self):
        """The loopback address says nothing: timing and addresses prove nothing there."""
        return self.network == "loopback"


@dataclass(slots=True)
class Verdict:
    """:ivar reason: a code of tools.reason
    :ivar params: what the reason's words need
    """

    verdict: str
    reason: str
    params: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """What an administrator may change; all in seconds except ``burst_score``.

    A click that is wrongly a machine's costs more than an open, so its windows are shorter.

    :ivar open_window, click_window: after sending, in networks where scanners work
    :ivar probable_factor: windows are so much longer in networks of mail gateways
    :ivar open_instant, click_instant: after sending, in any network: nobody is that quick
    :ivar untraced_window: after sending, a click from such a network needs a trace of a reader
    :ivar echo: a gateway's visit so long before the reader's own is the gateway's look at it
    :ivar same_view: the same request again so soon belongs to the same view
    :ivar visit_gap: a longer pause ends a visit
    :ivar burst_score: see judge_visit
    """

    open_window: float = 60
    click_window: float = 30
    probable_factor: float = 2
    open_instant: float = 10
    click_instant: float = 8
    untraced_window: float = 600
    echo: float = 15
    same_view: float = 10
    visit_gap: float = 120
    burst_score: float = 1.25


def judge(seen, rules, links=None):
    """
    :param list[Seen] seen: all of one recipient's mail
    :param Rules rules:
    :param int links: how many different links and files the mail has, if that is known
    :rtype: dict, key → Verdict
    """
    from .judge_alone import judge_alone  # noqa: PLC0415 they need this module's classes
    from .judge_visit import judge_visits  # noqa: PLC0415

    seen = sorted(seen, key=lambda event: event.at)
    if any(event.t is not None and event.t < 0 for event in seen):
        # One event before sending shows that two clocks differ: then no age can be believed.
        seen = [replace(event, t=None) for event in seen]
    verdicts = {}
    for event in seen:
        verdict = judge_alone(event, seen)
        if verdict:
            verdicts[event.key] = verdict
    # The opens first: one that came too soon is no trace of a reader.
    _judge_windows(seen, verdicts, rules, ("open",))
    judge_visits(seen, verdicts, rules, links)
    _judge_windows(seen, verdicts, rules, ("click", "attachment"))
    _confirm(seen, verdicts)
    for event in seen:
        if event.key not in verdicts:
            verdicts[event.key] = Verdict(HUMAN, "browser")
    _tell_devices_apart(seen, verdicts)
    _join_views(seen, verdicts, rules)
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
        instant = rules.open_instant if is_open else rules.click_instant
        params = {"seconds": round(event.t)}
        if event.is_suspicious and event.t < window:
            verdict = Verdict(MACHINE, "early", params | {"network": event.network_name})
        elif event.agent == "stripped" and is_open and event.t < rules.open_window:
            verdict = Verdict(MACHINE, "stripped", params)
        elif event.t < instant:
            verdict = Verdict(MACHINE, "instant", params)
        else:
            continue
        verdicts[event.key] = verdict


def _confirm(seen, verdicts):
    """Later evidence: what was doubted by itself is believed when the same reader comes back."""
    for event in seen:
        doubt = verdicts.get(event.key)
        if not doubt or event.source is None or event.anonymous or event.is_suspicious:
            continue
        if doubt.reason == "instant" or doubt.reason == "stripped":
            later = [
                other
                for other in seen
                if _is_same_reader(event, other)
                and other.at - event.at >= 60
                and other.key not in verdicts
            ]
            if event.t is not None and event.t >= 5 and later:
                verdicts[event.key] = Verdict(HUMAN, "confirmed")
        elif doubt.reason in ("unknown_agent", "privacy_relay"):
            if any(
                other.type in ("click", "attachment")
                and other.source == event.source
                and other.at >= event.at
                and other.key not in verdicts
                for other in seen
            ):
                verdicts[event.key] = Verdict(HUMAN, "confirmed")


def _is_same_reader(event, other):
    return other.source == event.source and other.device == event.device


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
