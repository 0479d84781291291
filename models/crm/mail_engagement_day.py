from odoo import api, fields, models
from odoo.tools import SQL

from .mail_engagement_line_mixin import LEAD


class MailEngagementDay(models.Model):
    """Adds the opportunity's sales team."""

    _inherit = "mail.engagement.day"

    team_id = fields.Many2one(
        "crm.team", "Sales Team", readonly=True, index="btree_not_null", ondelete="set null"
    )

    @api.model
    def _engagement_people_columns(self):
        return {**super()._engagement_people_columns(), "team_id": SQL("lead.team_id")}

    @api.model
    def _engagement_people(self):
        return {*super()._engagement_people(), "team_id"}

    @api.model
    def _engagement_people_joins(self):
        return SQL("%s %s", super()._engagement_people_joins(), LEAD)
