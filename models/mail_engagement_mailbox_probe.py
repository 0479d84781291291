import logging
from datetime import timedelta
from email.utils import make_msgid

from odoo import api, fields, models, modules
from odoo.tools import SQL

from ..tools import mail_failure

_logger = logging.getLogger(__name__)

BATCH = 50
# A test message that did not come back after so long is given up.
PATIENCE = timedelta(minutes=3)
LOOK_AGAIN = timedelta(seconds=5)


class MailEngagementMailbox(models.Model):
    """The test: a message to the mailbox itself leaves by the outgoing server and is looked for
    where it arrives. In the background, in batches that commit, several workers at once.

    ::

        queued ─ sent? ─┬─ no: failure
                        └─ waiting ─ came back? ─┬─ not yet: look again in 5 s
                                                 ├─ not in 3 min: failure
                                                 └─ enabled
    """

    _inherit = "mail.engagement.mailbox"

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

    @api.depends("email")
    def _compute_test_state(self):
        """What comes back to the address of before says nothing about the new one."""
        for mailbox in self:
            approved = mailbox._engagement_is_approved()
            mailbox.test_state = mailbox.test_state if approved else "idle"

    def action_test(self):
        """Approve what is not, test all of these in the background and enable what works."""
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
        """Keep each batch by itself: what was sent is sent, whatever becomes of the next.

        :return: whether there is time for another one
        :rtype: bool
        """
        if modules.module.current_test:
            return True
        return bool(self.env["ir.cron"]._commit_progress(done, remaining=queued))

    @api.model
    def _engagement_claim(self, state):
        """Mailboxes that no other worker is at.

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
        probe = make_msgid(domain=self.email.partition("@")[2])
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
        self._engagement_alert("success", self.env._("A test message was sent to itself."))
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
            self._engagement_alert(
                "info",
                self.env._("Enabled for sending."),
                self.env._("Choose how e-mails come in, to have that tested too."),
            )
        self._engagement_tell()

    @api.model
    def _engagement_look_for_probes(self):
        """:return: how many came back or were given up"""
        mailboxes = self._engagement_claim("waiting")
        by_server = mailboxes.filtered(lambda m: m.incoming_method == "server").grouped(
            "fetchmail_server_id"
        )
        for server, mine in by_server.items():
            # sudo: the server's own password is not for whoever runs the test.
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
            mine.filtered(lambda m, found=found: m.probe in found)._engagement_came_back()
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

    def _engagement_came_back(self):
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
            mailbox._engagement_alert("success", self.env._("It came back. Enabled."))
            mailbox._engagement_tell()

    def _engagement_fail(self, side, said, advice):
        values = {f"{side}_result": "failure", "sync_result": "failure", "enabled_email": False}
        if side == "outgoing":
            values["incoming_result"] = "none"
        self.write({**values, "test_state": "idle", "tested_at": fields.Datetime.now()})
        self._engagement_alert("failure", said, advice)
        self._engagement_tell()

    def _engagement_tell(self):
        """Have open lists show it."""
        administrators = self.env.ref("base.group_system").all_user_ids
        administrators._bus_send("mail_engagement.mailbox", {"ids": self.ids})

    @api.model
    def _engagement_quietly(self, action):
        try:
            action()
        except Exception:
            _logger.debug("A connection did not end politely", exc_info=True)
