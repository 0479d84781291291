from odoo import models


class MailMessage(models.Model):
    """Notes the days of mails whose messages stand on another document now: on one of another
    team, or that others may read."""

    _inherit = "mail.message"

    def _engagement_move(self, document):
        result = super()._engagement_move(document)
        stale = self.env["mail.engagement.day.stale"]
        stale._engagement_note_documents(document["model"], [document["res_id"]])
        return result
