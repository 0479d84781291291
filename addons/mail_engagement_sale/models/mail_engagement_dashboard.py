from odoo import api, models
from odoo.fields import Domain


class MailEngagementDashboard(models.AbstractModel):
    """Where the day begins: who went silent after a quotation."""

    _inherit = "mail.engagement.dashboard"

    @api.model
    def _engagement_cards(self, scope):
        cards = super()._engagement_cards(scope)
        if not self.env["sale.order"].has_access("read"):
            return cards
        first, *others = cards
        return [first, self._engagement_silent_card(scope), *others]

    @api.model
    def _engagement_silent_card(self, scope):
        card = self._engagement_card(
            "silent",
            self.env["sale.order"],
            Domain("engagement_is_silent", "=", True) & self._engagement_own(scope, "user_id"),
            "date_order DESC, id DESC",
            "sale.action_quotations",
            title=self.env._("Silent after a quotation"),
            empty=self.env._("Nobody went silent after a quotation."),
            icon="fa-file-text-o",
        )
        orders = card.pop("records")
        newest = self._engagement_newest(orders)
        return {
            **card,
            "lines": [
                {
                    "id": order.id,
                    "link": f"sale.order/{order.id}",
                    "title": self._engagement_joined(order.name, order.partner_id.display_name),
                    "text": newest[order.id]._engagement_so_far(),
                    "at": newest[order.id].sent_at,
                }
                for order in orders
            ],
        }

    @api.model
    def _engagement_newest(self, orders):
        """
        :return: by the orders' ids, the last e-mail of each
        :rtype: dict[int, mail.engagement.tracking]
        """
        mails = self.env["mail.engagement.tracking"].search(
            [("model", "=", "sale.order"), ("res_id", "in", orders.ids)], order="sent_at, id"
        )
        return {mail.res_id: mail for mail in mails}
