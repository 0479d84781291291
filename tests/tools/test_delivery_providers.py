"""What providers say, as their documents have it, and how they prove that it is they who say it.

The payloads are of our own making, with the fields and values that each provider documents at the
address in its class (``documented``).
"""

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import datetime, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings, strategies as st
from mail_engagement.tools.delivery import (
    COMPLAINED,
    DEFERRED,
    DELIVERED,
    HARD,
    SOFT,
    STEPS,
)
from mail_engagement.tools.delivery_providers import (
    PROVIDERS,
    Asked,
    Event,
    Forged,
    Unreadable,
)
from mail_engagement.tools.delivery_providers.base import moment

from dev.amazon import CERTIFICATE, TOPIC, certified, sns

CARLA = "carla@customer.example"
OURS = "<1234.567-openerp-8-crm.lead@seller.example>"
UID = "0123456789abcdef0123"
NOW, AT = 1_800_000_000, 1_799_999_000
ISO = datetime.fromtimestamp(AT, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.237Z")


class Headers(dict):
    """With names in any case, as a web server hands them over."""

    def get(self, name, default=None):
        found = (value for key, value in self.items() if key.lower() == name.lower())
        return next(found, default)


def no_fetch(url):
    raise AssertionError(f"asked for {url}")


def asked(payload, secret="", headers=None, fetch=no_fetch):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Asked(Headers(headers or {}), body, secret, NOW, fetch)


def said(name, payload, **options):
    """What a provider's request says, proved or not."""
    return [*PROVIDERS[name].events(asked(payload, **options))]


# Mailgun


def mailgun(event, key="key", **fields):
    stamp = {"timestamp": str(AT), "token": "a" * 50}
    mac = hmac.new(key.encode(), "".join(stamp.values()).encode(), hashlib.sha256)
    data = {
        "event": event,
        "timestamp": AT + 0.5,
        "recipient": CARLA,
        "message": {"headers": {"message-id": OURS.strip("<>")}},
        **fields,
    }
    return {"signature": {**stamp, "signature": mac.hexdigest()}, "event-data": data}


@pytest.mark.parametrize(
    ("event", "fields", "status", "code"),
    [
        ("delivered", {"delivery-status": {"code": 250, "message": "OK"}}, DELIVERED, ""),
        (
            "failed",
            {
                "severity": "permanent",
                "delivery-status": {"code": 550, "enhanced-code": "5.1.1", "message": "gone"},
            },
            HARD,
            "5.1.1",
        ),
        (
            "failed",
            {"severity": "permanent", "delivery-status": {"code": 605, "description": "Old"}},
            HARD,
            "",
        ),
        ("failed", {"severity": "permanent", "delivery-status": {"code": 452}}, SOFT, "4.2.2"),
        (
            "failed",
            {"severity": "temporary", "delivery-status": {"code": 450, "message": "4.2.1 later"}},
            DEFERRED,
            "4.2.1",
        ),
        ("complained", {}, COMPLAINED, ""),
    ],
)
def test_mailgun(event, fields, status, code):
    [one] = said("mailgun", mailgun(event, **fields))
    assert (one.message_id, one.address) == (OURS, CARLA)
    assert (one.report.status, one.report.at) == (status, AT)
    assert one.report.code == (code or one.report.code)


@pytest.mark.parametrize("event", ["accepted", "opened", "clicked", "unsubscribed", ""])
def test_mailgun_tells_of_other_things(event):
    assert not said("mailgun", mailgun(event))


def test_mailgun_signature():
    verify = PROVIDERS["mailgun"].verify
    verify(asked(mailgun("delivered"), "key"))
    for payload, secret in (
        (mailgun("delivered"), "other"),
        (mailgun("delivered", key=""), ""),
        ({**mailgun("delivered"), "signature": {}}, "key"),
        ({**mailgun("delivered"), "signature": None}, "key"),
        ([], "key"),
        (mailgun("delivered") | {"signature": {"timestamp": 1, "token": [], "signature": {}}}, "k"),
    ):
        with pytest.raises(Forged):
            verify(asked(payload, secret))


# Postmark


def postmark(kind="Bounce", **fields):
    times = {"BouncedAt": ISO, "DeliveredAt": ISO}
    to = {"Recipient" if kind == "Delivery" else "Email": CARLA}
    return {"RecordType": kind, "Metadata": {"engagement": UID}, **times, **to, **fields}


@pytest.mark.parametrize(
    ("payload", "status", "code"),
    [
        (postmark(Type="HardBounce", Details="smtp;550 5.1.1 unknown"), HARD, "5.1.1"),
        (postmark(Type="SoftBounce", Details="smtp;552 5.2.2 over quota"), SOFT, "5.2.2"),
        (postmark(Type="Transient", Details="smtp;451 4.3.0 busy"), DEFERRED, "4.3.0"),
        (postmark(Type="SpamNotification", Description="Taken for spam"), HARD, ""),
        (postmark(Type="SpamComplaint"), COMPLAINED, ""),
        (postmark("Delivery", Details="250 2.0.0 OK"), DELIVERED, ""),
        (postmark("SpamComplaint", Type="SpamComplaint"), COMPLAINED, ""),
    ],
)
def test_postmark(payload, status, code):
    [one] = said("postmark", payload)
    assert (one.uid, one.address, one.message_id) == (UID, CARLA, "")
    assert (one.report.status, one.report.at, one.report.code) == (status, AT, code)


@pytest.mark.parametrize("kind", ["AutoResponder", "Subscribe", "AddressChange", "", None, []])
def test_postmark_tells_of_other_things(kind):
    assert not said("postmark", postmark(Type=kind))
    assert not said("postmark", postmark("Open"))


def authorization(kind, text):
    return {"authorization": f"{kind} {text}"}


def encoded(text):
    return b64encode(text.encode()).decode()


def test_postmark_password():
    verify = PROVIDERS["postmark"].verify
    verify(asked(postmark(), "odoo:s3cret", authorization("Basic", encoded("odoo:s3cret"))))
    for secret, headers in (
        ("odoo:s3cret", {}),
        ("odoo:s3cret", authorization("Basic", encoded("odoo:other"))),
        ("odoo:s3cret", authorization("Basic", "odoo:s3cret")),
        ("odoo:s3cret", authorization("Basic", "ÿ")),
        ("odoo:s3cret", authorization("Bearer", encoded("odoo:s3cret"))),
        ("", authorization("Basic", "")),
        ("", {}),
    ):
        with pytest.raises(Forged):
            verify(asked(postmark(), secret, headers))


def test_postmark_is_told_the_name_of_a_mail():
    assert PROVIDERS["postmark"].headers(UID) == {"X-PM-Metadata-engagement": UID}


# Brevo


def brevo(event, **fields):
    return {"event": event, "email": CARLA, "message-id": OURS, "ts_event": AT, **fields}


@pytest.mark.parametrize(
    ("event", "reason", "status", "code"),
    [
        ("delivered", "sent", DELIVERED, ""),
        ("deferred", "450 4.7.1 greylisted", DEFERRED, "4.7.1"),
        ("soft_bounce", "452 4.2.2 full", SOFT, "4.2.2"),
        ("hard_bounce", "550 5.1.1 unknown", HARD, "5.1.1"),
        ("blocked", "blocked : due to blocklist", HARD, ""),
        ("invalid_email", "", HARD, "5.1.3"),
        ("error", "", SOFT, ""),
        ("spam", "", COMPLAINED, ""),
    ],
)
def test_brevo(event, reason, status, code):
    for body in (brevo(event, reason=reason), [brevo(event, reason=reason)]):
        [one] = said("brevo", body)
        assert (one.message_id, one.address) == (OURS, CARLA)
        assert (one.report.status, one.report.at, one.report.code) == (status, AT, code)


def test_brevo_tells_of_other_things():
    assert not said("brevo", [brevo("request"), brevo("unique_opened"), brevo(None), 7, None])
    with pytest.raises(Unreadable):
        said("brevo", "text")


def test_brevo_token_or_password():
    verify = PROVIDERS["brevo"].verify
    verify(asked(brevo("spam"), "t0ken", authorization("Bearer", "t0ken")))
    verify(asked(brevo("spam"), "a:b", authorization("Basic", encoded("a:b"))))
    for secret, headers in (
        ("t0ken", authorization("Bearer", "other")),
        ("t0ken", {}),
        ("", authorization("Bearer", "")),
    ):
        with pytest.raises(Forged):
            verify(asked(brevo("spam"), secret, headers))


# SendGrid


def sendgrid(event, **fields):
    return {"event": event, "email": CARLA, "smtp-id": OURS, "timestamp": AT, **fields}


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [
        (sendgrid("delivered", response="250 OK"), DELIVERED, ""),
        (sendgrid("deferred", response="400 try again later"), DEFERRED, "4.0.0"),
        (sendgrid("bounce", type="bounce", reason="550 5.1.1 no", status="5.0.0"), HARD, "5.1.1"),
        (sendgrid("bounce", type="bounce", reason="?", status="5.4.4"), HARD, "5.4.4"),
        (sendgrid("bounce", type="blocked", reason="550 5.7.1 no", status="5.7.1"), SOFT, "5.7.1"),
        (sendgrid("dropped", reason="Bounced Address", status="5.0.0"), HARD, "5.0.0"),
        (sendgrid("spamreport"), COMPLAINED, ""),
    ],
)
def test_sendgrid(event, status, code):
    [one] = said("sendgrid", [event])
    assert (one.message_id, one.address) == (OURS, CARLA)
    assert (one.report.status, one.report.at, one.report.code) == (status, AT, code)


