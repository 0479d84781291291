"""Too soon after sending for a person."""

from .mail import Mail
from .types import Seen

# Seconds: nobody opens a mail sooner after sending, nor follows a link sooner after opening.
QUICK, LOOKING = 5, 3


def judge_windows(mail: Mail, types: tuple[str, ...]) -> None:
    """Decide what came too soon."""
    for event in mail.seen:
        if event.type not in types or event.is_local or event.t is None:
            continue
        if not mail.is_undecided(event):
            continue
        reason = _reason(event, event.t, mail)
        if not reason:
            continue
        params: dict[str, object] = {"seconds": round(event.t)}
        if reason == "early":
            params["network"] = event.network_name
        mail.condemn(event, reason, **params)
        if reason == "unread":
            mail.condemn_opens([event])


def _reason(event: Seen, t: float, mail: Mail) -> str:
    """:return: a reason's code, or nothing when a person may be that quick"""
    trace = mail.trace(event) if event.is_followed else ""
    # Who was seen reading may be as quick as they are; nobody browses through the proxies.
    if trace == "proxied" and event.network != "image_proxy":
        return ""
    if event.is_suspicious and t < _window(event, mail):
        return "early"
    if event.agent == "stripped" and event.type == "open" and t < mail.rules.open_window:
        return "stripped"
    if t < _instant(event, trace, mail) or _follows_instant(event, t, mail):
        return "instant"
    if event.is_followed and t < _unread_window(trace, mail) and not _read_quickly(event, mail):
        return "unread"
    return ""


def _unread_window(trace: str, mail: Mail) -> float:
    """Seconds after sending in which a click needs a trace of a reader."""
    if trace == "fetched":
        return mail.rules.untraced_probable
    return 0 if trace else mail.rules.unread_window


def _window(event: Seen, mail: Mail) -> float:
    """Seconds after sending, in networks where scanners work."""
    rules = mail.rules
    window = rules.open_window if event.type == "open" else rules.click_window
    return window * (rules.probable_factor if event.network == "probable_scanner" else 1)


def _instant(event: Seen, trace: str, mail: Mail) -> float:
    """Seconds after sending below which this is no person's."""
    rules = mail.rules
    if event.is_followed:
        traced = trace in ("own", "private") or _read_quickly(event, mail)
        return rules.click_instant / 2.5 if traced else rules.click_instant
    # Scanners imitate browsers, hardly ever mail clients.
    return rules.open_instant / 2 if event.agent == "mail_client" else rules.open_instant


def _read_quickly(click: Seen, mail: Mail) -> bool:
    """Whether the same reader opened the mail, so soon that it was doubted."""
    if click.source is None or click.anonymous:
        return False
    return any(
        (other.source, other.device) == (click.source, click.device)
        and _is_instant(other, mail)
        and (other.t or 0) >= QUICK
        and click.at - other.at >= LOOKING
        for other in mail.opens
    )


def _follows_instant(event: Seen, t: float, mail: Mail) -> bool:
    """Within the first minute, from an address that opened the mail quicker than people do."""
    if not event.is_followed or t >= mail.rules.open_window:
        return False
    return any(
        other.actor == event.actor and _is_instant(other, mail) and (other.t or 0) < QUICK
        for other in mail.seen
    )


def _is_instant(event: Seen, mail: Mail) -> bool:
    verdict = mail.verdicts.get(event.key)
    return verdict is not None and verdict.reason == "instant"
