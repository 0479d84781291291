"""Postmark. It signs nothing, and documents a user and a password in the webhook's address."""

from collections.abc import Iterator
from typing import Any

from ..delivery import (
    COMPLAINED,
    DEFERRED,
    DELIVERED,
    HARD,
    SOFT,
    Report,
    bounced,
    said,
)
from .base import Asked, Event, Forged, Provider, address, basic, inside, moment, same, word

# Its bounce types, of which many are no bounce.
_TYPES = {
    "HardBounce": HARD,
    "BadEmailAddress": HARD,
    "Blocked": HARD,
    "DMARCPolicy": HARD,
    "ManuallyDeactivated": HARD,
    "SpamNotification": HARD,
    "VirusNotification": HARD,
    "DnsError": SOFT,
    "SoftBounce": SOFT,
    "Undeliverable": SOFT,
    "Transient": DEFERRED,
    "SpamComplaint": COMPLAINED,
}
_METADATA = "engagement"


class Postmark(Provider):
    """The secret is ``user:password``.

    Its events know a mail by Postmark's own number. So a followed mail carries the recipient's uid,
    which is in its links too, as metadata, and Postmark gives it back.
    """

    name = "postmark"
    label = "Postmark"
    documented = "https://postmarkapp.com/developer/webhooks/webhooks-overview"

    def verify(self, asked: Asked) -> None:
        if not same(basic(asked), asked.secret):
            raise Forged

    def events(self, asked: Asked) -> Iterator[Event]:
        event = asked.json()
        report = _report(event, asked.now)
        if report:
            to = inside(event, "Email") or inside(event, "Recipient")
            uid = word(inside(event, "Metadata", _METADATA))
            yield Event("", address(to), report, uid)

    def headers(self, uid: str) -> dict[str, str]:
        return {f"X-PM-Metadata-{_METADATA}": uid}


def _report(event: Any, now: int) -> Report | None:
    kind = word(inside(event, "RecordType"))
    text = said(word(inside(event, "Details")))
    if kind == "Delivery":
        return Report(DELIVERED, moment(inside(event, "DeliveredAt"), now), "", text)
    at = moment(inside(event, "BouncedAt"), now)
    if kind == "SpamComplaint":
        return Report(COMPLAINED, at)
    status = _TYPES.get(word(inside(event, "Type"))) if kind == "Bounce" else None
    if status == COMPLAINED:
        return Report(COMPLAINED, at)
    if not status:
        return None
    words = text or word(inside(event, "Description"))
    return bounced(at, "", words)._replace(status=status)
