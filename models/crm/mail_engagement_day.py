from odoo import api, fields, models
from odoo.tools import SQL

from ..insight.mail_engagement_day import BY_PEOPLE, Cut
from .mail_engagement_line_mixin import LEAD


class MailEngagementDay(models.Model):
    """Adds the opportunity's sales team."""

    _inherit = "mail.engagement.day"

    team_id = fields.Many2one(
        "crm.team", "Sales Team", readonly=True, index="btree_not_null", ondelete="set null"
    )

    @api.model
    def _engagement_cuts(self):
        cuts = super()._engagement_cuts()
        people = cuts[BY_PEOPLE]
        names = {**people.names, "team_id": {"author_id", "team_id"}}
        return {**cuts, BY_PEOPLE: Cut(names, {**people.columns, "team_id": SQL("lead.team_id")})}

    @api.model
    def _engagement_mail_joins(self):
        return SQL("%s %s", super()._engagement_mail_joins(), LEAD)
