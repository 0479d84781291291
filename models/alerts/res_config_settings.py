from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The company's choices about alerts."""

    _inherit = "res.config.settings"

    engagement_alerts = fields.Boolean(related="company_id.engagement_alerts", readonly=False)
    engagement_alert_offline = fields.Selection(
        related="company_id.engagement_alert_offline", readonly=False
    )
