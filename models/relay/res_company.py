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

    A relay that pairs and that nobody has decided about is *offered*: a person is asked once
    whether it answers the recipients from now on. Whoever sets the edge or the relay has decided.
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
    engagement_offered_relay_id = fields.Many2one(
        "mail.engagement.relay",
        "Offered Relay",
        ondelete="set null",
        copy=False,
        groups="base.group_system",
        help="Paired, and nobody has said yet whether it answers the recipients.",
        prefetch="engagement",
    )
    engagement_relay_expected = fields.Boolean(
        "Relay Expected",
        copy=False,
        help="A relay was chosen before one was paired: it answers once it is.",
        prefetch="engagement",
    )

    def write(self, vals):
        """Whoever sets the edge or the relay has decided: nothing is offered or expected then."""
        if {"engagement_edge", "engagement_relay_id"} & vals.keys():
            decided = {"engagement_offered_relay_id": False, "engagement_relay_expected": False}
            vals = {**decided, **vals}
        return super().write(vals)

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
        """A relay has paired. It answers where a relay was chosen and none is there; else it is
        offered. What answers already goes on until somebody has decided.

        :param mail.engagement.relay relay: of this company
        """
        self.ensure_one()
        current = self.engagement_relay_id
        offered = self.engagement_offered_relay_id
        is_alone = current.state != "paired" or current in (relay, offered)
        is_chosen = self.engagement_relay_expected or (
            self.engagement_edge == "relay" and not offered
        )
        values = {}
        if is_alone:
            values["engagement_relay_id"] = relay.id
        if is_chosen or not self.engagement_enabled:
            values["engagement_edge"] = "relay"
        if not (is_chosen and (is_alone or current.url == relay.url)):
            values["engagement_offered_relay_id"] = relay.id
        self.write(values)

    def _engagement_offered_relay(self):
        """:return: the relay that is paired and that nobody has decided about, or none"""
        # sudo: everybody may know what the set-up waits for.
        return self.sudo().engagement_offered_relay_id.filtered(lambda it: it.state == "paired")

    def _engagement_ask_about_relay(self):
        """:return: the action of the page that asks whether the offered relay answers"""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "mail_engagement.mail_engagement_permission_wizard_action"
        )
        return {**action, "context": {"default_company_id": self.id}}

    def _engagement_choose_edge(self, edge):
        """Somebody has said who answers from now on: a relay, once it is paired.

        :param str edge: odoo or relay
        """
        if edge == "odoo" or self.engagement_relay_id.state == "paired":
            self.engagement_edge = edge
        else:
            self.engagement_relay_expected = True

    def _engagement_choose_offered(self):
        """The offered relay answers from now on."""
        self.write(
            {"engagement_relay_id": self.engagement_offered_relay_id.id, "engagement_edge": "relay"}
        )

    def _engagement_decline_offered(self):
        """The offered relay does not answer: what was before it does, another relay or Odoo."""
        if self.engagement_relay_id == self.engagement_offered_relay_id:
            self.engagement_edge = "odoo"
        self.engagement_offered_relay_id = False
