"""Mailboxes tested for real: SMTP, IMAP, what fails and what is said of it."""

import time
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...dev.dovecot import PASSWORD
from ...dev.processes import wait_until
from ..common import EngagementCase
from ..common_mailbox import MailServer

MUTED = "odoo.addons.mail_engagement.models.mailboxes.mail_engagement_mailbox"
MANY = 300


@tagged("post_install", "-at_install")
class TestMailbox(EngagementCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = MailServer()
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)
        cls.classPatch(type(cls.env["ir.mail_server"]), "_disable_send", lambda self: False)
        cls.env["ir.mail_server"].search([]).active = False
        cls.smtp = cls.env["ir.mail_server"].create(
            {
                "name": "Out",
                "smtp_host": "127.0.0.1",
                "smtp_port": cls.server.port,
                "smtp_encryption": "none",
            }
        )
        cls.imap = cls.env["fetchmail.server"].create(
            {
                "name": "In",
                "server_type": "imap",
                "server": "127.0.0.1",
                "port": cls.server.imap.port,
                "user": "all",
                "password": PASSWORD,
            }
        )
        cls.model = cls.env["mail.engagement.mailbox"]
        cls.mailbox = cls.model.search([("user_id", "=", cls.anna.id)])
        cls.mailbox.write({"incoming_method": "server", "fetchmail_server_id": cls.imap.id})

    def setUp(self):
        super().setUp()
        self.server.envelopes.clear()

    def _run(self, mailboxes=None):
        """Let the background job work until these mailboxes are through."""
        mailboxes = self.mailbox if mailboxes is None else mailboxes

        def are_idle():
            if set(mailboxes.mapped("test_state")) == {"idle"}:
                return True
            with mute_logger(MUTED):
                self.model._cron_engagement_mailbox()

        wait_until(are_idle, "mailboxes to be through", patience=60, pause=0)

    def _results(self, mailbox=None):
        mailbox = mailbox or self.mailbox
        return mailbox.outgoing_result, mailbox.incoming_result, mailbox.sync_result

    def test_made_by_itself(self):
        self.assertEqual(self.mailbox.email, "anna@seller.test")
        user = new_test_user(self.env, "new", groups="base.group_user", email="New@seller.test")
        mine = self.model.search([("user_id", "=", user.id)])
        self.assertEqual((mine.email, mine.state), ("new@seller.test", "draft"))
        portal = new_test_user(self.env, "p", groups="base.group_portal", email="p@seller.test")
        self.assertFalse(self.model.search([("user_id", "=", portal.id)]))
        user.email = False
        self.model._engagement_ensure()
        self.assertEqual(len(self.model.search([("user_id", "=", user.id)])), 1)

    def test_approval_is_lost_with_the_address(self):
        self.mailbox.action_approve()
        self.assertEqual(
            (self.mailbox.state, self.mailbox.approved_by_id), ("approved", self.env.user)
        )
        self.anna.email = "anna@elsewhere.test"
        self.assertEqual((self.mailbox.email, self.mailbox.state), ("anna@elsewhere.test", "draft"))

    def test_a_new_address_is_tested_again(self):
        self.test_success()
        self.anna.email = "Anna <anna@seller.test>"
        self.assertEqual((self.mailbox.state, self._results()), ("enabled", ("success",) * 3))
        self.anna.email = "anna@elsewhere.test"
        self.assertEqual((self.mailbox.state, self._results()), ("draft", ("none",) * 3))

    def test_an_address_that_changes_meanwhile(self):
        """What comes back then says nothing about the new one."""
        self.mailbox.action_test()
        self.model._engagement_send_probes()
        self.anna.email = "anna@elsewhere.test"
        self.assertEqual((self.mailbox.test_state, self._results()), ("idle", ("none",) * 3))
        self.mailbox.action_approve()
        self._run()
        self.assertEqual(self.mailbox.state, "approved")

    def test_success(self):
        self.server.imap.deliver("all", b"Message-Id: <others@x>\r\nSubject: Private\r\n\r\nhello")
        self.mailbox.action_test()
        self.assertEqual(self._results(), ("running",) * 3)
        self._run()
        self.assertEqual(self._results(), ("success",) * 3)
        self.assertEqual(self.mailbox.state, "enabled")
        self.assertEqual(set(self.mailbox.alert_ids.mapped("level")), {"success"})
        # Its own message is gone, the others' are not.
        held = self.server.imap.held()
        self.assertIn("<others@x>", held)
        self.assertNotIn(self.mailbox.probe, held)

    def test_sending_alone(self):
        self.mailbox.incoming_method = "none"
        self.mailbox.action_test()
        self._run()
        self.assertEqual(self._results(), ("success", "none", "none"))
        self.assertEqual(self.mailbox.state, "enabled")
        self.assertTrue(self.mailbox.alert_ids[0].advice)

    def test_another_way_is_tested_again(self):
        self.test_sending_alone()
        self.mailbox.incoming_method = "alias"
        self.assertEqual(
            (self.mailbox.state, self._results()), ("approved", ("success", "none", "none"))
        )

    def test_wrong_password(self):
        self.imap.password = "w0ng-and-secret"
        self.mailbox.action_test()
        self._run()
        self.assertEqual(self._results(), ("success", "failure", "failure"))
        alert = self.mailbox.alert_ids[0]
        self.assertEqual(alert.level, "failure")
        self.assertIn("AUTHENTICATIONFAILED", alert.text)
        self.assertIn("password", alert.advice)
        self.assertNotIn("w0ng-and-secret", alert.text)
        self.assertEqual(self.mailbox.state, "approved")

    def test_unreachable(self):
        for server, field, side in (
            (self.imap, "port", "incoming_result"),
            (self.smtp, "smtp_port", "outgoing_result"),
        ):
            with self.subTest(side=side):
                server[field] = 1
                self.mailbox.action_test()
                self._run()
                self.assertEqual(self.mailbox[side], "failure")
                self.assertIn("port", self.mailbox.alert_ids[0].advice)
                self.assertIn("refused", self.mailbox.alert_ids[0].text)

    def test_refused(self):
        self.server.refuse = {self.mailbox.email}
        self.addCleanup(self.server.refuse.clear)
        self.mailbox.action_test()
        self._run()
        self.assertEqual(self._results(), ("failure", "none", "failure"))
        self.assertIn("User unknown", self.mailbox.alert_ids[0].text)

    def test_never_comes_back(self):
        self.server.lose = {self.mailbox.email}
        self.addCleanup(self.server.lose.clear)
        self.mailbox.action_test()
        with mute_logger(MUTED):
            self.model._cron_engagement_mailbox()
        self.assertEqual(self._results(), ("success", "running", "running"))
        self.mailbox.probe_sent_at = fields.Datetime.now() - timedelta(minutes=4)
        self._run()
        self.assertEqual(self._results(), ("success", "failure", "failure"))
        self.assertIn("did not come back", self.mailbox.alert_ids[0].text)

    def test_gateway(self):
        """What the gateway brings in has arrived, and becomes no document."""
        self.mailbox.write({"incoming_method": "alias"})
        self.mailbox.action_test()
        self.model._cron_engagement_mailbox()
        self.assertEqual(self.mailbox.incoming_result, "running")
        leads = self.env["crm.lead"].search_count([])
        self.env["mail.thread"].message_process("crm.lead", self.server.envelopes[-1].content)
        self.assertEqual(self.env["crm.lead"].search_count([]), leads)
        self.assertEqual((self.mailbox.incoming_result, self.mailbox.state), ("success", "enabled"))

    def test_what_the_receiving_server_thinks_of_the_sender(self):
        self.addCleanup(setattr, self.server, "says", "")
        self.server.says = "mx.test; spf=pass; dkim=pass header.d=seller.test; dmarc=pass"
        self.mailbox.action_test()
        self._run()
        [good] = self.mailbox.alert_ids.filtered(lambda alert: "SPF" in alert.text)
        self.assertEqual((good.level, good.advice), ("success", False))
        self.server.says = "mx.test; spf=softfail; dkim=none; dmarc=pass"
        for method in ("server", "alias"):
            self.mailbox.alert_ids.unlink()
            self.mailbox.incoming_method = method
            self.mailbox.action_test()
            self.model._cron_engagement_mailbox()
            if method == "alias":
                content = self.server.envelopes[-1].content
                self.env["mail.thread"].message_process("crm.lead", content)
            self._run()
            # The mailbox works all the same.
            self.assertEqual((method, self.mailbox.state), (method, "enabled"))
            found = self.mailbox.alert_ids.filtered(lambda alert: alert.level == "attention")
            texts = {"mx.test on SPF: softfail", "mx.test on DKIM: none"}
            self.assertEqual(set(found.mapped("text")), texts)
            self.assertTrue(all(found.mapped("advice")))

    def test_two_administrators_at_once(self):
        self.mailbox.action_test()
        self.mailbox.action_test()
        self._run()
        self.assertEqual(len(self.server.to(self.mailbox.email)), 1)

    def test_only_administrators(self):
        for user in (self.anna, self.manager):
            with self.assertRaises(AccessError):
                self.mailbox.with_user(user).action_approve()
            with self.assertRaises(AccessError):
                self.mailbox.with_user(user).action_test()
        self.mailbox.with_user(self.manager).read(["email", "state"])
        with self.assertRaises(AccessError):
            self.mailbox.with_user(self.anna).read(["email"])

    def test_only_enabled_ones_are_followed(self):
        self.env.company.engagement_only_mailboxes = True
        for state, followed in (("draft", False), ("enabled", True)):
            if followed:
                self.mailbox.write({"approved_email": self.mailbox.email})
                self.mailbox.write({"enabled_email": self.mailbox.email})
            self.assertEqual(self.mailbox.state, state)
            message = self.lead.with_user(self.anna).message_post(
                body="Hello", partner_ids=self.carla.ids, subtype_xmlid="mail.mt_comment"
            )
            self.assertEqual(bool(message.engagement_tracking_ids), followed)

    def test_setup_state(self):
        state = self.model._engagement_setup_state
        self.assertEqual(state(self.env.company)[0], "todo")
        self.mailbox.action_test()
        self._run()
        self.assertEqual(state(self.env.company)[0], "done")
        self.mailbox.outgoing_result = "failure"
        self.assertEqual(state(self.env.company)[0], "attention")

    def test_tour(self):
        path = "/odoo/action-mail_engagement.mail_engagement_mailbox_action"
        self.start_tour(path, "mail_engagement_mailboxes", login="admin")
        self._run()
        self.start_tour(path, "mail_engagement_mailbox_results", login="admin")

    def test_hundreds(self):
        users = (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                [
                    {"name": f"U {n}", "login": f"many{n}", "email": f"many{n}@seller.test"}
                    for n in range(MANY)
                ]
            )
        )
        mailboxes = self.model.search([("user_id", "in", users.ids)])
        self.assertEqual(len(mailboxes), MANY)
        mailboxes.write({"incoming_method": "server", "fetchmail_server_id": self.imap.id})
        start = time.monotonic()
        mailboxes.action_test()
        self._run(mailboxes)
        spent = time.monotonic() - start
        self.assertEqual(set(mailboxes.mapped("state")), {"enabled"})
        self.assertFalse(self.server.imap.held() & set(mailboxes.mapped("probe")))
        print(f"\n{MANY} mailboxes tested and enabled in {spent:.1f} s")
