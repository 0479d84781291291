from odoo import api, fields, models
from odoo.tools import SQL

# The opportunity that a mail was sent from.
LEAD = SQL("LEFT JOIN crm_lead lead ON mail.model = 'crm.lead' AND lead.id = mail.res_id")


class MailEngagementLineMixin(models.AbstractModel):
    """Adds the sales team: that of the opportunity, else that of the sender."""

    _inherit = "mail.engagement.line.mixin"
    _depends = {"crm.lead": ["team_id"], "res.users": ["sale_team_id"]}

    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)

    @api.model
    def _engagement_line_columns(self):
        columns = super()._engagement_line_columns()
        return {**columns, "team_id": SQL("COALESCE(lead.team_id, seller.sale_team_id)")}

    @api.model
    def _engagement_line_joins(self):
        return SQL("%s %s", super()._engagement_line_joins(), LEAD)
