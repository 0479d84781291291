from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """Which edge answers a company's recipients, and whether it does::

        Odoo itself ──────────────────────────────────────► followed
        a relay ─┬─ answering ────────────────────────────► followed
                 ├─ silent (nothing heard for 10 minutes) ┐
                 ├─ relay_too_old, odoo_too_old           │
                 ├─ none (none paired, revoked, new code) ├► not followed, and said so
                 └─ lost (lost or stolen)                 ┘

    A relay that is gone leaves the company's choice as it is. Nothing falls back to Odoo's own
    address, which nobody may reach from outside.
    """

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
            if company._engagement_edge_state() in ("none", "lost"):
                raise ValidationError(
                    self.env._("Pair a relay first, and say at which address it answers.")
                )

    def _engagement_base_url(self):
        # sudo: any sender's mail points there.
        relay = self.sudo().engagement_relay_id
        if self.engagement_edge == "relay" and relay.url:
            return relay.url.rstrip("/")
        return super()._engagement_base_url()

    def _engagement_edge_state(self):
        """
        :return: ``odoo``, or of the relay: ``none``, ``answering``, ``silent``,
            ``relay_too_old``, ``odoo_too_old``, ``lost``
        :rtype: str
        """
        if self.engagement_edge == "odoo":
            return "odoo"
        # sudo: any sender's mail is followed or not by it.
        relay = self.sudo().engagement_relay_id
        if relay.state == "lost":
            return "lost"
        if relay.state != "paired" or not relay.url:
            return "none"
        if relay.health in ("relay_too_old", "odoo_too_old"):
            return relay.health
        return "silent" if relay.warned_at else "answering"

    def _engagement_unanswered(self):
        # sudo: any sender may know why their mail is not followed.
        trouble = self.sudo().engagement_relay_id.trouble
        return {
            "none": self.env._(
                "No relay is paired, so nobody would answer the recipients: new e-mails leave "
                "without being followed."
            ),
            "silent": self.env._(
                "The relay is silent, so links might lead nowhere: new e-mails leave without "
                "being followed until it is back."
            ),
            "relay_too_old": trouble,
            "odoo_too_old": trouble,
            "lost": self.env._(
                "The relay was lost or stolen: new e-mails leave without being followed until "
                "another one is paired."
            ),
        }.get(self._engagement_edge_state()) or super()._engagement_unanswered()

    def _engagement_take_relay(self, relay):
        """A relay has paired: it answers from now on, unless Odoo itself does so already.

        :param mail.engagement.relay relay: of this company
        """
        self.ensure_one()
        values = {}
        if self.engagement_relay_id.state != "paired" or self.engagement_relay_id == relay:
            values["engagement_relay_id"] = relay.id
        if not self.engagement_enabled:
            values["engagement_edge"] = "relay"
        self.write(values)
