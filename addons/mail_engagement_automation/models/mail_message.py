from odoo import api, models


class MailMessage(models.Model):
    """What a rule writes is known as the rule's."""

    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        self.env["mail.engagement.automation.mail"]._engagement_note(messages)
        return messages
