"""SendGrid: signed by ECDSA over the time and the body, with a key of the account's."""

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ..delivery import COMPLAINED, DEFERRED, DELIVERED, HARD, SOFT, Report, bounced, said
from .base import (
    Asked,
    Event,
    Forged,
    Provider,
    Unreadable,
    address,
    inside,
    message_id,
    moment,
    several,
    word,
)

_SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
_TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


class SendGrid(Provider):
    """The secret is the *verification key*, which is no secret: base64 of a public key."""

    name = "sendgrid"
    label = "SendGrid"
    documented = (
        "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/"
        "getting-started-event-webhook-security-features"
    )

    def verify(self, asked: Asked) -> None:
        try:
            key = load_der_public_key(b64decode(asked.secret))
            proof = b64decode(asked.headers.get(_SIGNATURE, ""), validate=True)
            signed = asked.headers.get(_TIMESTAMP, "").encode() + asked.body
            if not isinstance(key, ec.EllipticCurvePublicKey):
                raise Forged
            key.verify(proof, signed, ec.ECDSA(SHA256()))
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            raise Forged from None

    def events(self, asked: Asked) -> Iterator[Event]:
        body = asked.json()
        if not isinstance(body, list):
            raise Unreadable
        for event in several(body):
            if report := _report(event, moment(inside(event, "timestamp"), asked.now)):
                name = message_id(inside(event, "smtp-id"))
                yield Event(name, address(inside(event, "email")), report)


def _report(event: Any, at: int) -> Report | None:
    kind = word(inside(event, "event"))
    text = said(word(inside(event, "response")) or word(inside(event, "reason")))
    if kind == "delivered":
        return Report(DELIVERED, at, "", text)
    if kind == "spamreport":
        return Report(COMPLAINED, at)
    # Its own "status" often is a mere 5.0.0, where the server's words say more.
    report = bounced(at, "", text)
    if not report.code:
        report = report._replace(code=bounced(at, word(inside(event, "status"))).code)
    if kind == "deferred":
        return report._replace(status=DEFERRED)
    if kind == "dropped":
        return report._replace(status=HARD)
    if kind != "bounce":
        return None
    # A block is one of the mail, at that moment; a bounce one of the address.
    return report._replace(status=SOFT) if word(inside(event, "type")) == "blocked" else report
