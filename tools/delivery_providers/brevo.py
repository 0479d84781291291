"""Brevo. It signs nothing; a token in a header, or a user and a password in the address."""

from collections.abc import Iterator
from typing import Any

from ..delivery import COMPLAINED, DEFERRED, DELIVERED, HARD, SOFT, Report, bounced, said
from .base import (
    Asked,
    Event,
    Forged,
    Provider,
    Unreadable,
    address,
    basic,
    bearer,
    inside,
    message_id,
    moment,
    same,
    several,
    word,
)

_EVENTS = {
    "delivered": DELIVERED,
    "deferred": DEFERRED,
    "soft_bounce": SOFT,
    "error": SOFT,
    "hard_bounce": HARD,
    "blocked": HARD,
    "invalid_email": HARD,
    "spam": COMPLAINED,
    "complaint": COMPLAINED,
}


class Brevo(Provider):
    """The secret is the token, or ``user:password``."""

    name = "brevo"
    label = "Brevo"
    documented = "https://developers.brevo.com/docs/transactional-webhooks"

    def verify(self, asked: Asked) -> None:
        if not same(bearer(asked) or basic(asked), asked.secret):
            raise Forged

    def events(self, asked: Asked) -> Iterator[Event]:
        body = asked.json()
        if not isinstance(body, (dict, list)):
            raise Unreadable
        for event in [body] if isinstance(body, dict) else several(body):
            if report := _report(event, asked.now):
                name = message_id(inside(event, "message-id"))
                yield Event(name, address(inside(event, "email")), report)


def _report(event: Any, now: int) -> Report | None:
    status = _EVENTS.get(word(inside(event, "event")))
    if not status:
        return None
    at = moment(inside(event, "ts_event") or inside(event, "ts"), now)
    text = said(word(inside(event, "reason")))
    if status in (DELIVERED, COMPLAINED):
        return Report(status, at, "", text)
    code = "5.1.3" if inside(event, "event") == "invalid_email" else ""
    return bounced(at, code, text)._replace(status=status)
