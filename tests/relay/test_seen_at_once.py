"""Two workers, two real transactions: a relay's requests are noted once, and nobody fails."""

from odoo.tests import BaseCase, tagged

from ..common import OwnTransaction


@tagged("post_install", "-at_install")
class TestSeenAtOnce(BaseCase):
    """Commits what it works on, and takes it away again."""

    def setUp(self):
        super().setUp()
        with OwnTransaction() as env:
            self.relay = env["mail.engagement.relay"].create({"name": "Edge"}).id
        self.addCleanup(self._clean)

    def _clean(self):
        with OwnTransaction() as env:
            self._of(env).unlink()

    def _of(self, env):
        return env["mail.engagement.relay"].browse(self.relay)

    def test_while_another_is_about_to_write(self):
        with OwnTransaction() as first, OwnTransaction() as second:
            self._of(first)._engagement_seen(1)
            self._of(second)._engagement_seen(2)
        with OwnTransaction() as env:
            self.assertEqual(self._of(env).spool_depth, 1)

    def test_once_another_has_written(self):
        """Its snapshot is from before that, so PostgreSQL lets it write no more."""
        with OwnTransaction() as late, self.assertNoLogs("odoo.sql_db", "ERROR"):
            late.cr.execute("SELECT 1")
            with OwnTransaction() as early:
                self._of(early)._engagement_seen(1)
            self._of(late)._engagement_seen(2)
        with OwnTransaction() as env:
            self.assertEqual(self._of(env).spool_depth, 1)
