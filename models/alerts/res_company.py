from odoo import fields, models

OFFLINE = [("nothing", "Nothing"), ("mail", "E-mail"), ("push", "Push notification")]


class ResCompany(models.Model):
    """Whether a company's users are alerted, and how while they have Odoo closed."""

    _inherit = "res.company"

    engagement_alerts = fields.Boolean("Alerts", default=True, prefetch="engagement")
    engagement_alert_offline = fields.Selection(
        OFFLINE,
        "While Odoo Is Closed",
        default="nothing",
        required=True,
        prefetch="engagement",
    )
