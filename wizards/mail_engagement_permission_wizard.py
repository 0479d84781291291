from odoo import api, fields, models


class MailEngagementPermissionWizard(models.TransientModel):
    """What the edge will do and see, to be granted or revoked, and what comes after.

    A relay that has paired is asked about here, and nowhere else: yes grants it the list below.
    """

    _name = "mail.engagement.permission.wizard"
    _description = "Permissions"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    edge = fields.Selection(
        [("odoo", "Odoo itself"), ("relay", "A relay")],
        "Who answers recipients",
        compute="_compute_edge",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    state = fields.Selection(
        [
            ("offered", "A relay is offered"),
            ("ask", "Asked"),
            ("granted", "Granted"),
            ("revoked", "Revoked"),
        ],
        compute="_compute_state",
        store=True,
        readonly=False,
    )
    is_fresh = fields.Boolean(help="Granted a moment ago, on this page.")
    text = fields.Html(compute="_compute_text", sanitize=False)
    offered_relay_id = fields.Many2one(
        "mail.engagement.relay",
        compute="_compute_offered_relay_id",
        store=True,
        precompute=True,
    )
    question = fields.Char(compute="_compute_question")
    otherwise = fields.Char(compute="_compute_question")
    relay_id = fields.Many2one(
        "mail.engagement.relay", compute="_compute_relay_id", store=True, readonly=False
    )
    pairing_code = fields.Char(related="relay_id.pairing_code", string="Pairing Code")
    command = fields.Char(related="relay_id.command")
    relay_state = fields.Selection(related="relay_id.state", string="Relay Is")
    relay_name = fields.Char(related="relay_id.name")
    relay_url = fields.Char(related="relay_id.url")

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
    def _compute_offered_relay_id(self):
        for wizard in self:
            wizard.offered_relay_id = wizard.company_id._engagement_offered_relay()

    @api.depends("company_id", "offered_relay_id")
    def _compute_edge(self):
        """What is asked about, else what was granted last, else who answers."""
        permissions = self.env["mail.engagement.permission"]
        for wizard in self:
            last = permissions._engagement_last(wizard.company_id)
            known = last.edge or wizard.company_id.engagement_edge
            wizard.edge = "relay" if wizard.offered_relay_id else known

    @api.depends("company_id", "offered_relay_id")
    def _compute_state(self):
        permissions = self.env["mail.engagement.permission"]
        for wizard in self:
            known = permissions._engagement_grant_state(wizard.company_id)
            wizard.state = known if known in ("granted", "revoked") else "ask"
            if wizard.offered_relay_id:
                wizard.state = "offered"

    @api.depends("company_id", "offered_relay_id")
    @api.depends_context("lang")
    def _compute_question(self):
        for wizard in self:
            company = wizard.company_id
            wizard.question = company._engagement_question()
            current = company.engagement_relay_id
            is_other = company.engagement_edge == "relay" and current != wizard.offered_relay_id
            wizard.otherwise = (
                self.env._(
                    "If not, %(relay)s at %(address)s does, and this one stays paired.",
                    relay=current.name,
                    address=current.url,
                )
                if is_other
                else self.env._("If not, Odoo itself does, and the relay stays paired.")
            )

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

    def action_choose(self):
        """Yes, the offered relay answers from now on: it is granted what is listed."""
        self.ensure_one()
        company, relay = self.company_id, self.offered_relay_id
        if relay != company._engagement_offered_relay():
            return company._engagement_ask_about_relay()  # or what has come of it meanwhile
        company._engagement_choose_offered()
        self.env["mail.engagement.permission"].grant(company, "relay")
        self.write({"state": "granted", "edge": "relay", "is_fresh": True, "relay_id": relay.id})
        return True

    def action_decline(self):
        """No: who answered before goes on, and is granted what it needs where it was not."""
        self.ensure_one()
        company = self.company_id
        if self.offered_relay_id != company._engagement_offered_relay():
            return company._engagement_ask_about_relay()
        company._engagement_decline_offered()
        permissions = self.env["mail.engagement.permission"]
        is_granted = permissions._engagement_grant_state(company) == "granted"
        if is_granted and permissions._engagement_last(company).edge == company.engagement_edge:
            return self.action_settings()
        self.edge = company.engagement_edge
        return self.action_ask()

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
        """Look whether the relay has paired meanwhile, and whether that asks something."""
        if self.company_id._engagement_offered_relay():
            return self.company_id._engagement_ask_about_relay()
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
