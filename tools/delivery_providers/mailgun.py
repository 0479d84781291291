"""Mailgun. Its signature is over a time and a random token, not over what the request says."""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

from ..delivery import COMPLAINED, DEFERRED, DELIVERED, Report, bounced, said
from .base import (
    Asked,
    Event,
    Forged,
    Provider,
    address,
    inside,
    message_id,
    moment,
    same,
    word,
)


class Mailgun(Provider):
    """The secret is the account's *HTTP webhook signing key*."""

    name = "mailgun"
    label = "Mailgun"
    documented = "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhooks"

    def verify(self, asked: Asked) -> None:
        signature = inside(asked.json(), "signature")
        parts = [word(inside(signature, name)) for name in ("timestamp", "token")]
        mac = hmac.new(asked.secret.encode(), "".join(parts).encode(), hashlib.sha256)
        proof = word(inside(signature, "signature"))
        if not all(parts) or not asked.secret or not same(proof, mac.hexdigest()):
            raise Forged

    def events(self, asked: Asked) -> Iterator[Event]:
        event = inside(asked.json(), "event-data")
        report = _report(event, moment(inside(event, "timestamp"), asked.now))
        if report:
            name = message_id(inside(event, "message", "headers", "message-id"))
            yield Event(name, address(inside(event, "recipient")), report)


def _report(event: Any, at: int) -> Report | None:
    kind = word(inside(event, "event"))
    status = inside(event, "delivery-status")
    text = said(word(inside(status, "message")) or word(inside(status, "description")))
    code = word(inside(status, "enhanced-code"))
    if kind == "delivered":
        return Report(DELIVERED, at, code, text)
    if kind == "complained":
        return Report(COMPLAINED, at)
    if kind != "failed":
        return None
    number = inside(status, "code")
    report = bounced(at, code, text)
    if not report.code and isinstance(number, int):
        report = bounced(at, str(number), text)
    # Of what is "temporary" Mailgun goes on trying.
    passing = word(inside(event, "severity")) == "temporary"
    return report._replace(status=DEFERRED) if passing else report
