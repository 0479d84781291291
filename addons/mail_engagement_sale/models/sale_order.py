import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import SQL

from odoo.addons.mail_engagement.tools.why import why

_logger = logging.getLogger(__name__)

VIEWED = "sale.mt_order_viewed"
# Days without a word or a sign that are silence; what is older is not waited for any more.
SILENT, GIVEN_UP = 3, 30


class SaleOrder(models.Model):
    """Has a customer's visit judged before anybody is told of it, and knows who went silent."""

    _name = "sale.order"
    _inherit = ["sale.order", "mail.engagement.record.mixin"]

    engagement_is_silent = fields.Boolean(
        "Gone Silent",
        compute="_compute_engagement_is_silent",
        search="_search_engagement_is_silent",
        groups="mail_engagement.group_user",
        help="Sent by e-mail within the last month, and for three days nobody answered it, nor was "
        "anybody seen opening, clicking or viewing anything.",
    )

    @api.model
    def _engagement_record_key(self):
        return "res_id", Domain("model", "=", self._name)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_engagement_is_silent(self):
        silent = self.search([("id", "in", self.ids), ("engagement_is_silent", "=", True)])
        for order in self:
            order.engagement_is_silent = order in silent

    @api.model
    def _search_engagement_is_silent(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        lately, before = now - timedelta(days=SILENT), now - timedelta(days=GIVEN_UP)
        silent = (
            Domain("state", "=", "sent")
            & self._engagement_having(
                SQL(
                    """MAX(sent_at) FILTER (WHERE state NOT IN ('failed', 'bounced'))
                           BETWEEN %(before)s AND %(lately)s
                   AND COALESCE(MAX(last_event_at) < %(lately)s, TRUE)
                   AND COALESCE(MAX(last_event_at) FILTER (WHERE reply_count > 0)
                                < MAX(sent_at), TRUE)""",
                    before=before,
                    lately=lately,
                ),
                # The indexes on the dates find them.
                Domain("sent_at", ">=", before) | Domain("last_event_at", ">=", before),
            )
            & ~self._engagement_visited_since(lately)
        )
        return silent if True in value else ~silent

    @api.model
    def _engagement_visited_since(self, since):
        """The quotations that a person viewed: what the chatter says to everybody.

        :rtype: Domain
        """
        self.env["mail.engagement.visit"].flush_model()
        return Domain.custom(
            to_sql=lambda _orders, alias, _query: SQL(
                """EXISTS (SELECT FROM mail_engagement_visit visit
                            WHERE visit.order_id = %s AND visit.verdict = 'human'
                              AND visit.happened_at >= %s)""",
                SQL.identifier(alias, "id"),
                since,
            )
        )

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
