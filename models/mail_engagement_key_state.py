from odoo import api, models


class MailEngagementKey(models.Model):
    _inherit = "mail.engagement.key"

    @api.model_create_multi
    def create(self, vals_list):
        keys = super().create(vals_list)
        keys._engagement_tell_relays()
        return keys

    def write(self, vals):
        result = super().write(vals)
        self._engagement_tell_relays()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_tells_relays(self):
        self._engagement_tell_relays()

    def _engagement_tell_relays(self):
        self.env["mail.engagement.state"]._engagement_raise(self.company_id)
