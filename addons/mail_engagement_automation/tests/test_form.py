"""An administrator makes a rule, in the browser."""

from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestForm(HttpCase):
    def test_triggers(self):
        """Ours stand beside Odoo's in its drop-down, and both can be chosen."""
        self.start_tour("/odoo/automations/new", "mail_engagement_automation_rule", login="admin")
        rule = self.env["base.automation"].search([("name", "=", "Read our prices")])
        self.assertEqual(rule.trigger, "on_engagement")
        self.assertEqual((rule.engagement_kind, rule.engagement_link), ("click", "*/pricing*"))
