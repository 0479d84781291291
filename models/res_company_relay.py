from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..relay.engagement_relay.protocol.token import Policy

RETENTION_DAYS = 365


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

    def write(self, vals):
        result = super().write(vals)
        if any(name.startswith("engagement_") for name in vals):
            self.env["mail.engagement.state"]._engagement_raise(self)
        return result

    def _engagement_base_url(self):
        # sudo: any sender's mail points there.
        relay = self.sudo().engagement_relay_id
        if self.engagement_edge == "relay" and relay.url:
            return relay.url.rstrip("/")
        return super()._engagement_base_url()

    def _engagement_retention_days(self):
        """Tokens older than this are answered and not recorded."""
        return self.engagement_event_days or RETENTION_DAYS

    def _engagement_max_policy(self):
        """The most that may be recorded today, whatever a token says.

        :rtype: Policy
        """
        return Policy.FULL

    def _engagement_honoured(self):
        """:rtype: list[str], of gpc and dnt: whoever sends that header is not recorded"""
        return []

    def _engagement_knowledge(self):
        """The networks and agents that a relay classifies by; None: those that it ships.

        :rtype: Knowledge | None
        """
        return None
