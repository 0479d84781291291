"""What providers tell of deliveries, over real HTTP with real proofs, by keys of our own."""

import hashlib
import hmac
import json
import time
from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from markupsafe import Markup

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...dev.amazon import CERTIFICATE, TOPIC, certified, sns
from ...models.delivery import mail_engagement_provider
from ...tools.delivery_providers import MAX_BODY
from ..common import InboxCase

CARLA, CHEN = "carla@customer.test", "chen@customer.test"
REFUSED = mute_logger("odoo.http")


@tagged("post_install", "-at_install")
class TestProviderWebhooks(InboxCase, HttpCase):
    def setUp(self):
        super().setUp()
        message = self.lead.with_user(self.anna).message_post(
            body=Markup("<p>Hello</p>"),
            partner_ids=(self.carla + self.chen).ids,
            subtype_xmlid="mail.mt_comment",
        )
        self.env.invalidate_all()
        self.mails = message.engagement_tracking_ids
        self.mail = self.mails.filtered(lambda mail: mail.partner_id == self.carla)
        self.now = int(time.time())

    def _provider(self, name, secret):
        return self.env["mail.engagement.provider"].create({"provider": name, "secret": secret})

    def _tell(self, provider, payload, headers=None, status=200, url=None):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.env.flush_all()
        answer = self.url_open(
            url or provider.url,
            data=body,
            headers={"Content-Type": "text/plain", **(headers or {})},
        )
        self.assertEqual(answer.status_code, status)
        self.env.invalidate_all()
        return answer

    def _known(self):
        return {mail.partner_id: mail.delivery for mail in self.mails}

    def _mailgun(self, event, key="key", to=CARLA, name=None, **fields):
        stamp = {"timestamp": str(self.now), "token": "t" * 50}
        mac = hmac.new(key.encode(), "".join(stamp.values()).encode(), hashlib.sha256)
        name = (name or self.mail.rfc_message_id).strip("<>")
        data = {
            "event": event,
            "recipient": to,
            "timestamp": self.now,
            "message": {"headers": {"message-id": name}},
            **fields,
        }
        return {"signature": {**stamp, "signature": mac.hexdigest()}, "event-data": data}

    def test_mailgun(self):
        provider = self._provider("mailgun", "key")
        self._tell(provider, self._mailgun("delivered"))
        self.assertEqual(self._known(), {self.carla: "delivered", self.chen: "handed_over"})
        self.assertTrue(provider.heard_at)

    def test_forged(self):
        """Nothing is believed, and nothing of it stands in the log."""
        provider = self._provider("mailgun", "key")
        with self.assertNoLogs("", "INFO"):
            self._tell(provider, self._mailgun("complained", key="other"), status=403)
        self.assertEqual(set(self._known().values()), {"handed_over"})
        self.assertFalse(self.carla.engagement_opens)
        self.assertFalse(provider.heard_at)

    def test_addresses_that_nobody_was_given(self):
        provider = self._provider("mailgun", "key")
        good = self._mailgun("complained")
        base = "/mail_engagement/delivery"
        with REFUSED:
            for path in ("mailgun/x", f"brevo/{provider.key}", f"x/{provider.key}", "mailgun/%FF"):
                self._tell(provider, good, status=404, url=f"{base}/{path}")
            provider.active = False
            self._tell(provider, good, status=404)
        self.assertEqual(set(self._known().values()), {"handed_over"})

    def test_mails_that_nobody_knows(self):
        """It is no error of the provider's: others send through it too."""
        provider = self._provider("mailgun", "key")
        for payload in (
            self._mailgun("complained", name="<other@elsewhere.test>"),
            self._mailgun("complained", to="nobody@customer.test"),
            self._mailgun("complained", to=""),
            self._mailgun("opened"),
        ):
            self._tell(provider, payload)
        self.assertEqual(set(self._known().values()), {"handed_over"})

    def test_mails_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        provider = self._provider("mailgun", "key")
        provider.company_id = other
        self._tell(provider, self._mailgun("complained"))
        self.assertEqual(set(self._known().values()), {"handed_over"})

    def test_again_and_in_another_order(self):
        provider = self._provider("mailgun", "key")
        events = [
            self._mailgun("delivered", timestamp=self.now - 10),
            self._mailgun(
                "failed",
                severity="temporary",
                timestamp=self.now - 20,
                **{"delivery-status": {"code": 450, "message": "busy"}},
            ),
        ]
        for payload in (*events, *events):
            self._tell(provider, payload)
        self.assertEqual(self.mail.delivery, "delivered")

    def test_no_event(self):
        provider = self._provider("brevo", "t0ken")
        bearer = {"Authorization": "Bearer t0ken"}
        with REFUSED:
            for body in (b"{", b"7", b"\xff"):
                self._tell(provider, body, bearer, status=400)
            self._tell(provider, b" " * (MAX_BODY + 1), bearer, status=413)
            answer = self.url_open(provider.url)
        self.assertEqual(answer.status_code, 405)

    def test_brevo(self):
        provider = self._provider("brevo", "t0ken")
        event = {
            "event": "hard_bounce",
            "email": CARLA,
            "message-id": self.mail.rfc_message_id,
            "ts_event": self.now,
            "reason": "550 5.1.1 unknown",
        }
        with REFUSED:
            self._tell(provider, event, {"Authorization": "Bearer x"}, status=403)
        self._tell(provider, event, {"Authorization": "Bearer t0ken"})
        self.assertEqual(self._known(), {self.carla: "hard_bounce", self.chen: "handed_over"})
        self.assertEqual((self.mail.state, self.mail.delivery_code), ("bounced", "5.1.1"))

    def test_sendgrid(self):
        key = ec.generate_private_key(ec.SECP256R1())
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        provider = self._provider("sendgrid", b64encode(public).decode())
        name = self.mail.rfc_message_id
        body = json.dumps(
            [
                {"event": "delivered", "email": CARLA, "smtp-id": name, "timestamp": self.now},
                {"event": "spamreport", "email": CHEN, "smtp-id": name, "timestamp": self.now},
            ]
        ).encode()
        proof = key.sign(b"1700000000" + body, ec.ECDSA(SHA256()))
        headers = {
            "X-Twilio-Email-Event-Webhook-Signature": b64encode(proof).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": "1700000000",
        }
        with REFUSED:
            self._tell(provider, body + b" ", headers, status=403)
        self._tell(provider, body, headers)
        self.assertEqual(self._known(), {self.carla: "delivered", self.chen: "complained"})
        self.assertEqual(self.chen.engagement_opens, "refused")

    def test_postmark(self):
        """Its events know a mail by what the mail carries; who is not followed carries nothing."""
        provider = self._provider("postmark", "odoo:s3cret")
        self.chen.engagement_opens = self.chen.engagement_clicks = "refused"
        self.chen.engagement_attachments = "refused"
        self.inbox.envelopes.clear()
        message = self.lead.with_user(self.anna).message_post(
            body=Markup("<p>Hello</p>"),
            partner_ids=(self.carla + self.chen).ids,
            subtype_xmlid="mail.mt_comment",
        )
        [to_carla], [to_chen] = self.inbox.to(CARLA), self.inbox.to(CHEN)
        self.assertIsNone(to_chen["X-PM-Metadata-engagement"])
        self.mails = message.engagement_tracking_ids
        uid = to_carla["X-PM-Metadata-engagement"]
        event = {"RecordType": "Delivery", "Recipient": CARLA, "Metadata": {"engagement": uid}}
        basic = {"Authorization": "Basic " + b64encode(b"odoo:s3cret").decode()}
        with REFUSED:
            self._tell(provider, event, status=403)
        self._tell(provider, event, basic)
        self.assertEqual(self._known(), {self.carla: "delivered", self.chen: "handed_over"})
        provider.unlink()
        self.inbox.envelopes.clear()
        self.lead.with_user(self.anna).message_post(
            body="Hello", partner_ids=self.carla.ids, subtype_xmlid="mail.mt_comment"
        )
        self.assertIsNone(self.inbox.to(CARLA)[0]["X-PM-Metadata-engagement"])

    def test_ses(self):
        """Amazon's own certificate is all that is not real here."""
        key, pem = certified(1, self.now)
        asked = []

        def fetch(url):
            asked.append(url)
            return pem

        self.patch(mail_engagement_provider, "_fetch", fetch)
        provider = self._provider("ses", TOPIC)
        confirm = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=x"
        self._tell(
            provider,
            sns(key, "Hello", Type="SubscriptionConfirmation", SubscribeURL=confirm, Token="x"),
        )
        self.assertEqual(asked, [CERTIFICATE, confirm])
        mail = {"headers": [{"name": "Message-ID", "value": self.mail.rfc_message_id}]}
        bounced = {"emailAddress": CARLA, "status": "4.4.7", "diagnosticCode": "smtp; expired"}
        event = {
            "notificationType": "Bounce",
            "mail": mail,
            "bounce": {"bounceType": "Transient", "bouncedRecipients": [bounced]},
        }
        good = sns(key, event)
        with REFUSED:
            self._tell(provider, {**good, "Message": "{}"}, status=403)
        self._tell(provider, good)
        self.assertEqual(self._known(), {self.carla: "soft_bounce", self.chen: "handed_over"})

    def test_what_stands_at_an_address(self):
        """Nothing is fetched that is too large, elsewhere, or not there."""
        self.patch(mail_engagement_provider, "MOST_BYTES", 10)
        for path in ("/web/login", "/web/health/nothing", "/web"):
            with self.assertRaises(mail_engagement_provider.Forged):
                mail_engagement_provider._fetch(f"{self.base_url()}{path}")
