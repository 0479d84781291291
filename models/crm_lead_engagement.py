from odoo import api, models
from odoo.fields import Domain


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "mail.engagement.record.mixin"]

    @api.model
    def _engagement_key(self):
        return "res_id", Domain("model", "=", self._name)
