"""What a webhook is sent: as its schema says, and no more than the recipient allows today."""

import json

from jsonschema import Draft202012Validator

from odoo.tests import tagged
from odoo.tools import SQL

from ...dev import paths
from ..common_webhook import WebhookCase

SCHEMA = json.loads((paths.ROOT / "docs" / "webhooks.schema.json").read_text())
VALID = Draft202012Validator(SCHEMA)
PERSONAL = {"device_type": "desktop", "client": "Firefox", "os": "Linux", "country": "FR"}
SECRET = {"ip": "198.51.100.77", "user_agent": "Mozilla/5.0 Unmistakable/7", "city": "Secretown"}


@tagged("post_install", "-at_install")
class TestWebhookContent(WebhookCase):
    def sent(self):
        """Send what is due; return the payloads, which are as the schema says."""
        before = len(self.receiver.got)
        self.deliver()
        found = self.receiver.payloads[before:]
        for payload in found:
            VALID.validate(payload)
        return found

    def test_every_kind_is_as_the_schema_says(self):
        mail = self.mail()
        for type_ in ("open", "click", "attachment", "reply"):
            self.happen(mail, type_, **PERSONAL)
        kinds = self.webhook.kind_ids.mapped("value")
        others = [kind for kind in kinds if kind not in ("open", "click", "attachment", "reply")]
        for kind in others:
            self.env["mail.engagement.fact"]._engagement_add(kind, mail)
        self.act()
        found = self.sent()
        self.assertEqual(len(found), len(kinds))
        self.assertEqual(
            {payload["type"] for payload in found[:4]},
            {"mail.opened", "mail.clicked", "mail.attachment_viewed", "mail.replied"},
        )

    def test_what_is_told_of_a_click(self):
        mail = self.mail()
        event = self.happen(mail, "click", **PERSONAL, **SECRET)
        [payload] = self.sent()
        self.assertEqual(payload["type"], "mail.clicked")
        self.assertEqual(payload["timestamp"], f"{event.occurred_at.isoformat()[:19]}Z")
        self.assertEqual(
            payload["data"],
            {
                "company": {"id": self.env.company.id, "name": self.env.company.name},
                "mail": {
                    "message_id": mail.rfc_message_id,
                    "subject": "Your offer",
                    "sent_at": f"{mail.sent_at.isoformat()}Z",
                    "model": "crm.lead",
                    "record_id": self.lead.id,
                    "template_id": None,
                },
                "sender": {
                    "contact_id": self.anna.partner_id.id,
                    "name": "anna (base.group_user,base.group_allow_export,"
                    "sales_team.group_sale_salesman)",
                    "emails": ["anna@seller.test"],
                },
                "recipient": {
                    "contact_id": self.carla.id,
                    "name": "Carla",
                    "emails": ["carla@customer.test"],
                },
                "link": {"kind": "link", "label": "offer", "url": "https://shop.test/offer"},
                "verdict": "human",
                "reason": "browser",
                "agent": PERSONAL,
            },
        )
        self.assertHolds(self.receiver.got[-1][1], without=SECRET.values())

    def assertHolds(self, text, without):
        for value in without:
            self.assertNotIn(value, text)

    def test_who_is_only_counted_stays_anonymous(self):
        self.env.company.engagement_policy = "anonymous"
        mail = self.mail(is_anonymous=True, partner_id=False, email_normalized=False)
        self.env["mail.engagement.link"].search(
            [("rfc_message_id", "=", mail.rfc_message_id)]
        ).url = "https://shop.test/?to=carla@customer.test"
        self.happen(mail, "click", policy=1)
        [payload] = self.sent()
        self.assertIsNone(payload["data"]["recipient"])
        self.assertIsNone(payload["data"]["agent"])
        self.assertHolds(self.receiver.got[-1][1].lower(), ["carla", "customer.test"])

    def test_a_mail_whose_recipient_is_forgotten_names_nobody(self):
        """Retention takes the name away after the delivery was queued."""
        mail = self.mail()
        self.happen(mail)
        mail.write({"is_anonymous": True, "partner_id": False, "email_normalized": False})
        [payload] = self.sent()
        self.assertIsNone(payload["data"]["recipient"])
        self.assertHolds(self.receiver.got[-1][1].lower(), ["carla"])

    def test_who_refuses_meanwhile_is_not_told_of(self):
        mail = self.mail()
        self.happen(mail, **PERSONAL)
        self.receiver.says(503)
        self.deliver()
        [delivery] = self.of()
        self.assertEqual(delivery.state, "failed")
        before = len(self.receiver.got)
        self.carla.engagement_opens = "refused"
        self.due()
        self.deliver()
        self.assertEqual(len(self.receiver.got), before)
        self.assertEqual(delivery.state, "withheld")

    def test_another_contact_with_the_address_refuses(self):
        mail = self.mail()
        self.happen(mail)
        self.env["res.partner"].create(
            {"name": "Twin", "email": self.carla.email, "engagement_opens": "refused"}
        )
        self.assertFalse(self.sent())

    def test_who_may_only_be_counted_meanwhile_is_not_told_of(self):
        """The mail's token names them: that cannot be made anonymous any more."""
        self.happen(self.mail())
        self.env.company.engagement_max_policy = "anonymous"
        self.assertFalse(self.sent())
        self.assertEqual(self.of().state, "withheld")

    def test_a_reply_of_who_refused_names_nobody(self):
        self.carla.engagement_opens = "refused"
        mail = self.mail()
        self.happen(mail, "reply")
        [payload] = self.sent()
        self.assertEqual(payload["type"], "mail.replied")
        self.assertIsNone(payload["data"]["recipient"])
        self.assertHolds(self.receiver.got[-1][1].lower(), ["carla"])

    def test_several_who_got_the_same_copy(self):
        addresses = "carla@customer.test, chen@customer.test"
        self.happen(self.mail(is_shared=True, partner_id=False, email_normalized=addresses))
        [payload] = self.sent()
        self.assertEqual(payload["data"]["recipient"]["emails"], addresses.split(", "))
        self.happen(self.mail(is_shared=True, partner_id=False, email_normalized=addresses))
        self.env["res.partner"].search([("name", "=", "Chen")]).engagement_opens = "refused"
        self.assertFalse(self.sent())

    def test_an_erased_mail_is_told_nobody(self):
        self.happen(self.mail())
        self.assertTrue(self.of())
        self.carla._engagement_erase()
        self.env.flush_all()
        self.assertFalse(self.of())
        self.assertFalse(self.sent())

    def test_the_log_holds_nothing_of_the_recipient(self):
        self.happen(self.mail(), **PERSONAL, **SECRET)
        self.deliver()
        self.env.flush_all()
        for table in ("mail_engagement_webhook_delivery", "mail_engagement_webhook"):
            rows = self.env.execute_query(
                SQL("SELECT to_jsonb(held)::text FROM %s held", SQL.identifier(table))
            )
            for (row,) in rows:
                self.assertHolds(row.lower(), ["carla", "customer.test", "198.51", "firefox"])

    def test_what_the_receiver_repeated_goes_with_an_erasure(self):
        self.receiver.says(200, b"got carla@customer.test")
        self.happen(self.mail())
        self.deliver()
        self.assertEqual(self.of().answer, "got carla@customer.test")
        self.carla._engagement_erase()
        self.env.flush_all()
        self.assertFalse(self.of())

    def test_what_the_receiver_repeated_of_a_shared_copy_goes_too(self):
        self.receiver.says(200, b"got carla@customer.test")
        addresses = "carla@customer.test, chen@customer.test"
        self.happen(self.mail(is_shared=True, partner_id=False, email_normalized=addresses))
        self.deliver()
        self.carla._engagement_erase()
        self.assertEqual((self.of().state, self.of().answer), ("delivered", False))

    def test_the_download_says_who_was_told(self):
        self.happen(self.mail(), "click")
        self.deliver()
        [told] = self.carla._engagement_export()["webhooks"]
        self.assertEqual((told["receiver"], told["type"]), ("127.0.0.1", "mail.clicked"))
        self.assertEqual(told["state"], "delivered")
        self.assertFalse(self.chen._engagement_export()["webhooks"])

    def test_the_record_of_processing_names_the_receivers(self):
        [webhook] = self.env.company._engagement_processing()["webhooks"]
        self.assertEqual(webhook, self.webhook)
        report = self.env["ir.actions.report"]
        page = report._render_qweb_html(
            "mail_engagement.engagement_processing", self.env.company.ids
        )[0].decode()
        self.assertIn("127.0.0.1", page)
        self.assertNotIn("/hook", page)

    def test_a_verdict_that_changed_is_told_as_it_is(self):
        event = self.happen(self.mail())
        event.engagement_correct("machine")
        [payload] = self.sent()
        self.assertEqual(payload["data"]["verdict"], "machine")
