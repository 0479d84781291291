"""What the company's own mail server answers to each mail, through a real SMTP dialogue."""

import smtplib

from markupsafe import Markup

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...dev.processes import free_port
from ..common import InboxCase, observed

BODY = Markup("<p>Hello</p>")
CARLA, CHEN = "carla@customer.test", "chen@customer.test"
FAILING = mute_logger("odoo.addons.mail.models.mail_mail")


@tagged("post_install", "-at_install")
class TestHandedOver(InboxCase):
    def setUp(self):
        super().setUp()
        self.inbox.refuse.clear()
        self.inbox.replies.clear()
        self.inbox.answers.clear()

    def _post(self, partners=None):
        message = self.lead.with_user(self.anna).message_post(
            body=BODY,
            partner_ids=(partners or self.carla).ids,
            subtype_xmlid="mail.mt_comment",
        )
        self.env.invalidate_all()
        return message.engagement_tracking_ids

    def test_the_servers_answer(self):
        self.inbox.answers[CARLA] = "250 2.0.0 Ok: queued as 4ZxKq81"
        mail = self._post()
        self.assertEqual(mail.delivery, "handed_over")
        self.assertEqual(mail.delivery_text, "250 2.0.0 Ok: queued as 4ZxKq81")
        self.assertEqual(mail.delivery_code, "2.0.0")
        self.assertTrue(mail.delivery_at)
        self.assertFalse(mail.delivery_why)

    def test_each_recipient_has_their_own(self):
        self.inbox.answers.update({CARLA: "250 first", CHEN: "250 second"})
        mails = self._post(self.carla + self.chen)
        said = {mail.partner_id: mail.delivery_text for mail in mails}
        self.assertEqual(said, {self.carla: "250 first", self.chen: "250 second"})

    def test_two_contacts_with_one_address(self):
        twin = self.carla.copy({"email": CARLA})
        mails = self._post(self.carla + twin)
        self.assertEqual(mails.mapped("delivery"), ["handed_over"] * 2)

    def test_refused(self):
        """By the recipient's or by the mail's answer, for now or for good."""
        for where, answer, delivery, code in (
            (self.inbox.replies, "550 5.1.1 No such user", "hard_bounce", "5.1.1"),
            (self.inbox.replies, "450 4.2.1 Try again", "soft_bounce", "4.2.1"),
            (self.inbox.replies, "552 Mailbox full", "soft_bounce", "5.2.2"),
            (self.inbox.answers, "451 4.7.1 Greylisted", "soft_bounce", "4.7.1"),
            (self.inbox.answers, "554 5.7.1 Spam", "hard_bounce", "5.7.1"),
        ):
            with self.subTest(answer), FAILING:
                where[CARLA] = answer
                mail = self._post()
                self.assertEqual(mail.state, "failed")
                self.assertEqual((mail.delivery, mail.delivery_code), (delivery, code))
                self.assertIn(answer.split(" ", 2)[-1], mail.delivery_text)
                self.assertTrue(mail.delivery_why and mail.delivery_advice)
                where.clear()

    def test_no_server(self):
        self.env["ir.mail_server"].search([]).smtp_port = free_port()
        mail = self._post()
        self.assertEqual((mail.state, mail.delivery), ("failed", "soft_bounce"))
        self.assertIn("No server", mail.delivery_why)

    def test_copy_that_reaches_one_of_two(self):
        """Odoo drops what the server says of one of the recipients of a copy."""
        self.carla.email = f"{CARLA}, {CHEN}"
        self.inbox.refuse.add(CHEN)
        mail = self._post()
        self.assertEqual((mail.state, mail.delivery), ("sent", "hard_bounce"))
        self.assertEqual(mail.delivery_code, "5.1.1")

    def test_sent_again(self):
        """What was known of the first attempt goes; the corrected address stands there."""
        self.inbox.refuse.add(CARLA)
        with FAILING:
            mail = self._post()
        self.assertEqual(mail.delivery, "hard_bounce")
        self.carla.email = "carla.rossi@customer.test"
        again = self.env["mail.mail"].search([("mail_message_id", "=", mail.message_id.id)])
        again.mark_outgoing()
        again.send()
        self.env.invalidate_all()
        self.assertEqual((mail.state, mail.delivery), ("sent", "handed_over"))
        self.assertEqual(mail.email_normalized, "carla.rossi@customer.test")
        self.assertEqual(mail.message_id.engagement_tracking_ids, mail)

    def test_session_of_another_kind(self):
        """What is no plain session is left as it is: the mail leaves, its answer is not known."""

        class Session(smtplib.SMTP):
            pass

        servers = type(self.env["ir.mail_server"])
        connect = servers._connect__

        def connected(*args, **kwargs):
            session = connect(*args, **kwargs)
            session.__class__ = Session
            return session

        self.patch(servers, "_connect__", connected)
        mail = self._post()
        self.assertEqual((mail.state, mail.delivery), ("sent", False))
        self.assertEqual(len(self.inbox.to(CARLA)), 1)

    def test_anonymous(self):
        """All recipients share one row: nobody's own way is in it."""
        country = self.env.ref("base.it")
        self.carla.country_id = self.chen.country_id = country
        self.env["mail.engagement.policy"].search([("country_id", "=", country.id)]).write(
            {"policy": "anonymous"}
        )
        mail = self._post(self.carla + self.chen)
        self.assertEqual(mail.mapped("is_anonymous"), [True])
        self.assertFalse(mail.delivery or mail.delivery_text)

    def test_whoever_opens_it_has_it(self):
        mail = self._post()
        self.assertEqual(mail.delivery_shown, "handed_over")
        observed(mail, "open")
        self.assertEqual((mail.delivery, mail.delivery_shown), ("handed_over", "delivered"))

    def test_switched_off(self):
        """Nothing is listened to."""
        self.env.company.engagement_enabled = False
        self._post()
        self.assertNotIn("mail_engagement_answers", self.env.cr.cache)
