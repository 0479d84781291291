"""From a fact to the receiver: once for each, tried again for three days, one after the other."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import observed
from ..common_webhook import WebhookCase

SENDER = "odoo.addons.mail_engagement.models.webhooks.mail_engagement_webhook"


@tagged("post_install", "-at_install")
class TestWebhookDelivery(WebhookCase):
    def test_once_for_each_receiver(self):
        other = self.subscribe(self.receiving(), name="Warehouse")
        mail = self.mail()
        self.happen(mail)
        self.happen(mail)
        self.deliver()
        fact = self.env["mail.engagement.fact"].search([("tracking_id", "=", mail.id)])
        self.assertEqual(self.receiver.ids, [fact.uid])
        for webhook in (self.webhook, other):
            [delivery] = self.of(webhook)
            self.assertEqual((delivery.state, delivery.uid), ("delivered", fact.uid))
            self.assertEqual((delivery.status, delivery.answer), (200, "thanks"))
            self.assertEqual(delivery.attempt_count, 1)
        fact._engagement_act()
        self.assertEqual(len(self.of()), 1)
        self.assertEqual(self.webhook.state, "on")
        self.assertTrue(self.webhook.last_delivered_at)

    def test_only_the_kinds_that_it_subscribed_to(self):
        kinds = self.webhook.kind_ids
        self.webhook.kind_ids = kinds.filtered(lambda kind: kind.value == "click")
        mail = self.mail()
        self.happen(mail)
        self.happen(mail, "click")
        self.deliver()
        self.assertEqual([item["type"] for item in self.receiver.payloads], ["mail.clicked"])

    def test_only_its_own_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.subscribe(self.receiver, company_id=other.id)
        self.webhook.active = False
        self.happen(self.mail())
        self.assertFalse(self.of())

    def test_where_nobody_subscribed_nothing_is_written(self):
        facts = self.env["mail.engagement.fact"]
        self.assertIn("open", facts._engagement_wanted())
        self.webhook.active = False
        self.assertNotIn(self.env.company.id, facts._engagement_wanted().get("open", set()))
        self.assertNotIn(("open", self.env.company.id), facts._engagement_wanted_rows())
        self.webhook.active = True
        self.assertIn(("open", self.env.company.id), facts._engagement_wanted_rows())
        self.webhook.unlink()
        self.assertNotIn(("open", self.env.company.id), facts._engagement_wanted_rows())

    def test_tried_again_with_the_same_id(self):
        self.receiver.says(500, b"database is down")
        self.happen(self.mail())
        self.deliver()
        [delivery] = self.of()
        self.assertEqual(
            (delivery.state, delivery.error, delivery.status), ("failed", "status", 500)
        )
        self.assertEqual(delivery.answer, "database is down")
        self.assertGreater(delivery.next_at, fields.Datetime.now())
        self.assertEqual(self.webhook.state, "failing")
        self.deliver()
        self.assertEqual(len(self.receiver.got), 1, "not before it is due")
        self.receiver.says(204, b"")
        self.due()
        self.deliver()
        self.assertEqual(delivery.state, "delivered")
        self.assertEqual(delivery.attempt_count, 2)
        self.assertFalse(delivery.error)
        self.assertEqual(len(set(self.receiver.ids)), 1)
        self.assertEqual(self.webhook.state, "on")

    def test_given_up_after_three_days_and_the_administrators_are_told(self):
        self.receiver.says(500)
        self.happen(self.mail())
        start, delivery = fields.Datetime.now(), self.of()
        attempts = 0
        while delivery.state != "given_up":
            at = max(delivery.next_at, fields.Datetime.now())
            with freeze_time(at + timedelta(seconds=1)):
                self.deliver()
            attempts += 1
            self.assertLess(attempts, 30)
        self.assertGreaterEqual(attempts, 12)
        self.assertGreaterEqual(delivery.sent_at - start, timedelta(days=3))
        self.assertEqual(self.webhook.disabled, "failing")
        self.assertEqual(len(set(self.receiver.ids)), 1)
        told = self.webhook.message_ids.filtered(lambda message: "disabled" in message.body)
        self.assertIn(self.env.ref("base.user_admin").partner_id, told.notified_partner_ids)

    def test_disabled_and_enabled_again(self):
        self.receiver.says(500)
        self.happen(self.mail())
        self.deliver()
        self.webhook._engagement_disable("failing")
        self.assertEqual(self.webhook.state, "disabled")
        self.receiver.says(200)
        self.due()
        self.deliver()
        self.assertEqual(len(self.receiver.got), 1)
        self.happen(self.mail())
        self.assertEqual(len(self.of()), 1, "nothing is queued meanwhile")
        self.webhook.action_enable()
        self.due()
        self.deliver()
        self.assertEqual(self.of().state, "delivered")
        self.assertEqual(self.webhook.state, "on")

    def test_gone(self):
        self.receiver.says(410)
        self.happen(self.mail())
        self.deliver()
        self.assertEqual((self.of().state, self.of().error), ("given_up", "gone"))
        self.assertEqual(self.webhook.disabled, "gone")

    def test_a_receiver_that_asks_to_wait(self):
        self.receiver.says(429, b"", {"Retry-After": "3000"})
        for _number in range(3):
            self.happen(self.mail())
        now = fields.Datetime.now()
        self.deliver()
        self.assertEqual(len(self.receiver.got), 1, "the others wait too")
        late = timedelta(seconds=2990)
        self.assertGreater(self.webhook.paused_until - now, late)
        self.assertGreater(self.of().filtered("attempt_count").next_at - now, late)

    def test_what_one_receiver_refuses_does_not_hold_up_the_rest(self):
        """One that it cannot take is tried again later; the next ones go out meanwhile."""
        self.happen(self.mail(subject="poison"))
        self.happen(self.mail(subject="good"))

        def answer(request):
            request.reply(400 if "poison" in self.receiver.got[-1][1] else 200, b"")

        self.receiver.answer = answer
        self.deliver()
        self.assertEqual(self.of().mapped("state"), ["failed", "delivered"])
        self.assertEqual(self.webhook.state, "on")

    def test_a_redirect_is_not_followed(self):
        other = self.receiving()
        self.receiver.says(302, b"", {"Location": other.url})
        self.happen(self.mail())
        self.deliver()
        self.assertEqual((self.of().state, self.of().error), ("failed", "redirect"))
        self.assertFalse(other.got)

    def test_ten_megabytes_are_cut(self):
        self.receiver.says(200, b"x" * 10 * 2**20)
        self.happen(self.mail())
        self.deliver()
        self.assertEqual(self.of().state, "delivered")
        self.assertEqual(self.of().answer, "x" * 4096)

    def test_nobody_there(self):
        self.receiver.stop()
        for _number in range(3):
            self.happen(self.mail())
        self.deliver()
        self.assertEqual(self.of().mapped("error"), ["connect", False, False])
        self.assertTrue(self.webhook.paused_until)
        self.assertEqual(self.webhook.waiting_count, 3)

    def test_the_permission_is_asked_each_time(self):
        self.happen(self.mail())
        self.env.cr.execute("UPDATE mail_engagement_webhook SET allow_private = FALSE")
        self.env.invalidate_all()
        self.deliver()
        self.assertEqual(self.of().error, "private")
        self.assertFalse(self.receiver.got)

    def test_in_the_order_in_which_it_happened(self):
        mails = [self.mail(subject=str(number)) for number in range(5)]
        for mail in mails:
            self.happen(mail)
        self.deliver()
        subjects = [item["data"]["mail"]["subject"] for item in self.receiver.payloads]
        self.assertEqual(subjects, ["0", "1", "2", "3", "4"])

    def test_a_worker_that_was_killed_while_it_sent(self):
        """Whatever line it is killed at, its lease ends, and the delivery goes out again."""
        self.happen(self.mail())
        webhooks = self.env["mail.engagement.webhook"]
        self.assertEqual(webhooks._engagement_take(8), self.webhook.ids)
        self.assertFalse(webhooks._engagement_take(8), "nobody else takes it meanwhile")
        delivery = self.deliveries.browse(self.deliveries._engagement_next(self.webhook.id))
        self.assertEqual(delivery, self.of())
        self.assertTrue(delivery._engagement_prepare())
        self.deliver()
        self.assertFalse(self.receiver.got)
        with freeze_time(fields.Datetime.now() + timedelta(seconds=61)):
            self.deliver()
        self.assertEqual(self.receiver.ids, [delivery.uid])
        self.assertEqual(delivery.state, "delivered")

    def test_woken_when_the_next_attempt_is_due(self):
        triggers = self.env["ir.cron.trigger"]
        mine = [("cron_id", "=", self.env.ref("mail_engagement.ir_cron_webhook").id)]
        triggers.search(mine).unlink()
        self.happen(self.mail())
        self.assertTrue(triggers.search(mine), "at once")
        self.receiver.says(500)
        triggers.search(mine).unlink()
        self.deliver()
        self.assertEqual(triggers.search(mine).call_at, self.of().next_at)

    def test_what_cannot_be_put_together_costs_itself_only(self):
        self.happen(self.mail(subject="poison"))
        self.happen(self.mail(subject="good"))
        content = type(self.deliveries)._engagement_content

        def fails(delivery):
            if delivery.tracking_id.subject == "poison":
                raise ValueError(delivery.tracking_id.email_normalized)
            return content(delivery)

        with (
            patch.object(type(self.deliveries), "_engagement_content", fails),
            self.assertLogs(SENDER, "ERROR") as logs,
        ):
            self.deliver()
        self.assertEqual(self.of().mapped("state"), ["failed", "delivered"])
        self.assertEqual(self.of()[0].error, "content")
        self.assertEqual(self.webhook.state, "on", "the receiver has no part in it")
        self.assertNotIn("carla", "".join(logs.output))

    def test_nothing_is_sent_while_following_is_off(self):
        self.happen(self.mail())
        self.env.company.engagement_enabled = False
        self.deliver()
        self.assertFalse(self.receiver.got)
        self.env.company.engagement_enabled = True
        self.deliver()
        self.assertTrue(self.receiver.got)

    def test_sent_again_by_hand(self):
        self.happen(self.mail())
        self.deliver()
        self.of().action_send_again()
        self.assertEqual(self.of().state, "waiting")
        self.deliver()
        self.assertEqual(len(self.receiver.ids), 2)
        self.assertEqual(len(set(self.receiver.ids)), 1)

    def test_a_test(self):
        action = self.webhook.action_test()
        [payload] = self.receiver.payloads
        self.assertEqual((payload["type"], payload["data"]["webhook"]), ("webhook.test", "ERP"))
        self.assertEqual(action["params"]["type"], "success")
        self.assertEqual(self.of().state, "delivered")
        self.receiver.says(404, b"no such hook")
        action = self.webhook.action_test()
        self.assertEqual(action["params"]["type"], "danger")
        self.assertIn("404 no such hook", action["params"]["message"])
        self.assertEqual(self.of()[-1].state, "given_up", "nobody waits for it")

    def test_the_log_goes_with_age(self):
        self.happen(self.mail())
        self.deliver()
        with freeze_time(fields.Datetime.now() + timedelta(days=29)):
            self.deliveries._gc_deliveries()
            self.assertTrue(self.of())
        self.env.company.engagement_event_days = 10
        with freeze_time(fields.Datetime.now() + timedelta(days=11)):
            self.deliveries._gc_deliveries()
        self.assertFalse(self.of())

    @mute_logger("odoo.sql_db")
    def test_the_log_keeps_no_secret_and_no_address(self):
        self.webhook.url = f"{self.receiver.url}/hook?token=unmistakable"
        self.receiver.stop()
        self.happen(self.mail())
        with self.assertLogs("odoo.addons.mail_engagement", "DEBUG") as logs:
            self.deliver()
            # Something at least has to be there for assertLogs.
            __import__("logging").getLogger(SENDER).info("end")
        text = "".join(logs.output)
        for word in ("unmistakable", "whsec", "carla", "127.0.0.1"):
            self.assertNotIn(word, text)

    def test_a_burst_is_queued_in_one_statement(self):
        mail = self.mail()
        observed(mail, "open")
        observed(mail, "click")
        self.act()
        self.assertEqual(len(self.of()), 2)
