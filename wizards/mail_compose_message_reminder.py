from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.reminders.mail_engagement_reminder import CONDITIONS


class MailComposeMessage(models.TransientModel):
    """A reminder that is set with the e-mail. Not for many records at once: it would be as many."""

    _inherit = "mail.compose.message"

    engagement_reminder_condition = fields.Selection(CONDITIONS, "Remind Me")
    engagement_remind_at = fields.Datetime("Remind At")
    engagement_reminder_note = fields.Char("Reminder's Note")

    @api.onchange("engagement_reminder_condition", "engagement_is_followed")
    def _onchange_engagement_reminder(self):
        if not self.engagement_reminder_condition:
            return
        if not self.engagement_is_followed:
            self.engagement_reminder_condition = "anyway"
        if not self.engagement_remind_at:
            self.engagement_remind_at = self.env["mail.engagement.reminder"]._default_at()

    def _prepare_mail_values_static(self):
        values = super()._prepare_mail_values_static()
        if reminder := self._engagement_reminder():
            values["engagement_reminder"] = reminder
        return values

    def _engagement_reminder(self):
        """As ``message_post`` takes it; it may wait as JSON until a scheduled mail leaves.

        :rtype: dict
        """
        can_post = self.model and hasattr(self.env[self.model], "message_post")
        if not self.engagement_reminder_condition or self.composition_mode != "comment":
            return {}
        if not can_post or self.subtype_is_log:
            return {}
        leaves = fields.Datetime.to_datetime(self.scheduled_date) or fields.Datetime.now()
        if self.engagement_remind_at and self.engagement_remind_at <= leaves:
            raise UserError(self.env._("You want to be reminded before the e-mail leaves."))
        at = self.engagement_remind_at or self.env["mail.engagement.reminder"]._default_at()
        return {
            "condition": self.engagement_reminder_condition,
            "remind_at": fields.Datetime.to_string(at),
            "note": self.engagement_reminder_note,
        }
