"""What one request says by itself, whatever else was seen."""

from .types import HUMAN, MACHINE, SELF, UNKNOWN, Verdict

# Seconds: who asks for the head only, and then for the whole, is one program.
HEAD_ECHO = 10
# As the knowledge names it.
HEADLESS = "A browser without a window"


def is_head(event):
    """Whether only the head was asked for."""
    return event.method == "HEAD" or "head" in event.hints


def judge_alone(event, heads):
    """
    :param Seen event:
    :param list[Seen] heads: those of the mail's events that asked for the head only
    :return: None when only the rest can tell
    :rtype: Verdict | None
    """
    if "session" in event.hints:
        return Verdict(SELF, "session")
    if "auto_reply" in event.hints:
        return Verdict(MACHINE, "auto_reply")
    if event.type == "reply":
        return Verdict(HUMAN, "reply")
    return _machine(event) or _own(event) or _proxied(event) or _head_echo(event, heads)


def _machine(event):
    if is_head(event):
        return Verdict(MACHINE, "head")
    if "prefetch" in event.hints:
        return Verdict(MACHINE, "prefetch")
    if event.agent == "prefetch":
        return Verdict(MACHINE, "gmail_prefetch")
    if event.is_local and event.agent_name == HEADLESS:
        return None  # who tries the product out, by hand or in a test
    if event.agent in ("scanner", "bot", "library", "empty"):
        return Verdict(MACHINE, event.agent, {"name": event.agent_name})
    if event.network == "scanner":
        return Verdict(MACHINE, "scanner_network", {"network": event.network_name})
    return None


def _own(event):
    if event.is_self:
        return Verdict(SELF, "own_device")
    if event.network == "own":
        return Verdict(SELF, "own_network", {"network": event.network_name})
    return None


def _proxied(event):
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


def _head_echo(event, heads):
    if event.source is None or event.anonymous:
        return None
    for other in heads:
        if (
            other.source == event.source
            and (other.type, other.link, other.device) == (event.type, event.link, event.device)
            and abs(other.at - event.at) <= HEAD_ECHO
        ):
            return Verdict(MACHINE, "head_echo")
    return None
