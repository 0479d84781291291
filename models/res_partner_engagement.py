from odoo import api, models
from odoo.fields import Domain


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "mail.engagement.record.mixin"]

    @api.model
    def _engagement_key(self):
        return "partner_id", Domain("partner_id", "!=", False)
