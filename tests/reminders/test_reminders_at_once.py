"""Two workers, two real transactions: a reminder comes once."""

from odoo import SUPERUSER_ID, api, fields
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, get_db_name, tagged

LOGGER = "odoo.addons.mail_engagement.models.reminders.mail_engagement_reminder"


@tagged("post_install", "-at_install")
class TestRemindersAtOnce(BaseCase):
    """Commits what it works on, and takes it away again."""

    def setUp(self):
        super().setUp()
        with self._env() as env:
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
        with self._env() as env:
            env["mail.engagement.reminder"].browse(self.ids).unlink()
            env["res.partner"].browse(self.partner).unlink()

    def _env(self):
        return _Environment()

    def _activities(self):
        with self._env() as env:
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
        with self._env() as first, self._env() as second:
            # Both have their snapshot before either of them has written.
            first.cr.execute("SELECT 1")
            second.cr.execute("SELECT 1")
            self.assertEqual(self._bring(first), 3)
            first.flush_all()
            self.assertEqual(self._bring(second), 0)
        with self._env() as third:
            self.assertEqual(self._bring(third), 0)
        self.assertEqual(self._activities(), 3)

    def test_a_worker_that_looked_before_the_other_was_done(self):
        """Its snapshot still says waiting: PostgreSQL refuses it, and it tries again later."""
        with self._env() as late:
            late.cr.execute("SELECT 1")
            with self._env() as early:
                self.assertEqual(self._bring(early), 3)
            with self.assertLogs(LOGGER) as logs:
                late["mail.engagement.reminder"]._cron_engagement_remind()
            self.assertIn("Somebody else", logs.output[0])
        self.assertEqual(self._activities(), 3)


class _Environment:
    """An environment in a transaction of its own, committed at the end."""

    def __enter__(self):
        self.cr = db_connect(get_db_name()).cursor()
        # Whoever waits for the other has not left its rows alone.
        self.cr.execute("SET LOCAL lock_timeout = '5s'")
        return api.Environment(self.cr, SUPERUSER_ID, {})

    def __exit__(self, failure, *_):
        if not failure:
            self.cr.commit()
        self.cr.close()
