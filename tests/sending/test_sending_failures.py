"""Refused by the server, returned later."""

from datetime import timedelta
from unittest.mock import patch

from markupsafe import Markup

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import EngagementCase, html

BODY = Markup("<p>Hello</p>")
BOUNCE = """MIME-Version: 1.0
From: MAILER-DAEMON@customer.test
To: {bounce}
Subject: Undelivered Mail Returned to Sender
Message-Id: <bounce-1@customer.test>
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

No such user
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; customer.test

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1

--B
Content-Type: text/rfc822-headers

Message-Id: {message_id}

--B--
"""


@tagged("post_install", "-at_install")
class TestFailures(EngagementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox = cls.start_inbox()

    def _post(self, partners):
        return self.lead.with_user(self.anna).message_post(
            body=BODY, partner_ids=partners.ids, subtype_xmlid="mail.mt_comment"
        )

    def _return(self, message, partner):
        domain = self.own_domain()
        self.env["mail.thread"].message_process(
            "crm.lead",
            BOUNCE.format(
                bounce=domain.bounce_email,
                recipient=partner.email,
                message_id=message.message_id,
            ),
        )

    def test_what_the_gateway_answers_is_not_followed(self):
        """Nobody wrote it and it is about no record, so nobody could see what became of it."""
        catchall = self.own_domain().catchall_email
        self.env["mail.thread"].message_process(
            False,
            f"From: stranger@customer.test\nTo: {catchall}\nMessage-Id: <1@customer.test>\n"
            "Subject: Hello\nContent-Type: text/plain\n\nHello",
        )
        (answer,) = self.inbox.to("stranger@customer.test")
        self.assertIn("MAILER-DAEMON", answer["From"])
        self.assertNotIn("/e/", html(answer))

    def test_refused(self):
        """550 for one of two: one row says failed, the other's sent."""
        self.inbox.refuse = {"chen@customer.test"}
        self.addCleanup(self.inbox.refuse.clear)
        with mute_logger(
            "odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server"
        ):
            message = self._post(self.carla + self.chen)
        states = {row.partner_id: row.state for row in message.engagement_tracking_ids}
        self.assertEqual(states, {self.carla: "sent", self.chen: "failed"})

    def test_server_unreachable(self):
        """No connection: failed, though the mail never came to be prepared."""
        server = self.env["ir.mail_server"].search([], limit=1)
        server.smtp_port = 1
        with mute_logger(
            "odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server"
        ):
            message = self._post(self.carla)
        self.assertEqual(message.engagement_tracking_ids.state, "failed")

    def test_sent_again(self):
        """A retry finds its row again by the uid: one row, now sent, and only now."""
        server = self.env["ir.mail_server"].search([], limit=1)
        port, server.smtp_port = server.smtp_port, 1
        with mute_logger(
            "odoo.addons.mail.models.mail_mail", "odoo.addons.base.models.ir_mail_server"
        ):
            message = self._post(self.carla)
        yesterday = fields.Datetime.now() - timedelta(days=1)
        message.sudo().engagement_tracking_ids.sent_at = yesterday
        server.smtp_port = port
        mails = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        mails.action_retry()
        mails.send()
        message.invalidate_recordset()
        self.assertEqual(message.engagement_tracking_ids.mapped("state"), ["sent"])
        self.assertGreater(message.engagement_tracking_ids.sent_at, yesterday)

    def test_sealed_by_another_addon(self):
        """It arrives, and nothing can be known of it: not that nobody opened it either."""
        self.env["mail.mail"].create(
            {
                "subject": "Sealed",
                "body_html": Markup("<pre>-----BEGIN PGP MESSAGE-----</pre>"),
                "recipient_ids": self.carla.ids,
            }
        ).send()
        row = self.env["mail.engagement.tracking"].search([("subject", "=", "Sealed")])
        self.assertEqual(row.state, "untracked")

    def test_nobody_in_to(self):
        """A copy for a contact in Cc alone arrived when nothing failed."""
        self.env["mail.mail"].create(
            {"subject": "Copy", "body_html": BODY, "email_cc": self.carla.email}
        ).send()
        row = self.env["mail.engagement.tracking"].search([("subject", "=", "Copy")])
        self.assertEqual(row.state, "sent")
        self.assertEqual(len(self.inbox.to(self.carla.email)), 1)

    def test_returned(self):
        """Through Odoo's own bounce handling; sent again it counts as sent."""
        message = self._post(self.carla + self.chen)
        self._return(message, self.chen)
        states = {row.partner_id: row.state for row in message.engagement_tracking_ids}
        self.assertEqual(states, {self.carla: "sent", self.chen: "bounced"})
        self.env["mail.mail"].create(
            {"mail_message_id": message.id, "body_html": BODY, "recipient_ids": self.chen.ids}
        ).send()
        self.env.invalidate_all()
        self.assertEqual(set(message.engagement_tracking_ids.mapped("state")), {"sent"})

    def test_error_about_a_returned_mail(self):
        """Odoo has handled it; only that it is not shown is lost."""
        message = self._post(self.chen)
        with (
            patch.object(
                type(self.env["mail.engagement.tracking"]),
                "_engagement_reported",
                lambda trackings, *args: trackings.env.cr.execute("SELECT nothing"),
            ),
            mute_logger("odoo.sql_db"),
            self.assertLogs("odoo.addons.mail_engagement", "ERROR"),
        ):
            self._return(message, self.chen)
        self.assertEqual(message.notification_ids.notification_status, "bounce")
