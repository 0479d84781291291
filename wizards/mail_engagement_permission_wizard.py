from odoo import api, fields, models


class MailEngagementPermissionWizard(models.TransientModel):
    """What the edge will do and see, to be granted or revoked, and what comes after."""

    _name = "mail.engagement.permission.wizard"
    _description = "Permissions"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    edge = fields.Selection(
        [("odoo", "Odoo itself"), ("relay", "A relay")],
        "Who answers recipients",
        required=True,
        default=lambda self: self._default_edge(),
    )
    state = fields.Selection(
        [("ask", "Asked"), ("granted", "Granted"), ("revoked", "Revoked")],
        compute="_compute_state",
        store=True,
        readonly=False,
    )
    is_fresh = fields.Boolean(help="Granted a moment ago, on this page.")
    text = fields.Html(compute="_compute_text", sanitize=False)
    relay_id = fields.Many2one(
        "mail.engagement.relay", compute="_compute_relay_id", store=True, readonly=False
    )
    pairing_code = fields.Char(related="relay_id.pairing_code", string="Pairing Code")
    command = fields.Char(related="relay_id.command")
    relay_state = fields.Selection(related="relay_id.state", string="Relay Is")

    @api.model
    def _default_edge(self):
        last = self.env["mail.engagement.permission"]._engagement_last(self.env.company)
        return last.edge or self.env.company.engagement_edge

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Permissions")

    @api.depends("company_id")
    def _compute_relay_id(self):
        """The relay that was asked for before: an administrator may come back for its code."""
        for wizard in self:
            wizard.relay_id = wizard.state == "granted" and self.env[
                "mail.engagement.relay"
            ].search(
                [("company_id", "=", wizard.company_id.id), ("state", "!=", "revoked")], limit=1
            )

    @api.depends("company_id")
    def _compute_state(self):
        permissions = self.env["mail.engagement.permission"]
        for wizard in self:
            known = permissions._engagement_grant_state(wizard.company_id)
            wizard.state = known if known in ("granted", "revoked") else "ask"

    @api.depends("edge")
    @api.depends_context("lang")
    def _compute_text(self):
        for wizard in self:
            wizard.text = self.env["ir.qweb"]._render(
                "mail_engagement.permission_text", {"edge": wizard.edge}
            )

    def action_accept(self):
        """Grant, and go on to the page that says so, with a relay's pairing code."""
        self.ensure_one()
        self.env["mail.engagement.permission"].grant(self.company_id, self.edge)
        self.write({"state": "granted", "is_fresh": True, "relay_id": self._engagement_relay().id})
        return True

    def action_revoke(self):
        """Take the permissions back: nothing is followed any more, relays are let go."""
        self.ensure_one()
        self.env["mail.engagement.permission"].revoke(self.company_id)
        self.write({"state": "revoked", "is_fresh": False, "relay_id": False})
        return True

    def action_ask(self):
        """Back to the list, to choose the other edge or to grant again."""
        self.write({"state": "ask", "is_fresh": False, "relay_id": False})
        return True

    def action_refresh(self):
        """Look whether the relay has paired meanwhile."""
        return True

    def action_settings(self):
        """On to the switch."""
        return self.env["ir.actions.actions"]._for_xml_id(
            "mail_engagement.mail_engagement_settings_action"
        )

    def _engagement_relay(self):
        """The relay that waits to be paired, where one is wanted and none is paired."""
        relays = self.env["mail.engagement.relay"]
        paired = relays.search(
            [("company_id", "=", self.company_id.id), ("state", "=", "paired")], limit=1
        )
        if self.edge != "relay" or paired:
            return paired
        return relays._engagement_waiting(self.company_id)
