from odoo import models


class MailThread(models.AbstractModel):
    """Notes the days of a document that goes: whoever read mails by it does not any more."""

    _inherit = "mail.thread"

    def unlink(self):
        if self.ids and self.env["res.company"]._engagement_is_on():
            stale = self.env["mail.engagement.day.stale"]
            stale._engagement_note_documents(self._name, self.ids)
        return super().unlink()
