from odoo import models


class ResPartner(models.Model):
    """What is held on a person: their visits of quotations as well."""

    _inherit = "res.partner"

    def _engagement_export(self):
        # sudo: the person has a right to visits, too, that the user may not read.
        visits = self.env["mail.engagement.visit"].sudo()
        mine = self.env["mail.engagement.tracking"].sudo().search(self._engagement_held_domain())
        return {
            **super()._engagement_export(),
            "visits": [
                {
                    "quotation": visit.order_id.name,
                    "happened_at": visit.happened_at.isoformat(),
                    "verdict": visit.verdict or None,
                    "reason": visit._engagement_reason() or None,
                    "seen": visit.seen,
                }
                for visit in visits.search([("tracking_id", "in", mine.ids)], order="id")
            ],
        }
