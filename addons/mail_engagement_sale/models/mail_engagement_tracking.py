from odoo import api, models
from odoo.tools import SQL


class MailEngagementTracking(models.Model):
    """What happens to a quotation's e-mail is evidence on the visits of the quotation."""

    _inherit = "mail.engagement.tracking"

    def _engagement_counted(self):
        result = super()._engagement_counted()
        self.env["mail.engagement.visit"]._engagement_look_again(self)
        return result

    @api.model
    def _engagement_held_sql(self):
        """And visits of its quotation, which go at the age of events."""
        visit = SQL(
            "EXISTS (SELECT FROM mail_engagement_visit visit WHERE visit.tracking_id = mail.id)"
        )
        return [*super()._engagement_held_sql(), visit]
