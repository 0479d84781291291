from urllib.parse import urlsplit

from odoo import models


class MailEngagementAlert(models.Model):
    """A click that leads to the quotation is told as what it was for."""

    _inherit = "mail.engagement.alert"

    def _engagement_alert_text(self):
        tracking = self.tracking_id
        # sudo: who may read the mail may know what it links to, and of which order it was.
        link = self.event_id.sudo().link_id
        # Odoo's own way to the record of the mail, whatever its button says.
        if tracking.model == "sale.order" and urlsplit(link.url or "").path == "/mail/view":
            order = self.env["sale.order"].sudo().browse(tracking.res_id).exists()
            if order:
                return self.env._(
                    "%(who)s viewed “%(what)s”",
                    who=tracking._engagement_recipient_name() or self.env._("Somebody"),
                    what=f"{order.type_name} {order.name}",
                )
        return super()._engagement_alert_text()
