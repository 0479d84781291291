import logging
from datetime import timedelta
from email.utils import make_msgid

from odoo import api, fields, models, modules
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...tools import authentication, mail_failure

_logger = logging.getLogger(__name__)

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
# In each test message's Message-Id, by which the gateway recognises it.
PROBE = "engagement-probe"
# The field in which the server that took a mail says what it thinks of the sender (RFC 8601).
AUTHENTICATION = "Authentication-Results"
BATCH = 50
# A test message that is not back after this time is given up.
PATIENCE = timedelta(minutes=3)
LOOK_AGAIN = timedelta(seconds=5)


class MailEngagementMailbox(models.Model):
    """How a colleague's mails go out and come in, and whether a test has proved it.

    Each internal user with an address gets one. Approval and enabling hold for one address: a new
    address needs both again.

    The test sends a message from the mailbox to itself and looks for it where it arrives. It runs
    in the background, in batches that commit, in several workers at once.

    ::

        queued ─ sent? ─┬─ no: failure
                        └─ waiting ─ came back? ─┬─ not yet: look again in 5 s
                                                 ├─ not in 3 min: failure
                                                 └─ enabled
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
    outgoing_result = fields.Selection(RESULTS, "Outgoing Test", **TESTED)
    incoming_result = fields.Selection(RESULTS, "Incoming Test", **TESTED)
    sync_result = fields.Selection(RESULTS, "Synchronisation", **TESTED)
    tested_at = fields.Datetime("Last Tested", readonly=True)
    alert_ids = fields.One2many("mail.engagement.mailbox.alert", "mailbox_id", "Alerts")
    test_state = fields.Selection(
        [("idle", "Idle"), ("queued", "Queued"), ("waiting", "Waiting")],
        required=True,
        default="idle",
        compute="_compute_test_state",
        store=True,
        index="btree_not_null",
    )
    probe = fields.Char(readonly=True, help="The test message's Message-Id.")
    probe_sent_at = fields.Datetime(readonly=True)

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
        """A test's results hold for the approved address only."""
        for mailbox in self:
            for side in ("outgoing_result", "incoming_result", "sync_result"):
                mailbox[side] = mailbox[side] if mailbox._engagement_is_approved() else "none"

    @api.depends("email")
    def _compute_test_state(self):
        """A message that comes back to the old address says nothing about the new one."""
        for mailbox in self:
            approved = mailbox._engagement_is_approved()
            mailbox.test_state = mailbox.test_state if approved else "idle"

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

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        # Odoo's Privacy Lookup deletes as superuser; an address that stays gets a new one.
        if self.env.su:
            return
        raise UserError(self.env._("A mailbox goes with its user."))

    def action_approve(self):
        """Confirm that the company may send from these addresses and watch them.

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
            mailbox._engagement_add_alert("success", self.env._("%s was approved.", mailbox.email))

    @api.model
    def _engagement_check_administrator(self):
        if not (self.env.su or self.env.user.has_group("base.group_system")):
            raise AccessError(self.env._("Only an administrator approves and tests mailboxes."))

    @api.model
    def _engagement_ensure(self, users=None):
        """Have a mailbox for each internal user with an address.

        :param res.users users: to look at; by default all
        """
        # sudo: a mailbox is made together with its user.
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
        # sudo: the step names addresses to administrators only, who see all of them anyway.
        mailboxes = self.sudo().search([("company_id", "=", company.id)])
        failed = mailboxes.filtered(
            lambda it: "failure" in (it.outgoing_result, it.incoming_result)
        )
        if failed:
            return "attention", self.env._(
                "The test failed for %s. Open the mailbox: it says why and what you do next.",
                failed._engagement_names(),
            )
        if running := mailboxes.filtered(lambda it: it.test_state != "idle"):
            return "todo", self.env._(
                "Being tested: %s. A message may take some minutes to come back.",
                running._engagement_names(),
            )
        enabled = mailboxes.filtered(lambda it: it.state == "enabled")
        others = mailboxes - enabled
        if enabled:
            text = self.env._(
                "%(enabled)s of %(total)s mailboxes are enabled.",
                enabled=len(enabled),
                total=len(mailboxes),
            )
            if others:
                missing = self.env._("Not yet: %s.", others._engagement_names())
                text = f"{text} {missing}"
            return "done", text
        if approved := others.filtered(lambda it: it.state == "approved"):
            return "todo", self.env._(
                "Approved: %s. Next you press Test and Enable.", approved._engagement_names()
            )
        return "todo", self.env._(
            "You approve the addresses that your colleagues write from, then test and enable them."
        )

    def _engagement_names(self):
        """The addresses, or the first of them."""
        return self.env["res.partner"]._engagement_some(self.mapped("email"))

    def _engagement_add_alert(self, level, text, advice=None):
        self.env["mail.engagement.mailbox.alert"].sudo().create(
            [
                {"mailbox_id": mailbox.id, "level": level, "text": text, "advice": advice}
                for mailbox in self
            ]
        )

    def action_test(self):
        """Approve these mailboxes, test them in the background and enable those that work."""
        self._engagement_check_administrator()
        self.action_approve()
        idle = self.filtered(lambda mailbox: mailbox.test_state == "idle" and mailbox.email)
        idle.write(
            {
                "test_state": "queued",
                "outgoing_result": "running",
                "incoming_result": "running",
                "sync_result": "running",
            }
        )
        self.env.ref("mail_engagement.ir_cron_mailbox")._trigger()

    @api.model
    def _cron_engagement_mailbox(self):
        """Go on with the tests, a batch at a time, as long as there is something to do now."""
        queued = True
        while queued:
            done = self._engagement_send_probes() + self._engagement_look_for_probes()
            queued = self.search_count([("test_state", "=", "queued")])
            if not self._engagement_commit(done, queued):
                break
        if queued or self.search_count([("test_state", "=", "waiting")], limit=1):
            later = fields.Datetime.now() + (timedelta() if queued else LOOK_AGAIN)
            self.env.ref("mail_engagement.ir_cron_mailbox")._trigger(later)

    @api.model
    def _engagement_commit(self, done, queued):
        """Commit each batch: what was sent stays sent, whatever becomes of the next.

        :return: whether there is time for another one
        :rtype: bool
        """
        if modules.module.current_test:
            return True
        return bool(self.env["ir.cron"]._commit_progress(done, remaining=queued))

    @api.model
    def _engagement_claim(self, state):
        """The next mailboxes in a test's state, locked against other workers.

        :rtype: mail.engagement.mailbox
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM mail_engagement_mailbox WHERE test_state = %s AND active
                    ORDER BY probe_sent_at NULLS FIRST, id LIMIT %s
                      FOR UPDATE SKIP LOCKED""",
                state,
                BATCH,
            )
        )
        return self.browse([id_ for (id_,) in rows])

    @api.model
    def _engagement_send_probes(self):
        """:return: how many were tried"""
        mailboxes = self._engagement_claim("queued")
        for server, mine in mailboxes.grouped(lambda m: m._engagement_outgoing_server()).items():
            session = error = None
            try:
                session = server._connect__(
                    mail_server_id=server.id or None, smtp_from=mine[:1].email
                )
            except Exception as failure:
                error = failure
            for mailbox in mine:
                mailbox._engagement_send_probe(server, session, error)
            if session:
                self._engagement_quietly(session.quit)
        return len(mailboxes)

    def _engagement_outgoing_server(self):
        """:rtype: ir.mail_server, empty for Odoo's own configuration"""
        servers = self.env["ir.mail_server"].sudo()
        if self.outgoing_method == "server":
            return self.mail_server_id.sudo()
        if self.outgoing_method == "personal":
            return servers.search([("owner_user_id", "=", self.user_id.id)], limit=1)
        return servers._find_mail_server(self.email)[0] or servers

    def _engagement_send_probe(self, server, session, error):
        self.ensure_one()
        probe = make_msgid(PROBE, self.email.partition("@")[2])
        if self.outgoing_method != "default" and not server:
            self._engagement_fail("outgoing", self.env._("No outgoing server is chosen."), "")
            return
        try:
            if error:
                raise error
            message = server._build_email__(
                email_from=self.email,
                email_to=[self.email],
                subject=self.env._("Test of Email Engagement"),
                body=self.env._(
                    "Odoo sent this message to see whether your mailbox works. It removes it by "
                    "itself; nothing is to do."
                ),
                message_id=probe,
                headers={"Auto-Submitted": "auto-generated", "Return-Path": self.email},
            )
            server.with_context(send_validated_to=[self.email]).send_email(
                message, mail_server_id=server.id or None, smtp_session=session
            )
        except Exception as failure:
            _logger.info("Mailbox %s cannot send: %s", self.id, type(failure).__name__)
            code = mail_failure.code(failure)
            said = mail_failure.said(failure, server.smtp_pass)
            self._engagement_fail("outgoing", said, self._engagement_advice()[code])
            return
        self._engagement_add_alert("success", self.env._("A test message was sent to itself."))
        waits = self.incoming_method != "none"
        self.write(
            {
                "outgoing_result": "success",
                "incoming_result": "running" if waits else "none",
                "sync_result": "running" if waits else "none",
                "test_state": "waiting" if waits else "idle",
                "probe": probe,
                "probe_sent_at": fields.Datetime.now(),
                "tested_at": fields.Datetime.now(),
                "enabled_email": False if waits else self.email,
            }
        )
        if not waits:
            self._engagement_add_alert(
                "info",
                self.env._("Enabled for sending."),
                self.env._("Choose how e-mails come in, to have that tested too."),
            )
        self._engagement_refresh_lists()

    @api.model
    def _engagement_look_for_probes(self):
        """:return: how many came back or were given up"""
        mailboxes = self._engagement_claim("waiting")
        by_server = mailboxes.filtered(lambda m: m.incoming_method == "server").grouped(
            "fetchmail_server_id"
        )
        for server, mine in by_server.items():
            # sudo: the user who runs the test may not read the server's password.
            server = server.sudo()
            try:
                if not server:
                    raise LookupError(self.env._("No incoming server is chosen."))
                found = server._engagement_take_probes(mine.mapped("probe"))
            except Exception as failure:
                _logger.info("Server %s cannot be read: %s", server.id, type(failure).__name__)
                code = mail_failure.code(failure)
                said = mail_failure.said(failure, server.password)
                advice = self._engagement_advice()[code]
                for mailbox in mine:
                    mailbox._engagement_fail("incoming", said, advice)
                continue
            for mailbox in mine.filtered(lambda m, found=found: m.probe in found):
                mailbox._engagement_came_back(found[mailbox.probe])
        limit = fields.Datetime.now() - PATIENCE
        for mailbox in mailboxes:
            if mailbox.test_state == "waiting" and mailbox.probe_sent_at < limit:
                mailbox._engagement_fail(
                    "incoming",
                    self.env._("The test message did not come back within three minutes."),
                    self.env._(
                        "Check that e-mails to this address arrive in that server's inbox: "
                        "forwarding, spam folder, filters."
                    ),
                )
        return len(mailboxes.filtered(lambda mailbox: mailbox.test_state == "idle"))

    def _engagement_came_back(self, said):
        """
        :param list[str] said: the fields in which the receiving server says what it thinks of the
            sender
        """
        for mailbox in self:
            mailbox.write(
                {
                    "incoming_result": "success",
                    "sync_result": "success",
                    "test_state": "idle",
                    "tested_at": fields.Datetime.now(),
                    "enabled_email": mailbox.email,
                }
            )
            mailbox._engagement_add_alert("success", self.env._("It came back. Enabled."))
            mailbox._engagement_tell_authentication(authentication.read(said))
            mailbox._engagement_refresh_lists()

    def _engagement_tell_authentication(self, found):
        """Say which of SPF, DKIM and DMARC the receiving server was not content with.

        :param Authentication | None found: None where it says nothing of them
        """
        if found is None:
            return
        server = found.server or self.env._("The receiving server")
        if found.is_in_order:
            text = self.env._("%s found SPF, DKIM and DMARC in order.", server)
            self._engagement_add_alert("success", text)
        for method, result in found.wrong.items():
            text = self.env._(
                "%(server)s on %(method)s: %(result)s",
                server=server,
                method=method.upper(),
                result=result,
            )
            self._engagement_add_alert("attention", text, self._engagement_sender_advice()[method])

    @api.model
    def _engagement_sender_advice(self):
        """What to do, by the methods of tools.authentication."""
        return {
            "spf": self.env._(
                "Name the servers that send for you in the SPF record of the sender's domain; "
                "their provider says what to include."
            ),
            "dkim": self.env._(
                "Let the outgoing server sign with DKIM for the sender's domain, and publish the "
                "key that its provider gives you."
            ),
            "dmarc": self.env._(
                "SPF or DKIM has to pass for the very domain in the From address, and that domain "
                "needs a DMARC record."
            ),
        }

    def _engagement_fail(self, side, said, advice):
        values = {f"{side}_result": "failure", "sync_result": "failure", "enabled_email": False}
        if side == "outgoing":
            values["incoming_result"] = "none"
        self.write({**values, "test_state": "idle", "tested_at": fields.Datetime.now()})
        self._engagement_add_alert("failure", said, advice)
        self._engagement_refresh_lists()

    def _engagement_refresh_lists(self):
        """Refresh the lists that administrators have open."""
        administrators = self.env.ref("base.group_system").all_user_ids
        administrators._bus_send("mail_engagement.mailbox", {"ids": self.ids})

    @api.model
    def _engagement_quietly(self, action):
        try:
            action()
        except Exception:
            _logger.debug("A connection did not end politely", exc_info=True)

    @api.model
    def _engagement_advice(self):
        """What to do, by the codes of tools.mail_failure."""
        return {
            "login": self.env._(
                "Check user name and password; some providers want an app password."
            ),
            "recipient": self.env._("The server does not accept mail for this address: check it."),
            "sender": self.env._(
                "The server does not let this address send: check the server's account."
            ),
            "tls": self.env._("Check the connection security and the certificate."),
            "name": self.env._("No server has this name: check its spelling."),
            "timeout": self.env._("The server does not answer: check address, port and firewall."),
            "refused": self.env._(
                "Nobody answers there: check the port, and that the server runs."
            ),
            "closed": self.env._("The server hung up: check the port and the connection security."),
            "network": self.env._(
                "The server cannot be reached: check address, port and firewall."
            ),
            "other": self.env._("Ask who runs the server; what it said stands here."),
        }
