from odoo import api, fields, models
from odoo.tools import SQL


class MailEngagementRatePast(models.Model):
    """Adds the opportunity's sales team."""

    _inherit = "mail.engagement.rate.past"

    team_id = fields.Many2one(
        "crm.team", "Sales Team", readonly=True, index="btree_not_null", ondelete="set null"
    )

    @api.model
    def _engagement_sender_names(self):
        return {*super()._engagement_sender_names(), "team_id"}

    @api.model
    def _engagement_team_columns(self):
        return {**super()._engagement_team_columns(), "team_id": SQL("lead.team_id")}

    @api.model
    def _engagement_line_joins(self):
        joins = super()._engagement_line_joins()
        return SQL("%s CROSS JOIN LATERAL (SELECT mail.team_id) lead", joins)
