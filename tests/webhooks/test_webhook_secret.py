"""A webhook's secret: shown once, read by nobody, replaced without a gap."""

import json
from datetime import timedelta

from freezegun import freeze_time
from lxml import etree
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from ..common_webhook import WebhookCase


@tagged("post_install", "-at_install")
class TestWebhookSecret(WebhookCase):
    def setUp(self):
        super().setUp()
        self.admin = new_test_user(self.env, "root@seller.test", groups="base.group_system")
        self.webhook = self.webhook.with_user(self.admin)

    def new_secret(self):
        action = self.webhook.action_new_secret()
        self.assertEqual(action["res_model"], "mail.engagement.webhook.secret")
        return action["context"]["default_secret"]

    def verified(self, secret):
        """Whether a receiver with this secret takes what is sent now."""
        self.happen(self.mail())
        self.deliver()
        headers, body = self.receiver.got[-1]
        try:
            return bool(Webhook(secret).verify(body, headers))
        except WebhookVerificationError:
            return False

    def test_shown_once(self):
        secret = self.new_secret()
        self.assertTrue(secret.startswith("whsec_"))
        shown = self.env["mail.engagement.webhook.secret"].with_user(self.admin)
        form = Form(shown.with_context(default_secret=secret))
        self.assertEqual(form.secret, secret)
        for ask in (
            lambda: self.webhook.read(["secrets"]),
            lambda: self.webhook.search([("secrets", "!=", False)]),
            lambda: self.webhook.write({"secrets": [{"secret": "whsec_bWluZQ=="}]}),
            lambda: self.webhook.create(
                {"name": "x", "url": "https://receiver.example", "secrets": [{"secret": "a"}]}
            ),
        ):
            with self.assertRaises(AccessError):
                ask()
        everything = json.dumps(self.webhook.read(), default=str)
        everything += json.dumps(self.webhook.export_data(self.readable()), default=str)
        everything += str(self.webhook.message_ids.mapped("body"))
        self.assertNotIn(secret, everything)
        self.assertNotIn(secret.removeprefix("whsec_"), everything)

    def readable(self):
        return [
            name
            for name in self.webhook.fields_get()
            if name not in ("message_ids", "delivery_ids")
        ]

    def test_not_in_a_copy(self):
        self.assertFalse(self.webhook.copy().has_secret)

    def test_the_standards_library_verifies_what_is_sent(self):
        self.assertTrue(self.verified(self.new_secret()))
        self.assertFalse(self.verified("whsec_b3RoZXI="))

    def test_replaced_without_a_gap(self):
        first, second, third = (self.new_secret() for _number in range(3))
        for secret in (first, second, third):
            self.assertTrue(self.verified(secret))
        with freeze_time(fields.Datetime.now() + timedelta(hours=25)):
            held = self.webhook.sudo()._engagement_secrets()
            self.assertEqual(held, [third])
            fourth = self.new_secret()
            self.assertEqual(self.webhook.sudo()._engagement_secrets(), [fourth, third])
        self.assertEqual(len(self.webhook.sudo().secrets), 2, "what signs no more is gone")

    def test_nothing_is_sent_without_one(self):
        webhook = self.webhook.create({"name": "New", "url": "https://receiver.example/"})
        self.assertEqual(webhook.state, "draft")
        with self.assertRaises(UserError):
            webhook.action_test()
        self.happen(self.mail())
        self.assertFalse(self.of(webhook))

    def test_nobody_but_administrators(self):
        self.happen(self.mail())
        for user in (self.anna, self.manager):
            for records in (self.webhook.sudo(), self.of().sudo()):
                records = records.with_user(user)
                for ask in (
                    lambda records=records: records.read(["id"]),
                    lambda records=records: records.search([]),
                    lambda records=records: records.write({"state": "delivered"}),
                    lambda records=records: records.unlink(),
                ):
                    with self.assertRaises(AccessError):
                        ask()
            for method in ("action_test", "action_new_secret", "action_enable"):
                with self.assertRaises(AccessError):
                    getattr(self.webhook.with_user(user), method)()
            with self.assertRaises(AccessError):
                self.of().with_user(user).action_send_again()
        self.assertFalse(self.receiver.got)

    def test_who_reads_no_mails_reads_the_log(self):
        """An administrator who is no manager of Email Engagement, as the web client asks."""
        self.happen(self.mail(subject="Secret offer"))
        self.deliver()
        log = self.of().with_user(self.admin)
        arch = etree.fromstring(log.get_view(view_type="list")["arch"])
        names = {field.get("name") for field in arch.iter("field")}
        self.assertNotIn("tracking_id", names)
        self.assertIn("webhook_id", names)
        [row] = log.web_read({name: {} for name in names})
        self.assertEqual(row["type"], "mail.opened")
        self.assertNotIn("Secret offer", str(row))

    def test_the_log_is_written_by_nobody(self):
        self.happen(self.mail())
        delivery = self.of().with_user(self.admin)
        with self.assertRaises(AccessError):
            delivery.write({"state": "delivered"})
        with self.assertRaises(AccessError):
            delivery.unlink()

    def test_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.admin.company_ids += other
        mine = self.webhook.with_context(allowed_company_ids=other.ids)
        self.assertFalse(mine.search([("id", "=", self.webhook.id)]))
        self.happen(self.mail())
        deliveries = self.of().with_user(self.admin)
        self.assertFalse(deliveries.with_context(allowed_company_ids=other.ids).search([]))

    def test_an_address_that_nobody_allowed(self):
        form = Form(self.env["mail.engagement.webhook"].with_user(self.admin))
        form.name = "ERP"
        for url, allow_http, allow_private, said in (
            ("erp.example", False, False, "begins with https"),
            ("https://user:word@erp.example/", False, False, "user nor password"),
            ("http://erp.example/", False, False, "not encrypted"),
            ("https://10.0.0.7/", False, False, "internal network"),
            ("https://localhost/", True, False, "internal network"),
            ("http://10.0.0.7/", False, True, "not encrypted"),
            ("http://10.0.0.7/", True, True, None),
        ):
            form.url, form.allow_http, form.allow_private = url, allow_http, allow_private
            if said:
                with self.assertRaisesRegex(ValidationError, said):
                    form.save()
            else:
                self.assertTrue(form.save())

    def test_some_kind_at_least(self):
        with self.assertRaises(ValidationError):
            self.webhook.kind_ids = False
        choice = self.env["ir.model.fields.selection"].search(
            [("field_id.model", "=", "mail.engagement.tracking")], limit=1
        )
        with self.assertRaises(ValidationError):
            self.webhook.kind_ids = choice
