from odoo import fields, models

from .mail_message import FOLLOW


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    engagement_follow = fields.Selection(
        FOLLOW,
        "Email Engagement",
        help="Empty: as the company has set it.",
        prefetch="engagement",
    )
