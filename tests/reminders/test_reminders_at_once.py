"""Two workers, two real transactions: a reminder comes once."""

from odoo import fields
from odoo.tests import BaseCase, tagged

from ..common import OwnTransaction

LOGGER = "odoo.addons.mail_engagement.models.reminders.mail_engagement_reminder"


@tagged("post_install", "-at_install")
class TestRemindersAtOnce(BaseCase):
    """Commits what it works on, and takes it away again."""

    def setUp(self):
        super().setUp()
        with OwnTransaction() as env:
            self.partner = env["res.partner"].create({"name": "Twice"}).id
            message = env["res.partner"].browse(self.partner).message_post(body="Hello")
            reminders = env["mail.engagement.reminder"].create(
                [
                    {
                        "message_id": message.id,
                        "condition": "anyway",
                        "remind_at": fields.Datetime.now(),
                        "user_id": env.ref("base.user_admin").id,
                    }
                ]
                * 3
            )
            self.ids = reminders.ids
        self.addCleanup(self._clean)

    def _clean(self):
        with OwnTransaction() as env:
            env["mail.engagement.reminder"].browse(self.ids).unlink()
            env["res.partner"].browse(self.partner).unlink()

    def _activities(self):
        with OwnTransaction() as env:
            return env["mail.activity"].search_count(
                [("res_model", "=", "res.partner"), ("res_id", "=", self.partner)]
            )

    def _bring(self, env):
        reminders = env["mail.engagement.reminder"]._engagement_take_due()
        mine = reminders.filtered(lambda one: one.id in self.ids)
        for reminder in mine:
            reminder._engagement_bring()
        return len(mine)

    def test_each_comes_once(self):
        with OwnTransaction() as first, OwnTransaction() as second:
            # Both have their snapshot before either of them has written.
            first.cr.execute("SELECT 1")
            second.cr.execute("SELECT 1")
            self.assertEqual(self._bring(first), 3)
            first.flush_all()
            self.assertEqual(self._bring(second), 0)
        with OwnTransaction() as third:
            self.assertEqual(self._bring(third), 0)
        self.assertEqual(self._activities(), 3)

    def test_a_worker_that_looked_before_the_other_was_done(self):
        """Its snapshot still says waiting: PostgreSQL refuses it, and it tries again later."""
        with OwnTransaction() as late:
            late.cr.execute("SELECT 1")
            with OwnTransaction() as early:
                self.assertEqual(self._bring(early), 3)
            with self.assertLogs(LOGGER) as logs:
                late["mail.engagement.reminder"]._cron_engagement_remind()
            self.assertIn("Somebody else", logs.output[0])
        self.assertEqual(self._activities(), 3)