def test_sendgrid_tells_of_other_things():
    assert not said("sendgrid", [sendgrid("processed"), sendgrid("open"), {}, None])
    with pytest.raises(Unreadable):
        said("sendgrid", {})


def sendgrid_signed(key, body, timestamp="1700000000"):
    proof = key.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": b64encode(proof).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
    }


def der(key):
    return b64encode(
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()


def test_sendgrid_signature():
    key, other = (ec.generate_private_key(ec.SECP256R1()) for _one in range(2))
    body = json.dumps([sendgrid("delivered")]).encode()
    verify = PROVIDERS["sendgrid"].verify
    verify(asked(body, der(key), sendgrid_signed(key, body)))
    later = sendgrid_signed(key, body) | {"X-Twilio-Email-Event-Webhook-Timestamp": "1700000001"}
    no_curve = der(rsa.generate_private_key(65537, 2048))
    for sent, secret, headers in (
        (body + b" ", der(key), sendgrid_signed(key, body)),
        (body, der(other), sendgrid_signed(key, body)),
        (body, der(key), later),
        (body, der(key), {}),
        (body, no_curve, sendgrid_signed(key, body)),
        (body, "no key", sendgrid_signed(key, body)),
        (body, "", {}),
        (body, der(key), {"X-Twilio-Email-Event-Webhook-Signature": "ÿ"}),
    ):
        with pytest.raises(Forged):
            verify(asked(sent, secret, headers))


# Amazon SES through SNS


@pytest.fixture(scope="module")
def amazon():
    return certified(30, AT)


def ses(kind, name="notificationType", headers=True, **fields):
    mail = {"messageId": "amazons-own", "destination": [CARLA], "timestamp": ISO}
    if headers:
        mail["headers"] = [{"name": "From", "value": "x"}, {"name": "Message-ID", "value": OURS}]
    return {name: kind, "mail": mail, **fields}


def bounce(kind, status, text):
    one = {
        "emailAddress": f"Carla <{CARLA.title()}>",
        "status": status,
        "action": "failed",
        "diagnosticCode": text,
    }
    return {"bounceType": kind, "timestamp": ISO, "bouncedRecipients": [one]}


COMPLAINT = {"timestamp": ISO, "complainedRecipients": [{"emailAddress": CARLA}]}


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [
        (
            ses("Bounce", bounce=bounce("Permanent", "5.1.1", "smtp; 550 5.1.1 no")),
            HARD,
            "5.1.1",
        ),
        (ses("Bounce", bounce=bounce("Transient", "5.2.2", "smtp; 552 full")), SOFT, "5.2.2"),
        (ses("Bounce", bounce=bounce("Undetermined", "4.4.7", "")), SOFT, "4.4.7"),
        (
            ses(
                "Delivery", delivery={"timestamp": ISO, "recipients": [CARLA], "smtpResponse": "o"}
            ),
            DELIVERED,
            "",
        ),
        (
            ses(
                "DeliveryDelay",
                "eventType",
                deliveryDelay={
                    "timestamp": ISO,
                    "delayedRecipients": [{"emailAddress": CARLA, "status": "4.4.1"}],
                },
            ),
            DEFERRED,
            "4.4.1",
        ),
        (ses("Complaint", complaint=COMPLAINT), COMPLAINED, ""),
        (
            ses(
                "Complaint",
                complaint={**COMPLAINT, "complaintSubType": "OnAccountSuppressionList"},
            ),
            HARD,
            "",
        ),
    ],
)
def test_ses(amazon, event, status, code):
    [one] = said("ses", sns(amazon[0], event))
    assert (one.message_id, one.address) == (OURS, CARLA)
    assert (one.report.status, one.report.at, one.report.code) == (status, AT, code)


