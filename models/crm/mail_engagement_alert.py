from odoo import api, models
from odoo.tools import SQL


class MailEngagementAlert(models.Model):
    """Alerts also reach the sender's colleagues in the same sales teams."""

    _inherit = "mail.engagement.alert"

    @api.model
    def _engagement_colleagues_sql(self):
        """Members and leaders of the sender's sales teams."""
        return SQL(
            """EXISTS (
               SELECT FROM crm_team_member theirs
                 JOIN res_users author ON author.id = theirs.user_id
                 JOIN crm_team team ON team.id = theirs.crm_team_id AND team.active
                WHERE theirs.active AND author.partner_id = tracking.author_id
                  AND (team.user_id = person.id OR EXISTS (
                      SELECT FROM crm_team_member mine
                       WHERE mine.active AND mine.user_id = person.id
                         AND mine.crm_team_id = theirs.crm_team_id)))"""
        )
