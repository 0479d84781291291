"""Amazon SES through SNS, which signs with a certificate that it names itself.

Whoever may name the certificate may sign anything: it is taken from Amazon's own hosts only, of a
topic that the company named, and so is the address that confirms the subscription.
"""

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import Certificate, load_pem_x509_certificate

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
    same,
    several,
    word,
)

_HOST = re.compile(r"sns\.[a-z]{2}(-[a-z]+){1,3}-\d\.amazonaws\.com(\.cn)?")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]+\.pem")
# Which fields are signed, in this order; one that is not there is left out.
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}
_HASHES = {"1": SHA1, "2": SHA256}
_BOUNCES = {"Permanent": HARD, "Transient": SOFT}


class AmazonSes(Provider):
    """The secret is the topic's ARN, which is no secret: it says whose word counts.

    SES puts a ``Message-Id`` of its own into the mail, and names ours only where the topic or the
    event destination includes the original headers.
    """

    name = "ses"
    label = "Amazon SES"
    documented = (
        "https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html and "
        "https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html"
    )

    def verify(self, asked: Asked) -> None:
        envelope = asked.json()
        kind, topic = word(inside(envelope, "Type")), word(inside(envelope, "TopicArn"))
        if kind not in _SIGNED or not same(topic, asked.secret):
            raise Forged
        signed = "".join(
            f"{name}\n{envelope[name]}\n"
            for name in _SIGNED[kind]
            if isinstance(envelope.get(name), str)
        )
        certificate = asked.fetch(_address(inside(envelope, "SigningCertURL"), _CERTIFICATE))
        version = word(inside(envelope, "SignatureVersion"))
        signature = inside(envelope, "Signature")
        _check(certificate, signature, signed.encode(errors="replace"), version, asked.now)

    def events(self, asked: Asked) -> Iterator[Event]:
        envelope = asked.json()
        if inside(envelope, "Type") == "SubscriptionConfirmation":
            asked.fetch(_address(inside(envelope, "SubscribeURL")))
            return
        text = inside(envelope, "Message")
        if not isinstance(text, str):
            raise Unreadable
        # What SNS says when a topic is connected is no JSON, and no event.
        try:
            event = asked._replace(body=text.encode(errors="replace")).json()
        except Unreadable:
            return
        name = _original(inside(event, "mail"))
        for to, report in _reports(event, asked):
            yield Event(name, address(to), report)


def _address(url: object, path: re.Pattern[str] | None = None) -> str:
    """The address, where it is Amazon's own.

    :raises Forged: where it is not
    """
    try:
        parts = urlsplit(word(url))
        host, port, user = parts.hostname or "", parts.port, parts.username
    except ValueError:
        raise Forged from None
    known = parts.scheme == "https" and port in (None, 443) and user is None
    if not known or not _HOST.fullmatch(host) or (path and not path.fullmatch(parts.path)):
        raise Forged
    return word(url)


def _check(pem: bytes, signature: object, signed: bytes, version: str, now: int) -> None:
    """
    :raises Forged: where the signature does not hold
    """
    try:
        certificate = load_pem_x509_certificate(pem)
        key, proof = certificate.public_key(), b64decode(word(signature), validate=True)
        method = _HASHES[version]()
        if not isinstance(key, rsa.RSAPublicKey):
            raise Forged
        if not _is_valid(certificate, now):
            raise Forged
        key.verify(proof, signed, padding.PKCS1v15(), method)
    except (ValueError, TypeError, KeyError, InvalidSignature):
        raise Forged from None


def _is_valid(certificate: Certificate, now: int) -> bool:
    when = datetime.fromtimestamp(now, timezone.utc)
    if hasattr(certificate, "not_valid_before_utc"):
        return certificate.not_valid_before_utc <= when <= certificate.not_valid_after_utc
    # Before cryptography 42, which Odoo still allows.
    when = when.replace(tzinfo=None)
    return certificate.not_valid_before <= when <= certificate.not_valid_after


def _original(mail: Any) -> str:
    """The Message-Id that the mail left Odoo with."""
    for field in several(inside(mail, "headers")):
        if word(inside(field, "name")).lower() == "message-id":
            return message_id(inside(field, "value"))
    return message_id(inside(mail, "commonHeaders", "messageId"))


def _reports(event: Any, asked: Asked) -> Iterable[tuple[Any, Report]]:
    # "notificationType" from a topic of the identity's, "eventType" from a configuration set's.
    kind = inside(event, "notificationType") or inside(event, "eventType")
    if kind == "Delivery":
        said_of = inside(event, "delivery")
        text = said(word(inside(said_of, "smtpResponse")))
        report = Report(DELIVERED, _when(said_of, asked), "", text)
        return [(to, report) for to in several(inside(said_of, "recipients"))]
    if kind == "Bounce":
        said_of = inside(event, "bounce")
        status = _BOUNCES.get(word(inside(said_of, "bounceType")))
        return _each(said_of, "bouncedRecipients", status, asked)
    if kind == "DeliveryDelay":
        said_of = inside(event, "deliveryDelay")
        return _each(said_of, "delayedRecipients", DEFERRED, asked)
    if kind == "Complaint":
        return _complaints(inside(event, "complaint"), asked)
    return []


def _each(
    said_of: Any, name: str, status: str | None, asked: Asked
) -> Iterator[tuple[Any, Report]]:
    at = _when(said_of, asked)
    for one in several(inside(said_of, name)):
        text = word(inside(one, "diagnosticCode"))
        report = bounced(at, word(inside(one, "status")), re.sub(r"^\s*[\w-]+\s*;", "", text))
        yield inside(one, "emailAddress"), report._replace(status=status or report.status)


def _complaints(said_of: Any, asked: Asked) -> list[tuple[Any, Report]]:
    if inside(said_of, "complaintFeedbackType") == "not-spam":
        return []
    # Who is on its list of earlier complaints is not written to at all.
    listed = inside(said_of, "complaintSubType") == "OnAccountSuppressionList"
    report = Report(HARD if listed else COMPLAINED, _when(said_of, asked))
    people = several(inside(said_of, "complainedRecipients"))
    return [(inside(one, "emailAddress"), report) for one in people]


def _when(said_of: Any, asked: Asked) -> int:
    return moment(inside(said_of, "timestamp"), asked.now)
