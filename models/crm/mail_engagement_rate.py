from odoo import api, fields, models
from odoo.tools import SQL

from .mail_engagement_report import LEAD, TEAM


class MailEngagementRate(models.Model):
    """Adds the sales team, as to the analysis."""

    _inherit = "mail.engagement.rate"
    _depends = {"crm.lead": ["team_id"], "res.users": ["sale_team_id"]}

    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)

    @api.model
    def _engagement_rate_columns(self):
        return {**super()._engagement_rate_columns(), "team_id": TEAM}

    @api.model
    def _engagement_rate_from(self):
        return SQL("%s %s", super()._engagement_rate_from(), LEAD)
