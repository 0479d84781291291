"""Providers that deliver a company's mails and tell what became of them; one file each. No ORM."""

from .base import MAX_BODY, Asked, Event, Forged, Provider, Unreadable
from .brevo import Brevo
from .mailgun import Mailgun
from .postmark import Postmark
from .sendgrid import SendGrid
from .ses import AmazonSes

PROVIDERS: dict[str, Provider] = {
    one.name: one for one in (AmazonSes(), Brevo(), Mailgun(), Postmark(), SendGrid())
}

__all__ = ["MAX_BODY", "PROVIDERS", "Asked", "Event", "Forged", "Provider", "Unreadable"]
