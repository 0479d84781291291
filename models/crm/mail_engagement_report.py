from odoo import api, models
from odoo.tools import SQL


class MailEngagementReport(models.Model):
    """Takes an opportunity's team from where it was written down."""

    _inherit = "mail.engagement.report"

    @api.model
    def _engagement_day_joins(self):
        joins = super()._engagement_day_joins()
        return SQL("%s CROSS JOIN LATERAL (SELECT event.team_id) lead", joins)
