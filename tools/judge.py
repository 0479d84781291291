"""From all that was seen of one recipient's mail to a verdict on each event, with its reason."""

from dataclasses import dataclass, field

HUMAN, MACHINE, UNKNOWN, SELF = "human", "machine", "unknown", "self"


@dataclass(slots=True)
class Seen:
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


@dataclass(slots=True)
class Verdict:
    verdict: str
    reason: str
    params: dict = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """:ivar open_window, click_window: seconds after sending"""

    open_window: float = 60
    click_window: float = 30


def judge(seen, rules):
    """:param list[Seen] seen: all of one recipient's mail
    :param Rules rules:
    :rtype: dict, key → Verdict
    """
    return {event.key: _judge_one(event) for event in seen}


def _judge_one(event):
    if event.is_self:
        return Verdict(SELF, "session")
    if "auto_reply" in event.hints:
        return Verdict(MACHINE, "auto_reply")
    if event.method == "HEAD":
        return Verdict(MACHINE, "head")
    if "prefetch" in event.hints:
        return Verdict(MACHINE, "prefetch")
    if event.agent in ("scanner", "bot", "library", "empty", "prefetch"):
        return Verdict(MACHINE, event.agent)
    return Verdict(HUMAN, "reply" if event.type == "reply" else "browser")
