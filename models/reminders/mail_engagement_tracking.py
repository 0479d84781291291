from odoo import models


class MailEngagementTracking(models.Model):
    _inherit = "mail.engagement.tracking"

    def action_engagement_remind(self):
        """From the list of followed e-mails."""
        self.ensure_one()
        return self.message_id.action_engagement_remind()

    def _engagement_reminders(self):
        """:rtype: mail.engagement.reminder, of everybody; call it with sudo"""
        names = [name for name in self.mapped("rfc_message_id") if name]
        return self.env["mail.engagement.reminder"].search([("rfc_message_id", "in", names)])

    def _engagement_forget_notes(self):
        """What was noted about their mails, and what activities say of them."""
        reminders = self._engagement_reminders()
        reminders.note = False
        reminders.activity_id.note = False
