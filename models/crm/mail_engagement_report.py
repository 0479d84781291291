from odoo import api, fields, models
from odoo.tools import SQL

# The opportunity that a mail was sent from, and whose team a line is.
LEAD = SQL("LEFT JOIN crm_lead lead ON mail.model = 'crm.lead' AND lead.id = mail.res_id")
TEAM = SQL("COALESCE(lead.team_id, seller.sale_team_id)")


class MailEngagementReport(models.Model):
    """Adds the sales team: that of the opportunity, else that of the sender."""

    _inherit = "mail.engagement.report"
    _depends = {"crm.lead": ["team_id"], "res.users": ["sale_team_id"]}

    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)

    @api.model
    def _engagement_report_columns(self):
        columns = super()._engagement_report_columns()
        return {**columns, "team_id": TEAM}

    @api.model
    def _engagement_report_from(self):
        return SQL("%s %s", super()._engagement_report_from(), LEAD)