def test_ses_tells_of_other_things(amazon):
    complaint = {**COMPLAINT, "complaintFeedbackType": "not-spam"}
    for message in (
        ses("Send"),
        ses("Complaint", complaint=complaint),
        {},
        [],
        "Successfully validated SNS topic for Amazon SES event publishing.",
    ):
        assert not said("ses", sns(amazon[0], message))
    with pytest.raises(Unreadable):
        said("ses", {"Type": "Notification", "Message": 7})


def test_ses_without_the_original_headers(amazon):
    """Amazon's own number is no Message-Id of ours: nobody is found by it."""
    [one] = said("ses", sns(amazon[0], ses("Complaint", headers=False, complaint=COMPLAINT)))
    assert one.message_id == ""


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [{}, {"Subject": "Amazon SES Email Event Notification"}])
def test_sns_signature(amazon, version, subject):
    key, pem = amazon
    good = sns(key, ses("Send"), version, **subject)
    fetched = []

    def fetch(url):
        fetched.append(url)
        return pem

    verify = PROVIDERS["ses"].verify
    verify(asked(good, TOPIC, fetch=fetch))
    assert fetched == [CERTIFICATE]
    for wrong in (
        {**good, "Message": "{}"},
        {**good, "Timestamp": "2027-01-01T00:00:00.000Z"},
        {**good, "Signature": "AAAA"},
        {**good, "Signature": 7},
        {**good, "SignatureVersion": "3"},
        {**good, "Subject": "Another"},
    ):
        with pytest.raises(Forged):
            verify(asked(wrong, TOPIC, fetch=fetch))
    with pytest.raises(Forged):
        verify(asked(good, TOPIC, fetch=lambda url: certified(30, AT)[1]))
    with pytest.raises(Forged):
        verify(asked(good, TOPIC, fetch=lambda url: b"no certificate"))


