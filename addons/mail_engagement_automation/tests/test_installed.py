"""Nobody has to look for what joins two addons."""

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestInstalled(TransactionCase):
    def test_it_installs_itself_beside_both(self):
        module = self.env["ir.module.module"].search([("name", "=", "mail_engagement_automation")])
        self.assertEqual((module.state, module.auto_install), ("installed", True))
