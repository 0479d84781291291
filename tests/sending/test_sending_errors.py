"""An error at each step: the mail leaves once, no write is lost, the log is clean."""

from itertools import product
from unittest.mock import patch

from markupsafe import Markup

from odoo.tests import tagged
from odoo.tools import SQL

from ...models.sending import mail_engagement_link
from ..common import InboxCase, html

BODY = Markup('<p><a href="https://shop.test/offer">our offer</a></p>')
ERRORS = {"UndefinedColumn": "SELECT no_such_column", "LookupError": None}
COPY = ("mail.engagement.outgoing", "_engagement_copy")
STEPS = [
    *(("res.company", name) for name in ("_engagement_base_url", "_engagement_policies")),
    ("mail.engagement.outgoing", "_engagement_recipients"),
    ("mail.engagement.outgoing", "_engagement_signer"),
    COPY,
]


@tagged("post_install", "-at_install")
class TestSendingErrors(InboxCase):
    def _mail(self):
        mail = self.env["mail.mail"].create(
            {
                "subject": "Once",
                "body_html": BODY,
                "recipient_ids": self.carla.ids,
                "auto_delete": False,
            }
        )
        self.env.flush_all()
        return mail

    def _send(self, mail, model, name, sql=None):
        """Send while a method fails: with a statement of its own, else saying whom it was about.

        :return: the log
        """

        def broken(records, *args, **kwargs):
            records.env.cr.execute(sql or "SELECT 1", log_exceptions=False)
            raise LookupError(self.carla.email)

        self.env.registry.clear_cache()
        self.inbox.envelopes.clear()
        with (
            patch.object(type(self.env[model]), name, broken),
            self.assertLogs("odoo.addons.mail_engagement") as logged,
        ):
            mail.send()
        self.assertEqual(mail.state, "sent")
        self.env["mail.mail"].process_email_queue()
        self.assertEqual(len(self.inbox.to(self.carla.email_normalized)), 1)
        return "\n".join(logged.output)

    def test_each_step_before_it_leaves(self):
        for (model, name), (kind, sql) in product(STEPS, ERRORS.items()):
            with self.subTest(step=name, error=kind):
                log = self._send(self._mail(), model, name, sql)
                self.assertIn(kind, log)
                self.assertNotIn(self.carla.email, log)

    def test_each_step_after_it_left(self):
        for name in ("_engagement_write_rows", "_engagement_upsert"):
            with self.subTest(step=name):
                log = self._send(self._mail(), "mail.engagement.outgoing", name)
                self.assertIn("LookupError", log)
                self.assertNotIn(self.carla.email, log)

    def test_file_that_cannot_be_copied(self):
        """It travels within the mail; all else is followed."""
        mail = self._mail()
        mail.attachment_ids = self.env["ir.attachment"].create(
            {"name": "a.pdf", "raw": b"%PDF", "engagement_follow": "follow"}
        )
        own_cursor = patch.object(
            mail_engagement_link, "own_cursor", lambda env: env.registry.cursor()
        )
        for kind, sql in ERRORS.items():
            with self.subTest(error=kind), own_cursor:
                mail.state = "outgoing"
                log = self._send(mail, "mail.engagement.link", "_engagement_copy_file", sql)
                self.assertIn(kind, log)
                (message,) = self.inbox.to(self.carla.email)
                (file,) = message.iter_attachments()
                self.assertEqual(file.get_content(), b"%PDF")
                self.assertIn("/e/o/", html(message))

    def test_statement_that_never_reached_the_database(self):
        """There is no savepoint to go back to then."""
        mail = self._mail()
        with (
            patch.object(
                type(self.env["mail.engagement.outgoing"]),
                "_engagement_upsert",
                lambda *_args: SQL("%s", object()),
            ),
            self.assertLogs("odoo.addons.mail_engagement") as logged,
        ):
            mail.send()
        self.assertEqual(mail.state, "sent")
        self.assertIn("can't adapt", logged.output[0])

    def test_pending_writes_are_kept(self):
        """A contact changed just before: with the new address, and with what follows from it."""
        for kind, sql in ERRORS.items():
            with self.subTest(error=kind):
                mail = self._mail()
                address = f"{kind.lower()}@new.test"
                self.carla.email = address
                self._send(mail, *COPY, sql)
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertEqual(self.carla.email, address)
                self.assertEqual(self.carla.email_normalized, address)

    def test_pending_computation_is_kept(self):
        mail = self._mail()
        self.env.cr.execute(
            "UPDATE res_partner SET partner_share = FALSE WHERE id = %s", [self.carla.id]
        )
        self.env.invalidate_all()
        self.env.add_to_compute(self.carla._fields["partner_share"], self.carla)
        self._send(mail, *COPY)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(self.carla.partner_share)

    def test_whatever_is_flushed_is_kept(self):
        """The mail's own state, and what follows from a change in another model."""
        mail = self._mail()
        mailbox = self.env["mail.engagement.mailbox"].search([("user_id", "=", self.anna.id)])
        mail.state = "exception"
        self.anna.partner_id.email = "anna@new.test"
        with (
            self.assertLogs("odoo.addons.mail_engagement"),
            mail._engagement_carefully("Message %s"),
        ):
            self.env.flush_all()
            raise LookupError
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(mail.state, "exception")
        self.assertEqual(mailbox.email, "anna@new.test")

    def test_database_quotes_no_row(self):
        """What PostgreSQL refuses, it repeats: statement and row."""
        self.env.cr.execute(
            "ALTER TABLE mail_engagement_tracking ADD CONSTRAINT refused CHECK (FALSE) NOT VALID"
        )
        mail = self._mail()
        with self.assertLogs("odoo", "ERROR") as logged:
            mail.send()
        self.assertEqual(mail.state, "sent")
        (message,) = self.inbox.to("carla@customer.test")
        self.assertIn("/e/o/", html(message))
        log = "\n".join(logged.output)
        self.assertIn("refused", log)
        self.assertNotIn("carla@customer.test", log)