def test_sns_certificate_that_is_over():
    key, pem = certified(-1, AT)
    with pytest.raises(Forged):
        PROVIDERS["ses"].verify(asked(sns(key, {}), TOPIC, fetch=lambda url: pem))


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abc.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.test/SimpleNotificationService-0123abc.pem",
        "https://evil.test/SimpleNotificationService-0123abc.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.test/SimpleNotificationService-0123abc.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0123abc.pem",
        "https://s3.eu-west-1.amazonaws.com/SimpleNotificationService-0123abc.pem",
        "https://sns.eu-west-1.amazonaws.com/bucket/SimpleNotificationService-0123abc.pem",
        "https://sns.eu-west-1.amazonaws.com/other.pem",
        "https://[sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abc.pem",
        "https://sns.eu-west-1.amazonaws.com:x/SimpleNotificationService-0123abc.pem",
        "",
        7,
    ],
)
def test_sns_certificate_from_elsewhere(amazon, url):
    """It is not even asked for."""
    with pytest.raises(Forged):
        PROVIDERS["ses"].verify(asked(sns(amazon[0], {}, SigningCertURL=url), TOPIC))


@pytest.mark.parametrize("topic", ["arn:aws:sns:eu-west-1:123456789012:other", "", None, 7])
def test_sns_topic_of_somebody_else(amazon, topic):
    """Anybody has topics at Amazon."""
    with pytest.raises(Forged):
        PROVIDERS["ses"].verify(asked(sns(amazon[0], {}, TopicArn=topic), TOPIC))


