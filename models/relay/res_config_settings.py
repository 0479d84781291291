from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    """Which edge answers for the company, and how its relay is."""

    _inherit = "res.config.settings"

    engagement_edge = fields.Selection(
        related="company_id.engagement_edge", readonly=False, required=True
    )
    engagement_relay_id = fields.Many2one(
        related="company_id.engagement_relay_id",
        readonly=False,
        domain="[('company_id', '=', company_id), ('state', '=', 'paired')]",
    )
    engagement_relay_health = fields.Selection(related="engagement_relay_id.health")
    engagement_relay_seen = fields.Datetime(related="engagement_relay_id.last_seen_at")
    engagement_unanswered = fields.Char(
        "Why Nobody Answers", compute="_compute_engagement_unanswered"
    )
    engagement_relay_depth = fields.Integer(related="engagement_relay_id.spool_depth")

    @api.depends("company_id", "engagement_edge", "engagement_relay_id")
    def _compute_engagement_unanswered(self):
        for settings in self:
            company = settings.company_id
            settings.engagement_unanswered = (
                company.engagement_enabled and company._engagement_unanswered()
            )

    def action_engagement_pair_relay(self):
        """Open a relay that waits to be paired, with the code to type on its host."""
        relay = self.env["mail.engagement.relay"]._engagement_waiting(self.env.company)
        return {
            "type": "ir.actions.act_window",
            "res_model": "mail.engagement.relay",
            "res_id": relay.id,
            "view_mode": "form",
            "name": self.env._("Pair a Relay"),
        }
