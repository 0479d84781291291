from odoo import models


class MailEngagementDocumentMixin(models.AbstractModel):
    """A row about a mail leads back to the record that the mail was sent from.

    The row's ``model`` and ``res_id`` name that record.
    """

    _name = "mail.engagement.document.mixin"
    _description = "Document of an E-mail"

    def action_open_document(self):
        """Open the record that the mail was sent from."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
