"""What came of an attempt: delivered, or why not, and whether the receiver is away."""

from typing import NamedTuple

from .post import Answer, Refused
from .schedule import asked_for

GONE = "gone"
# Nothing was sent, and the receiver has no part in that.
CONTENT = "content"
# Of servers that are there and cannot: too many requests, a gateway without what is behind it.
AWAY = (429, 502, 503, 504)


class Outcome(NamedTuple):
    """
    :ivar error: what failed: a Refused's code, redirect, status, GONE or CONTENT; None where it was
        delivered
    :ivar status: of HTTP, or None where no answer came
    :ivar text: the beginning of the answer, or the system's words
    :ivar is_away: whether others of this receiver's deliveries would fail as well
    :ivar asked: seconds that the receiver asked to wait
    """

    error: str | None
    status: int | None = None
    text: str = ""
    is_away: bool = False
    asked: float = 0.0


def of(got: Answer | Refused, now: float) -> Outcome:
    """
    :param now: unix seconds
    """
    if isinstance(got, Refused):
        return Outcome(got.code, text=got.detail, is_away=True)
    status, text = got.status, got.text
    if 200 <= status < 300:
        return Outcome(None, status, text)
    if 300 <= status < 400:
        return Outcome("redirect", status, text)
    # Standard Webhooks: the receiver wants no more of this subscription.
    if status == 410:
        return Outcome(GONE, status, text)
    asked = asked_for(got.headers.get("retry-after"), now)
    return Outcome("status", status, text, status in AWAY, asked)
