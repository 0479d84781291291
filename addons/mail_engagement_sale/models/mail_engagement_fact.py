from odoo import fields, models


class MailEngagementFact(models.Model):
    """A person's visit of a quotation is something that others act on."""

    _inherit = "mail.engagement.fact"

    kind = fields.Selection(
        selection_add=[("quotation", "Quotation viewed")], ondelete={"quotation": "cascade"}
    )
