"""What a webhook sends: the body of each kind of news, as docs/webhooks.schema.json has it.

Of a recipient there is no more in it than today's policy allows, and of a mail whose recipients
are only counted nothing that names one of them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ...relay.engagement_relay.protocol.kept import KEPT_FROM
from ...relay.engagement_relay.protocol.token import Policy

TEST = "test"
# By a fact's kind; of others "mail." and the kind.
TYPES = {
    "open": "mail.opened",
    "click": "mail.clicked",
    "attachment": "mail.attachment_viewed",
    "reply": "mail.replied",
    "unanswered": "mail.unanswered",
    "bounce": "mail.bounced",
    "complaint": "mail.complained",
    TEST: "webhook.test",
}
# Of an event, as its columns are called.
AGENT = ("device_type", "client", "os", "country")


class Mail(NamedTuple):
    """What is told of a mail in any case."""

    message_id: str | None
    subject: str | None
    sent_at: datetime | None
    model: str | None
    res_id: int | None
    template_id: int | None


class Person(NamedTuple):
    """A sender or a recipient.

    :ivar emails: several where they got the same copy: one of them did it
    """

    contact_id: int | None
    name: str | None
    emails: tuple[str, ...]


class Link(NamedTuple):
    """
    :ivar kind: link or attachment
    """

    kind: str
    label: str | None
    url: str | None


class Seen(NamedTuple):
    """What the event says; of what is no event nothing but the verdict."""

    verdict: str | None
    reason: str | None
    agent: Mapping[str, str | None]


class News(NamedTuple):
    """
    :ivar kind: a fact's
    :ivar happened_at: naive, in UTC
    :ivar level: how much may be known of the recipient today, token.Policy
    :ivar recipient: None where people are only counted
    """

    kind: str
    happened_at: datetime
    level: int
    company: tuple[int, str]
    mail: Mail
    sender: Person | None
    recipient: Person | None
    link: Link | None
    seen: Seen


def type_of(kind: str) -> str:
    """The payload's ``type``: letters, digits, underscores and full stops."""
    return TYPES.get(kind) or f"mail.{kind}"


def body(news: News) -> dict[str, Any]:
    """The payload. Times are in UTC, as RFC 3339 writes them."""
    recipient = news.recipient if news.level >= Policy.NO_IP else None
    named = recipient is not None
    return {
        "type": type_of(news.kind),
        "timestamp": at(news.happened_at),
        "data": {
            "company": {"id": news.company[0], "name": news.company[1]},
            "mail": {
                "message_id": news.mail.message_id,
                "subject": _unnamed(news.mail.subject, named),
                "sent_at": at(news.mail.sent_at),
                "model": news.mail.model,
                "record_id": news.mail.res_id,
                "template_id": news.mail.template_id,
            },
            "sender": _person(news.sender),
            "recipient": _person(recipient),
            "link": news.link
            and {
                "kind": news.link.kind,
                "label": _unnamed(news.link.label, named),
                "url": _unnamed(news.link.url, named),
            },
            "verdict": news.seen.verdict,
            "reason": news.seen.reason,
            "agent": _agent(news.seen.agent, news.level) if named else None,
        },
    }


def test_body(at_: datetime, company: tuple[int, str], webhook: str) -> dict[str, Any]:
    """The payload of a test.

    :param webhook: its name
    """
    return {
        "type": TYPES[TEST],
        "timestamp": at(at_),
        "data": {"company": {"id": company[0], "name": company[1]}, "webhook": webhook},
    }


def at(moment: datetime | None) -> str | None:
    """
    :param moment: naive, in UTC
    """
    return f"{moment.replace(microsecond=0).isoformat()}Z" if moment else None


def _person(person: Person | None) -> dict[str, Any] | None:
    return person and {
        "contact_id": person.contact_id,
        "name": person.name,
        "emails": list(person.emails),
    }


def _agent(agent: Mapping[str, str | None], level: int) -> dict[str, str] | None:
    kept = {
        name: value for name in AGENT if (value := agent.get(name)) and level >= KEPT_FROM[name]
    }
    return kept or None


def _unnamed(text: str | None, named: bool) -> str | None:
    """A text that senders wrote, unless an address may be in it and nobody may be named."""
    return text if named or not text or not ("@" in text or "%40" in text) else None
