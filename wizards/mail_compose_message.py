from odoo import fields, models

from ..models.sending.mail_message import FOLLOW


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    engagement_follow = fields.Selection(
        FOLLOW, "Email Engagement", help="Empty: as the company has set it."
    )

    def _prepare_mail_values_static(self):
        return {
            **super()._prepare_mail_values_static(),
            "engagement_follow": self.engagement_follow,
            "engagement_template_id": self.template_id.id,
        }
