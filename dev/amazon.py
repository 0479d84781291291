"""What Amazon SNS sends, signed by a key of our own."""

import json
from base64 import b64encode
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mails"
CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abc.pem"


def certified(days, at):
    """A key of our own, and a certificate that is good for so many days from a time on.

    :param at: seconds since 1970
    """
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    start = datetime.fromtimestamp(at, timezone.utc) - timedelta(days=40)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=40 + days))
        .sign(key, SHA256())
    )
    return key, certificate.public_bytes(Encoding.PEM)


def sns(key, message, version="2", **fields):
    envelope = {
        "Type": "Notification",
        "MessageId": "m-1",
        "TopicArn": TOPIC,
        "Message": message if isinstance(message, str) else json.dumps(message),
        "Timestamp": "2026-08-03T10:00:00.237Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
        **fields,
    }
    names = ["Message", "MessageId"]
    confirms = envelope["Type"] == "SubscriptionConfirmation"
    names += ["SubscribeURL", "Timestamp", "Token"] if confirms else ["Subject", "Timestamp"]
    names += ["TopicArn", "Type"]
    text = "".join(f"{name}\n{envelope[name]}\n" for name in names if name in envelope)
    method = {"1": SHA1, "2": SHA256}[version]()
    proof = key.sign(text.encode(), padding.PKCS1v15(), method)
    return {**envelope, "Signature": b64encode(proof).decode(), "UnsubscribeURL": "x"}
