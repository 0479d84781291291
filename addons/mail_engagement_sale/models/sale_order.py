import logging

from odoo import models
from odoo.http import request

from odoo.addons.mail_engagement.tools.why import why

_logger = logging.getLogger(__name__)

VIEWED = "sale.mt_order_viewed"


class SaleOrder(models.Model):
    """Has a customer's visit judged before anybody is told of it."""

    _inherit = "sale.order"

    def message_post(self, **kwargs):
        """Odoo says on its page for customers that the quotation was viewed, of whoever came.

        Where the visit may be judged, it is noted in the same transaction, and told by the cron
        that judges it. Whatever fails here, Odoo tells of it as always.
        """
        if kwargs.get("subtype_xmlid") == VIEWED and self._engagement_is_visited():
            try:
                with self.env.cr.savepoint():
                    visit = self.env["mail.engagement.visit"]._engagement_note(self, kwargs["body"])
                if visit:
                    return self.env["mail.message"]
            except Exception as error:
                _logger.error("A visit of order %s is not judged: %s", self.id, why(error))
        return super().message_post(**kwargs)

    def _engagement_is_visited(self):
        """Whether a customer has this quotation on their screen, in this very request."""
        return bool(
            request
            and len(self) == 1
            and request.env.user.share
            and self.env["res.company"]._engagement_is_on()
        )