def test_sns_subscription_is_confirmed_at_amazon_only(amazon):
    key, pem = amazon
    good = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=x"
    fetched = []

    def fetch(url):
        fetched.append(url)
        return pem

    for url, known in ((good, True), ("https://intranet.test/delete-all", False)):
        message = sns(
            key, "You chose to", Type="SubscriptionConfirmation", SubscribeURL=url, Token="x"
        )
        question = asked(message, TOPIC, fetch=fetch)
        PROVIDERS["ses"].verify(question)
        fetched.clear()
        if known:
            assert not [*PROVIDERS["ses"].events(question)]
            assert fetched == [good]
        else:
            with pytest.raises(Forged):
                [*PROVIDERS["ses"].events(question)]
            assert not fetched


def test_sns_certificate_of_all_regions(amazon):
    for region in ("us-gov-west-1", "ap-southeast-2", "eu-central-1"):
        url = CERTIFICATE.replace("eu-west-1", region)
        message = sns(amazon[0], {}, SigningCertURL=url)
        PROVIDERS["ses"].verify(asked(message, TOPIC, fetch=lambda url: amazon[1]))
    china = CERTIFICATE.replace("eu-west-1.amazonaws.com", "cn-north-1.amazonaws.com.cn")
    message = sns(amazon[0], {}, SigningCertURL=china)
    PROVIDERS["ses"].verify(asked(message, TOPIC, fetch=lambda url: amazon[1]))


# all of them

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
GOOD = {
    "brevo": brevo("hard_bounce", reason="550 5.1.1"),
    "mailgun": mailgun("failed", severity="permanent", **{"delivery-status": {"code": 550}}),
    "postmark": postmark(Type="HardBounce", Details="550"),
    "sendgrid": [sendgrid("bounce", reason="550", status="5.1.1")],
    "ses": {"Type": "Notification", "Message": json.dumps(ses("Complaint", complaint=COMPLAINT))},
}


def paths(value, path=()):
    yield path
    children = ()
    if isinstance(value, (dict, list)):
        children = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in children:
        yield from paths(inner, (*path, key))


def changed(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_stands_in_a_field(data):
    name = data.draw(st.sampled_from(sorted(PROVIDERS)))
    path = data.draw(st.sampled_from([*paths(GOOD[name])]))
    new = data.draw(JSON | st.text(max_size=8).map(lambda text: text + "\ud800\x00"))
    payload = changed(GOOD[name], path, new)
    question = asked(json.dumps(payload).encode())
    with pytest.raises(Forged):
        PROVIDERS[name].verify(question)
    try:
        found = [*PROVIDERS[name].events(question)]
    except Unreadable:
        return
    for event in found:
        assert isinstance(event, Event)
        assert event.report.status in STEPS and 0 < event.report.at <= NOW
        f"{event.message_id}{event.address}{event.uid}{event.report.text}".encode()
        assert "\x00" not in "".join([*event[:2], event.uid, event.report.text, event.report.code])


@pytest.mark.parametrize("name", sorted(PROVIDERS))
@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff", b"1e999", b"null"])
def test_no_json(name, body):
    with pytest.raises((Forged, Unreadable)):
        question = asked(body, "x")
        PROVIDERS[name].verify(question)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (AT, AT),
        (AT + 0.9, AT),
        (str(ISO), AT),
        ("2014-08-01T13:28:10.2735393-04:00", 1406914090),
        ("2026-01-27T14:59:38Z", 1769525978),
        ("2026-01-27 14:59:38", 1769525978),
        (NOW + 5, NOW),
        (-1, NOW),
        (10**400, NOW),
        (float("nan"), NOW),
        ("yesterday", NOW),
        (None, NOW),
        ([], NOW),
    ],
)
def test_times(value, seconds):
    assert moment(value, NOW) == seconds


def test_each_is_documented():
    for name, one in PROVIDERS.items():
        assert one.name == name and one.documented.startswith("https://") and one.label
