"""What opening a chatter costs with us, in queries of the web client's own requests."""

import json
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from ..common import EngagementCase, observed

MESSAGES = 100


@tagged("post_install", "-at_install")
class TestChatterQueries(EngagementCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start_inbox()
        cls.reader = new_test_user(
            cls.env, "reader", groups="base.group_user,base.group_partner_manager"
        )
        cls.messages = cls.env["mail.message"]
        for _ in range(MESSAGES):
            cls.messages |= cls.carla.message_post(
                body="Hello", partner_ids=cls.carla.ids, subtype_xmlid="mail.mt_comment"
            )
        for tracking in cls.messages.engagement_tracking_ids[:3]:
            observed(tracking, "open")

    def _ask(self, route, **params):
        """:return: what the server answers, and its queries"""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        answer = self.url_open(
            route,
            data=json.dumps({"params": params}),
            headers={"Content-Type": "application/json"},
        ).json()
        return answer["result"], self.env.cr.sql_log_count - before

    def _open_chatter(self):
        thread = {"thread_model": "res.partner", "thread_id": self.carla.id}
        wanted = ["activities", "attachments", "followers", "scheduledMessages"]
        _, first = self._ask(
            "/mail/data",
            fetch_params=[["mail.thread", {**thread, "access_params": {}, "request_list": wanted}]],
        )
        result, second = self._ask("/mail/thread/messages", **thread, fetch_params={"limit": 100})
        return result["data"]["mail.message"], first + second

    def test_pushed_notifications(self):
        """Who is told of leads by the hundred is told one by one: not two queries more for each."""
        lead = self.env["crm.lead"].create({"name": "Solar roof"})
        seen = []
        for enabled in (False, True):
            self.env.company.engagement_enabled = enabled
            self.anna.notification_type = "inbox"
            for user in (self.anna, self.ben, self.anna):
                self.env.flush_all()
                before = self.env.cr.sql_log_count
                lead.user_id = user
                self.env.flush_all()
                count = self.env.cr.sql_log_count - before
            seen.append(count)
        self.assertEqual(*seen)

    def test_posted_messages(self):
        """Of what was just posted there is nothing to show: not two queries more for each."""
        self.anna.notification_type = "inbox"
        seen = []
        for enabled in (False, True):
            self.env.company.engagement_enabled = enabled
            counts = []
            # What Odoo reads only now and then is none of it.
            for _time in range(4):
                self.env.flush_all()
                before = self.env.cr.sql_log_count
                self.lead.with_user(self.manager).message_post(
                    body="Hello", partner_ids=self.anna.partner_id.ids, message_type="comment"
                )
                self.env.flush_all()
                counts.append(self.env.cr.sql_log_count - before)
            seen.append(min(counts))
        self.assertEqual(*seen)

    def test_a_reminder_set_with_the_message_is_shown(self):
        message = self.lead.with_user(self.anna).message_post(
            body="Hello",
            engagement_reminder={
                "condition": "anyway",
                "remind_at": fields.Datetime.now() + timedelta(days=1),
            },
        )
        self.assertTrue(message.engagement_reminder)

    def test_chatter_of_followed_messages(self):
        """At most three queries more than for somebody whom the addon shows nothing."""
        self.authenticate("reader", "reader")
        self._open_chatter()  # what is read once and kept
        messages, without = self._open_chatter()
        self.assertFalse(any("engagement" in message for message in messages))
        self.reader.group_ids += self.env.ref("mail_engagement.group_user")
        self.env["mail.engagement.reminder"].with_user(self.reader).create(
            [
                {
                    "message_id": message.id,
                    "condition": "no_reply",
                    "remind_at": fields.Datetime.now() + timedelta(days=1),
                }
                for message in self.messages
            ]
        )
        self._open_chatter()
        messages, with_us = self._open_chatter()
        shown = [message for message in messages if message.get("engagement")]
        self.assertEqual(len(shown), MESSAGES)
        self.assertTrue(all(message["engagement_reminder"] for message in shown))
        self.assertLessEqual(with_us - without, 3, f"{with_us} against {without}")
