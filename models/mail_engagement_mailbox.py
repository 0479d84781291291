from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

RESULTS = [
    ("none", "Not run"),
    ("running", "Running"),
    ("success", "Success"),
    ("failure", "Failure"),
]
TESTED = {
    "required": True,
    "default": "none",
    "compute": "_compute_results",
    "store": True,
}


class MailEngagementMailbox(models.Model):
    """How a colleague's mails go out and come back, and whether that was seen to work.

    Made by itself for each internal user with an address. Approval and enabling hold for the
    address that they were given for: with another one both are to do again.
    """

    _name = "mail.engagement.mailbox"
    _description = "Mailbox"
    _order = "email, id"
    _rec_name = "email"
    _check_company_auto = False

    user_id = fields.Many2one("res.users", required=True, ondelete="cascade", readonly=True)
    company_id = fields.Many2one(related="user_id.company_id", store=True, index=True)
    email = fields.Char("Address", related="user_id.partner_id.email_normalized", store=True)
    active = fields.Boolean(related="user_id.active", store=True)
    outgoing_method = fields.Selection(
        [
            ("default", "Odoo's choice for the address"),
            ("server", "A chosen server"),
            ("personal", "The user's personal server"),
        ],
        "Outgoing",
        required=True,
        default="default",
    )
    mail_server_id = fields.Many2one(
        "ir.mail_server",
        "Outgoing Server",
        ondelete="set null",
        domain="[('owner_user_id', '=', False)]",
    )
    incoming_method = fields.Selection(
        [
            ("none", "None"),
            ("server", "A chosen server"),
            ("alias", "Odoo's mail gateway"),
        ],
        "Incoming",
        required=True,
        default="none",
        help="Where e-mails to this address arrive.",
    )
    fetchmail_server_id = fields.Many2one(
        "fetchmail.server", "Incoming Server", ondelete="set null"
    )
    approved_email = fields.Char(readonly=True)
    approved_by_id = fields.Many2one("res.users", "Approved By", ondelete="set null", readonly=True)
    approved_at = fields.Datetime("Approved On", readonly=True)
    enabled_email = fields.Char(readonly=True)
    state = fields.Selection(
        [("draft", "To approve"), ("approved", "Approved"), ("enabled", "Enabled")],
        compute="_compute_state",
        store=True,
    )
    outgoing_result = fields.Selection(RESULTS, "Sends", **TESTED)
    incoming_result = fields.Selection(RESULTS, "Receives", **TESTED)
    sync_result = fields.Selection(RESULTS, "Synchronisation", **TESTED)
    tested_at = fields.Datetime("Last Tested", readonly=True)
    alert_ids = fields.One2many("mail.engagement.mailbox.alert", "mailbox_id", "Alerts")

    _user_unique = models.UniqueIndex("(user_id)", "A user has one mailbox.")

    @api.depends("email", "approved_email", "enabled_email")
    def _compute_state(self):
        for mailbox in self:
            approved = mailbox._engagement_is_approved()
            enabled = approved and mailbox.email == mailbox.enabled_email
            mailbox.state = "enabled" if enabled else "approved" if approved else "draft"

    def _engagement_is_approved(self):
        return bool(self.email) and self.email == self.approved_email

    @api.depends("email")
    def _compute_results(self):
        """What a test found is said of the address that it was approved for."""
        for mailbox in self:
            for side in ("outgoing_result", "incoming_result", "sync_result"):
                mailbox[side] = mailbox[side] if mailbox._engagement_is_approved() else "none"

    def write(self, vals):
        """Another way in or out has to be tested again."""
        result = super().write(vals)
        sides = {
            "outgoing": {"outgoing_method", "mail_server_id"},
            "incoming": {"incoming_method", "fetchmail_server_id"},
        }
        reset = [side for side, names in sides.items() if names & vals.keys()]
        if reset:
            values = {f"{side}_result": "none" for side in reset}
            super().write({**values, "sync_result": "none", "enabled_email": False})
        return result

    def action_approve(self):
        """Say that these addresses are the company's to send from and to watch.

        :raises AccessError: for anybody but an administrator
        """
        self._engagement_check_administrator()
        for mailbox in self.filtered(lambda mailbox: mailbox.email and mailbox.state == "draft"):
            mailbox.write(
                {
                    "approved_email": mailbox.email,
                    "approved_by_id": self.env.uid,
                    "approved_at": fields.Datetime.now(),
                }
            )
            mailbox._engagement_alert("success", self.env._("%s was approved.", mailbox.email))

    @api.model
    def _engagement_check_administrator(self):
        if not (self.env.su or self.env.user.has_group("base.group_system")):
            raise AccessError(self.env._("Only an administrator approves and tests mailboxes."))

    @api.model
    def _engagement_ensure(self, users=None):
        """Have a mailbox for each internal user with an address.

        :param res.users users: to look at; by default all
        """
        # sudo: whoever makes a user makes his mailbox.
        mailboxes = self.sudo().with_context(active_test=False)
        domain = [("share", "=", False), ("partner_id.email_normalized", "!=", False)]
        if users is not None:
            domain.append(("id", "in", users.ids))
        wanted = self.env["res.users"].sudo().search(domain)
        known = mailboxes.search([("user_id", "in", wanted.ids)]).user_id
        mailboxes.create([{"user_id": user.id} for user in wanted - known])

    @api.model
    def _engagement_is_enabled(self, partner):
        """Whether the mailbox of a mail's author may be followed.

        :param res.partner partner:
        :rtype: bool
        """
        # sudo: asked for any sender.
        domain = [("user_id.partner_id", "=", partner.id), ("state", "=", "enabled")]
        return bool(partner and self.sudo().search_count(domain, limit=1))

    @api.model
    def _engagement_setup_state(self, company):
        """For the set-up page.

        :rtype: tuple[str, str], of todo, done or attention, and in words
        """
        counts = dict(
            self.sudo()._read_group([("company_id", "=", company.id)], ["state"], ["__count"])
        )
        failed = self.sudo().search_count(
            [
                ("company_id", "=", company.id),
                "|",
                ("outgoing_result", "=", "failure"),
                ("incoming_result", "=", "failure"),
            ]
        )
        if failed:
            return "attention", self.env._("%s mailboxes failed their test.", failed)
        if counts.get("enabled"):
            total = sum(counts.values())
            return "done", self.env._(
                "%(enabled)s of %(total)s mailboxes are enabled.",
                enabled=counts["enabled"],
                total=total,
            )
        return "todo", self.env._("No mailbox was tested and enabled yet.")

    def _engagement_alert(self, level, text, advice=None):
        self.env["mail.engagement.mailbox.alert"].sudo().create(
            [
                {"mailbox_id": mailbox.id, "level": level, "text": text, "advice": advice}
                for mailbox in self
            ]
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        # Odoo's Privacy Lookup deletes as superuser; an address that stays gets a new one.
        if self.env.su:
            return
        raise UserError(self.env._("A mailbox goes with its user."))
