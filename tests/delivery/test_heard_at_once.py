"""Two of a provider's requests, two real transactions: Odoo makes the later one again, quietly."""

import psycopg2

from odoo.tests import BaseCase, tagged

from ..common import OwnTransaction


@tagged("post_install", "-at_install")
class TestHeardAtOnce(BaseCase):
    """Commits what it works on, and takes it away again."""

    def setUp(self):
        super().setUp()
        with OwnTransaction() as env:
            values = {"provider": "brevo", "secret": "user:password"}
            self.provider = env["mail.engagement.provider"].create(values).id
        self.addCleanup(self._clean)

    def _clean(self):
        with OwnTransaction() as env:
            self._of(env).unlink()

    def _of(self, env):
        return env["mail.engagement.provider"].browse(self.provider)

    def test_once_another_has_written(self):
        with (
            self.assertNoLogs("odoo.sql_db", "ERROR"),
            self.assertRaises(psycopg2.errors.SerializationFailure),
            OwnTransaction() as late,
        ):
            late.cr.execute("SELECT 1")
            with OwnTransaction() as early:
                self._of(early)._engagement_heard()
            self._of(late)._engagement_heard()
