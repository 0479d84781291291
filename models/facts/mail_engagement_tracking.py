from odoo import fields, models


class MailEngagementTracking(models.Model):
    """What people did with a mail becomes facts that others act on."""

    _inherit = "mail.engagement.tracking"

    fact_ids = fields.One2many("mail.engagement.fact", "tracking_id", "Facts")
    are_facts_over = fields.Boolean(
        readonly=True,
        help="Facts were deleted with age: none is made any more, as it might be one of those.",
    )

    def _engagement_happened(self, events):
        result = super()._engagement_happened(events)
        self.env["mail.engagement.fact"]._engagement_add_events(events)
        return result
