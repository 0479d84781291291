from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The windows of the judge, as the company has set them."""

    _inherit = "res.config.settings"

    engagement_open_window = fields.Integer(
        related="company_id.engagement_open_window", readonly=False
    )
    engagement_click_window = fields.Integer(
        related="company_id.engagement_click_window", readonly=False
    )
    engagement_open_instant = fields.Integer(
        related="company_id.engagement_open_instant", readonly=False
    )
    engagement_click_instant = fields.Integer(
        related="company_id.engagement_click_instant", readonly=False
    )
    engagement_untraced_window = fields.Integer(
        related="company_id.engagement_untraced_window", readonly=False
    )
