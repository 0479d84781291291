from odoo import api, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.constrains("engagement_enabled")
    def _check_engagement_permission(self):
        """What was revoked is not switched on behind the back of whoever revoked it."""
        permissions = self.env["mail.engagement.permission"]
        for company in self.filtered("engagement_enabled"):
            if permissions._engagement_state(company) == "revoked":
                raise ValidationError(
                    self.env._("Permissions were revoked. Grant them again before switching on.")
                )
