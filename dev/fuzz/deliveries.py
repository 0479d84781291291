"""What providers tell of a mail, with the proof of each, and wrong somewhere."""

import hashlib
import hmac
import json
import time
from base64 import b64encode
from datetime import datetime, timezone

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..amazon import CERTIFICATE, TOPIC, certified, sns

PASSWORD = "user:password"
MAILGUN_KEY = "key"
# Who sends several events at once, and how many of them here.
BATCHES = ("brevo", "sendgrid")
EVENTS = 20


class Deliveries:
    """
    :ivar dict secrets: of each provider, what Odoo has to know it by
    :ivar dict keys: of each, what Odoo put into its address
    :ivar bytes certificate: Amazon's
    """

    def __init__(self):
        self._sendgrid = ec.generate_private_key(ec.SECP256R1())
        self._amazon, self.certificate = certified(30, time.time())
        public = self._sendgrid.public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.secrets = {
            "brevo": PASSWORD,
            "mailgun": MAILGUN_KEY,
            "postmark": PASSWORD,
            "sendgrid": b64encode(der).decode(),
            "ses": TOPIC,
        }
        self.keys = {}
        self._events = {}

    def about(self, mail, keys):
        """
        :param email.message.EmailMessage mail: that is told of
        :param dict keys: see above
        """
        self.keys = keys
        now = time.time()
        self._events = _events(
            mail["Message-Id"],
            mail["To"].addresses[0].addr_spec,
            mail["X-PM-Metadata-engagement"],
            int(now),
            datetime.fromtimestamp(now, timezone.utc).isoformat(),
        )

    def make(self, name, hostile):
        """One request of a provider's.

        :return: its body, the headers that prove it, and of how many events it tells
        :rtype: tuple[bytes, dict, int]
        """
        number = EVENTS if name in BATCHES and hostile.chance.random() < 0.9 else 1
        events = [hostile.chance.choice(self._events[name]) for _number in range(number)]
        if number == 1:
            text = hostile.object(events[0])
        else:
            text = json.dumps([hostile.broken(event) for event in events])
        body, headers = getattr(self, f"_{name}_proved")(text, hostile)
        if headers and hostile.chance.random() < 0.05:
            headers[hostile.chance.choice([*headers])] = hostile.header()
        return body, headers, number

    def _brevo_proved(self, events, _hostile):
        return _bytes(events), _basic()

    def _postmark_proved(self, event, _hostile):
        return _bytes(event), _basic()

    def _mailgun_proved(self, event, hostile):
        stamp = {"timestamp": "1700000000", "token": "t" * 50}
        proof = hmac.new(MAILGUN_KEY.encode(), "".join(stamp.values()).encode(), hashlib.sha256)
        proved = {**stamp, "signature": proof.hexdigest()}
        if hostile.chance.random() < 0.1:
            proved = hostile.broken(proved)
        return _bytes(f'{{"signature": {json.dumps(proved)}, "event-data": {event}}}'), {}

    def _sendgrid_proved(self, events, _hostile):
        body, now = _bytes(events), str(int(time.time()))
        proof = self._sendgrid.sign(now.encode() + body, ec.ECDSA(SHA256()))
        start = "X-Twilio-Email-Event-Webhook"
        return body, {
            f"{start}-Signature": b64encode(proof).decode(),
            f"{start}-Timestamp": now,
        }

    def _ses_proved(self, event, hostile):
        # What is no UTF-8 could not be signed.
        message = event.encode(errors="replace").decode()
        fields = {"Subject": "x"} if hostile.chance.random() < 0.5 else {}
        version = hostile.chance.choice("12")
        envelope = sns(self._amazon, message, version, SigningCertURL=CERTIFICATE, **fields)
        if hostile.chance.random() < 0.1:
            envelope = hostile.broken(envelope)
        return _bytes(json.dumps(envelope)), {}


def _events(message_id, to, uid, now, moment):
    """Of each provider some events, as its documents have them."""
    words = "550 5.1.1 no such user"
    brevo = {"email": to, "message-id": message_id, "ts_event": now, "reason": words}
    mailgun = {
        "timestamp": now + 0.5,
        "recipient": to,
        "severity": "permanent",
        "message": {"headers": {"message-id": message_id.strip("<>")}},
        "delivery-status": {"code": 550, "message": "x", "enhanced-code": "5.1.1"},
    }
    postmark = {"Email": to, "Details": f"smtp;{words}", "Metadata": {"engagement": uid}}
    sendgrid = {"email": to, "smtp-id": message_id, "timestamp": now, "reason": words}
    of_ses = {"mail": {"headers": [{"name": "Message-ID", "value": message_id}]}}
    people = [{"emailAddress": to, "status": "5.1.1", "diagnosticCode": f"smtp; {words}"}]
    return {
        "brevo": [
            {**brevo, "event": event}
            for event in ("delivered", "deferred", "soft_bounce", "hard_bounce", "spam")
        ],
        "mailgun": [
            {**mailgun, "event": "delivered"},
            {**mailgun, "event": "complained"},
            {**mailgun, "event": "failed"},
            {**mailgun, "event": "failed", "severity": "temporary"},
        ],
        "postmark": [
            {**postmark, "RecordType": "Delivery", "Recipient": to, "DeliveredAt": moment},
            {**postmark, "RecordType": "Bounce", "Type": "HardBounce", "BouncedAt": moment},
            {**postmark, "RecordType": "Bounce", "Type": "Transient", "BouncedAt": moment},
            {**postmark, "RecordType": "SpamComplaint", "Type": "SpamComplaint"},
        ],
        "sendgrid": [
            {**sendgrid, "event": event, "status": "5.1.1"}
            for event in ("delivered", "deferred", "bounce", "dropped", "spamreport")
        ],
        "ses": [
            {
                **of_ses,
                "notificationType": "Delivery",
                "delivery": {"recipients": [to], "timestamp": moment, "smtpResponse": "250 ok"},
            },
            {
                **of_ses,
                "notificationType": "Bounce",
                "bounce": {
                    "bounceType": "Permanent",
                    "bouncedRecipients": people,
                    "timestamp": moment,
                },
            },
            {
                **of_ses,
                "eventType": "DeliveryDelay",
                "deliveryDelay": {"delayedRecipients": people, "timestamp": moment},
            },
            {
                **of_ses,
                "notificationType": "Complaint",
                "complaint": {"complainedRecipients": people, "timestamp": moment},
            },
        ],
    }


def _bytes(text):
    return text.encode(errors="surrogatepass")


def _basic():
    return {"Authorization": f"Basic {b64encode(PASSWORD.encode()).decode()}"}
