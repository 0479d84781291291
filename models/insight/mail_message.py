from odoo import models


class MailMessage(models.Model):
    """Notes the days of mails whose messages stand on another document now: on one of another
    team, or that others may read."""

    _inherit = "mail.message"

    def _engagement_move(self, document):
        stale = self.env["mail.engagement.day.stale"]
        for model, mails in self.engagement_tracking_ids.filtered("model").grouped("model").items():
            stale._engagement_note_documents(model, mails.mapped("res_id"))
        # While they are there: a message may be moved to no document.
        stale._engagement_note_waiting()
        return super()._engagement_move(document)
