from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The company's choices about how much may be known of people."""

    _inherit = "res.config.settings"

    engagement_policy = fields.Selection(
        related="company_id.engagement_policy", readonly=False, required=True
    )
    engagement_max_policy = fields.Selection(
        related="company_id.engagement_max_policy", readonly=False, required=True
    )
    engagement_honour_gpc = fields.Boolean(
        related="company_id.engagement_honour_gpc", readonly=False
    )
    engagement_honour_dnt = fields.Boolean(
        related="company_id.engagement_honour_dnt", readonly=False
    )
