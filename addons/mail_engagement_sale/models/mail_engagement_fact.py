from odoo import fields, models

from odoo.addons.mail_engagement.relay.engagement_relay.protocol.token import Policy


class MailEngagementFact(models.Model):
    """A person's visit of a quotation is something that others act on."""

    _inherit = "mail.engagement.fact"

    kind = fields.Selection(
        selection_add=[("quotation", "Quotation viewed")], ondelete={"quotation": "cascade"}
    )

    def _engagement_news(self):
        """A visit by a link is told of for as long as a click on it might be recorded."""
        mail = self.tracking_id
        if self.kind == "quotation":
            if mail._engagement_decided()[mail]["click"].level < Policy.NO_IP:
                return None
        return super()._engagement_news()
