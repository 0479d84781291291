"""What one request says by itself, whatever else was seen."""

from .types import HUMAN, MACHINE, SELF, UNKNOWN, Seen, Verdict

# As the knowledge names it.
HEADLESS = "A browser without a window"


def is_head(event: Seen) -> bool:
    """Whether only the head was asked for."""
    return event.method == "HEAD" or "head" in event.hints


def judge_alone(event: Seen) -> Verdict | None:
    """:return: None when only the rest can tell"""
    if "session" in event.hints:
        return Verdict(SELF, "session")
    if "auto_reply" in event.hints:
        return Verdict(MACHINE, "auto_reply")
    if event.type == "reply":
        return Verdict(HUMAN, "reply")
    return _machine(event) or _own(event) or _older(event) or _proxied(event)


def _machine(event: Seen) -> Verdict | None:
    if is_head(event):
        return Verdict(MACHINE, "head")
    if "prefetch" in event.hints:
        return Verdict(MACHINE, "prefetch")
    if event.agent == "prefetch":
        return Verdict(MACHINE, "gmail_prefetch")
    if event.is_local and event.agent_name == HEADLESS:
        return None  # somebody tries the product out, by hand or in a test
    if event.agent in ("scanner", "assistant", "bot", "library", "empty"):
        return Verdict(MACHINE, event.agent, {"name": event.agent_name})
    if event.network == "scanner":
        return Verdict(MACHINE, "scanner_network", {"network": event.network_name})
    return None


def _own(event: Seen) -> Verdict | None:
    if event.is_self:
        return Verdict(SELF, "own_device")
    if event.network == "own":
        return Verdict(SELF, "own_network", {"network": event.network_name})
    return None


def _older(event: Seen) -> Verdict | None:
    """Nobody opens a mail before it is sent: a clock is wrong, or somebody plays."""
    if event.t is not None and event.t < 0:
        return Verdict(UNKNOWN, "older")
    return None


def _proxied(event: Seen) -> Verdict | None:
    """Programs that fetch images for people: a link is not followed through them."""
    if event.agent == "privacy":
        if event.type == "open":
            return Verdict(UNKNOWN, "privacy")
        return Verdict(MACHINE, "not_a_browser")
    if event.agent == "image_proxy":
        if event.type == "open":
            return Verdict(HUMAN, "image_proxy", {"name": event.agent_name})
        return Verdict(MACHINE, "not_a_browser")
    if event.agent == "unknown":
        return Verdict(UNKNOWN, "unknown_agent")
    # People browse through Private Relay; a mail client's images come without them as well.
    if event.network == "privacy_relay" and event.type == "open" and event.agent != "browser":
        return Verdict(UNKNOWN, "privacy_relay")
    return None
