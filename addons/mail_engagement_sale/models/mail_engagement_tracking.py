from odoo import models


class MailEngagementTracking(models.Model):
    """What happens to a quotation's e-mail is evidence on the visits of the quotation."""

    _inherit = "mail.engagement.tracking"

    def _engagement_counted(self):
        result = super()._engagement_counted()
        self.env["mail.engagement.visit"]._engagement_look_again(self)
        return result
