"""Two of a provider's requests, two real transactions: Odoo makes the later one again, quietly."""

import time

import psycopg2

from odoo.tests import BaseCase, tagged

from ...tools.delivery import DELIVERED, Report
from ..common import OwnTransaction


@tagged("post_install", "-at_install")
class TestHeardAtOnce(BaseCase):
    """Commits what it works on, and takes it away again."""

    def setUp(self):
        super().setUp()
        self.report = Report(DELIVERED, int(time.time()))
        with OwnTransaction() as env:
            values = {"provider": "brevo", "secret": "user:password"}
            self.provider = env["mail.engagement.provider"].create(values).id
            of_mail = {"uid": "f" * 20, "company_id": env.company.id}
            self.mail = env["mail.engagement.tracking"].create(of_mail).id
        self.addCleanup(self._clean)

    def _clean(self):
        with OwnTransaction() as env:
            self._provider(env).unlink()
            self._mail(env).unlink()

    def _provider(self, env):
        return env["mail.engagement.provider"].browse(self.provider)

    def _mail(self, env):
        return env["mail.engagement.tracking"].browse(self.mail)

    def _deliver(self, env):
        mail = self._mail(env)
        mail._engagement_deliver([(mail, self.report)])

    def test_what_is_known_already_waits_for_nobody(self):
        with OwnTransaction() as env:
            self._deliver(env)
        with OwnTransaction() as first, OwnTransaction() as second:
            first.cr.execute(
                "SELECT FROM mail_engagement_tracking WHERE id = %s FOR UPDATE", [self.mail]
            )
            self._deliver(second)

    def test_once_another_has_written(self):
        for name, note in {
            "that it is in touch": lambda env: self._provider(env)._engagement_heard(),
            "what became of one mail": self._deliver,
        }.items():
            with (
                self.subTest(note=name),
                self.assertNoLogs("odoo.sql_db", "ERROR"),
                self.assertRaises(psycopg2.errors.SerializationFailure),
                OwnTransaction() as late,
            ):
                late.cr.execute("SELECT 1")
                with OwnTransaction() as early:
                    note(early)
                note(late)
