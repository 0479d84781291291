"""Mails that have to leave exactly as Odoo made them."""

from markupsafe import Markup
from psycopg2.errors import ForeignKeyViolation

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..common import EngagementCase, html

BODY = Markup('<p><a href="https://shop.test/offer">our offer</a></p>')


@tagged("post_install", "-at_install")
class TestUntouched(EngagementCase):
    def setUp(self):
        super().setUp()
        self.file = self.env["ir.attachment"].create(
            {"name": "a.pdf", "raw": b"%PDF", "engagement_follow": "follow"}
        )
        self.mail = self.env["mail.mail"].create(
            {
                "subject": "Plain",
                "body_html": BODY,
                "recipient_ids": self.carla.ids,
                "attachment_ids": self.file.ids,
            }
        )

    def assertUntouched(self, mail):
        """The prepared mails equal those of a company that follows nothing: files included."""
        prepared = mail._prepare_outgoing_list()
        self.env.company.engagement_enabled = False
        try:
            self.assertEqual(prepared, mail._prepare_outgoing_list())
        finally:
            self.env.company.engagement_enabled = True

    def test_it_would_be_seen(self):
        """The comparison can fail: a followed mail differs."""
        with self.assertRaises(AssertionError):
            self.assertUntouched(self.mail)

    def test_colleagues(self):
        self.mail.recipient_ids = self.ben.partner_id
        self.assertUntouched(self.mail)

    def test_colleagues_cost_nothing(self):
        self.mail.recipient_ids = self.ben.partner_id
        counts = []
        for enabled in (False, True):
            self.env.company.engagement_enabled = enabled
            for _warm in range(2):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                self.mail._prepare_outgoing_list()
                count = self.env.cr.sql_log_count - before
            counts.append(count)
        self.assertEqual(*counts)

    def test_addresses_of_users_and_aliases(self):
        self.mail.recipient_ids = False
        self.mail.email_to = "Ben <ben@seller.test>"
        self.assertUntouched(self.mail)
        domain = self.env["mail.alias.domain"].create({"name": "alias.test"})
        self.mail.email_to = f"{domain.catchall_alias}@alias.test"
        self.assertUntouched(self.mail)

    def test_switched_off(self):
        self.env.company.engagement_enabled = False
        (prepared,) = self.mail._prepare_outgoing_list()
        self.assertIn("https://shop.test/offer", prepared["body"])
        self.assertNotIn("/e/", prepared["body"])
        self.assertEqual(len(prepared["attachments"]), 1)

    def test_follow_switch_of_the_message(self):
        self.mail.engagement_follow = "skip"
        self.assertUntouched(self.mail)

    def test_sealed_by_another_addon(self):
        self.mail.body_html = Markup("<pre>-----BEGIN PGP MESSAGE-----</pre>") + BODY
        self.mail.attachment_ids = False
        self.assertUntouched(self.mail)

    def test_refusal(self):
        """Who refuses everything gets the plain mail; the others are followed all the same."""
        self.chen.write(
            {f"engagement_{kind}": "refused" for kind in ("opens", "clicks", "attachments")}
        )
        self.mail.recipient_ids = self.chen
        self.assertUntouched(self.mail)
        self.mail.recipient_ids = self.chen + self.carla
        bodies = {
            email["partner_id"]: email["body"] for email in self.mail._prepare_outgoing_list()
        }
        self.assertNotIn("/e/", bodies[self.chen])
        self.assertIn("/e/o/", bodies[self.carla])

    def test_links_left_alone(self):
        """Doors of Odoo's own, and whatever is no web address."""
        for url in (
            "mailto:a@b.test",
            "#top",
            "cid:picture",
            "https://shop.test/mail/unfollow?x=1",
            "https://shop.test/unsubscribe_from_list",
            "https://shop.test/web/reset_password?token=1",
            "https://shop.test/web/signup?token=1",
        ):
            with self.subTest(url=url):
                self.mail.body_html = Markup('<p><a href="%s">here</a></p>') % url
                (prepared,) = self.mail._prepare_outgoing_list()
                self.assertIn(f'href="{url}"', prepared["body"])
                self.assertIn("/e/o/", prepared["body"])

    def test_mass_mailing_is_left_to_itself(self):
        if "mailing_id" not in self.env["mail.mail"]._fields:
            self.skipTest("mass_mailing is not installed")
        self.mail.mailing_id = self.env["mailing.mailing"].create({"subject": "M"})
        self.assertUntouched(self.mail)

    def test_any_error_sends_the_original(self):
        """A broken statement while rewriting: the original leaves, and the log says why."""
        cls = type(self.env["mail.engagement.outgoing"])
        original = cls._engagement_copy

        def broken(outgoing, *args):
            outgoing.env.cr.execute("SELECT no_such_column")
            return original(outgoing, *args)

        self.patch(cls, "_engagement_copy", broken)
        with (
            mute_logger("odoo.sql_db"),
            self.assertLogs(
                "odoo.addons.mail_engagement.models.sending.mail_mail", "ERROR"
            ) as logged,
        ):
            (prepared,) = self.mail._prepare_outgoing_list()
        self.assertIn("https://shop.test/offer", prepared["body"])
        self.assertEqual(len(prepared["attachments"]), 1)
        self.assertIn("leaves without being followed", logged.output[0])
        self.env.cr.execute("SELECT 1")  # the transaction is still usable

    def test_what_was_pending_fails_as_without_us(self):
        """A write of somebody else's that fails within our savepoint is not swallowed with it."""
        with mute_logger("odoo.sql_db"), self.assertRaises(ForeignKeyViolation):
            self.carla.write({"email": "carla@new.test", "industry_id": 999999999})
            self.mail._prepare_outgoing_list()
            self.env.transaction.field_dirty.clear()  # else leaving the block would write it


@tagged("post_install", "-at_install")
class TestSentOnce(EngagementCase):
    def test_error_while_sending_does_not_double(self):
        """A broken statement after SMTP: the mail left once and counts as sent."""
        inbox = self.start_inbox()
        cls = type(self.env["mail.engagement.outgoing"])
        self.patch(cls, "_engagement_upsert", lambda *_args: SQL("SELECT nothing"))
        mail = self.env["mail.mail"].create(
            {"subject": "Once", "body_html": BODY, "recipient_ids": self.carla.ids,
             "auto_delete": False}
        )  # fmt: skip
        with mute_logger("odoo.sql_db", "odoo.addons.mail_engagement.models.sending.mail_mail"):
            mail.send()
        self.assertEqual(mail.state, "sent")
        self.env["mail.mail"].process_email_queue()
        (message,) = inbox.to(self.carla.email)
        self.assertIn("/e/o/", html(message))
