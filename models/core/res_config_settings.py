from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The company's main switches."""

    _inherit = "res.config.settings"

    engagement_enabled = fields.Boolean(related="company_id.engagement_enabled", readonly=False)
    engagement_follow_default = fields.Boolean(
        related="company_id.engagement_follow_default", readonly=False
    )
    engagement_follow_attachments = fields.Boolean(
        related="company_id.engagement_follow_attachments", readonly=False
    )
    engagement_track_opens = fields.Boolean(
        related="company_id.engagement_track_opens", readonly=False
    )
    engagement_track_clicks = fields.Boolean(
        related="company_id.engagement_track_clicks", readonly=False
    )
    engagement_track_attachments = fields.Boolean(
        related="company_id.engagement_track_attachments", readonly=False
    )
    engagement_only_mailboxes = fields.Boolean(
        related="company_id.engagement_only_mailboxes", readonly=False
    )
