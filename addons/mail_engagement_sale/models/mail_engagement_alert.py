from urllib.parse import urlsplit

from odoo import models


class MailEngagementAlert(models.Model):
    """A click that leads to the quotation is told as what it was for."""

    _inherit = "mail.engagement.alert"

    def _engagement_order(self):
        """:return: “Quotation S00042”, where a click led to it; else nothing"""
        tracking = self.tracking_id
        # sudo: who may read the mail may know what it links to, and of which order it was.
        link = self.event_id.sudo().link_id
        # Odoo's own way to the record of the mail, whatever its button says.
        if tracking.model != "sale.order" or urlsplit(link.url or "").path != "/mail/view":
            return None
        order = self.env["sale.order"].sudo().browse(tracking.res_id).exists()
        return f"{order.type_name} {order.name}" if order else None

    def _engagement_deed(self):
        order = self._engagement_order()
        return self.env._("viewed “%s”", order) if order else super()._engagement_deed()

    def _engagement_alert_text(self):
        order = self._engagement_order()
        if not order:
            return super()._engagement_alert_text()
        return self.env._(
            "%(who)s viewed “%(what)s”",
            who=self.tracking_id._engagement_recipient_name() or self.env._("Somebody"),
            what=order,
        )
