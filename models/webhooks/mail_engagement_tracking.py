from odoo import models


class MailEngagementTracking(models.Model):
    """Who else was told of a mail."""

    _inherit = "mail.engagement.tracking"

    def _engagement_deliveries(self):
        """What of these mails went to webhooks, or is to go, the oldest first.

        :rtype: mail.engagement.webhook.delivery
        """
        deliveries = self.env["mail.engagement.webhook.delivery"]
        return deliveries.search([("fact_id.tracking_id", "in", self.ids)], order="id")
