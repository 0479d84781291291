from odoo import fields, models

FOLLOW = [("follow", "Follow"), ("skip", "Do not follow")]


class MailMessage(models.Model):
    """Whether a message is followed, its template, and its recipients' rows."""

    _inherit = "mail.message"

    # No default, and no column default either: this is the largest table there is.
    engagement_follow = fields.Selection(
        FOLLOW, "Email Engagement", help="Empty: as the company has set it."
    )
    engagement_template_id = fields.Many2one(
        "mail.template", "From Template", index="btree_not_null", ondelete="set null"
    )
    engagement_tracking_ids = fields.One2many(
        "mail.engagement.tracking",
        "message_id",
        "Followed E-mails",
        groups="mail_engagement.group_user",
    )
