"""A salesperson at their menu of alerts, and at their preferences."""

from odoo.tests import HttpCase, tagged

from ..common import observed
from .test_alerts import AlertCase


@tagged("post_install", "-at_install")
class TestAlertTours(AlertCase, HttpCase):
    def test_menu(self):
        observed(self.tracking, "open")
        observed(self.tracking, "click")
        self.start_tour("/odoo", "mail_engagement_alerts", login="anna")
        alerts = self.env["mail.engagement.alert"].search([("user_id", "=", self.anna.id)])
        self.assertEqual(alerts.mapped("is_read"), [True, True])

    def test_preferences(self):
        self.start_tour("/odoo", "mail_engagement_alert_preferences", login="anna")
        self.anna.invalidate_recordset()
        self.assertFalse(self.anna.engagement_alert_open)
        self.assertEqual(self.anna.engagement_alert_scope, "team")
