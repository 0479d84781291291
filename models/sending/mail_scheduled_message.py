from odoo import api, models


class MailScheduledMessage(models.Model):
    """Keeps the choice to follow, and the template, of a mail that leaves later."""

    _inherit = "mail.scheduled.message"

    @api.model
    def _notification_parameters_whitelist(self):
        return super()._notification_parameters_whitelist() | {
            "engagement_follow",
            "engagement_template_id",
        }
