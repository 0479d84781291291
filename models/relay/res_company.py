from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    engagement_relay_id = fields.Many2one(
        "mail.engagement.relay",
        "Relay",
        ondelete="set null",
        groups="base.group_system",
        help="Where the pixels and links of new e-mails point.",
        prefetch="engagement",
    )

    @api.constrains("engagement_enabled", "engagement_edge", "engagement_relay_id")
    def _check_engagement_relay(self):
        for company in self.filtered("engagement_enabled"):
            relay = company.engagement_relay_id
            if company.engagement_edge == "relay" and (relay.state != "paired" or not relay.url):
                raise ValidationError(
                    self.env._("Pair a relay first, and say at which address it answers.")
                )

    def _engagement_base_url(self):
        # sudo: any sender's mail points there.
        relay = self.sudo().engagement_relay_id
        if self.engagement_edge == "relay" and relay.url:
            return relay.url.rstrip("/")
        return super()._engagement_base_url()
