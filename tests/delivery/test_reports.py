"""What delivery reports and complaints say of a mail, through Odoo's own handling of them."""

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from itertools import count, permutations

from markupsafe import Markup

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import InboxCase, html, observed

CARLA, CHEN = "carla@customer.test", "chen@customer.test"
PARTS = """From: MAILER-DAEMON@mx.customer.test
To: {to}
Subject: {subject}
Date: {date}
Message-Id: <report-{number}@customer.test>
MIME-Version: 1.0
Content-Type: multipart/report; report-type={type}; boundary="B"

--B
Content-Type: text/plain

{words}

--B
Content-Type: {report_type}

{report}

--B
Content-Type: {returned_type}

{returned}

--B--
"""
# As these servers write them; no text of theirs.
POSTFIX = (
    "Reporting-MTA: dns; mx.customer.test\nX-Postfix-Queue-ID: 4Zx\n"
    "X-Postfix-Sender: rfc822; bounce@seller.test\nArrival-Date: Mon, 3 Aug 2026 10:00:00 +0200\n\n"
    "Final-Recipient: rfc822; {to}\nOriginal-Recipient: rfc822;{to}\nAction: {action}\n"
    "Status: {status}\nRemote-MTA: dns; inner.customer.test\n"
    "Diagnostic-Code: smtp; 550 {status} <{to}>: Recipient\n    address rejected"
)
EXCHANGE = (
    "Reporting-MTA: dns;AB1.prod.outlook.com\nReceived-From-MTA: dns;mx.seller.test\n"
    "Arrival-Date: Mon, 3 Aug 2026 08:00:00 +0000\n\n"
    "Original-Recipient: rfc822;{to}\nFinal-Recipient: rfc822;{to}\nAction: {action}\n"
    "Status: {status}\nDiagnostic-Code: smtp;550 {status} RESOLVER.ADR.RecipNotFound; not found\n"
    "X-Display-Name: Carla"
)
GMAIL = (
    "Reporting-MTA: dns; googlemail.com\nArrival-Date: Mon, 3 Aug 2026 01:00:00 -0700 (PDT)\n"
    "X-Original-Message-ID: {message_id}\n\n"
    "Final-Recipient: rfc822; {to}\nAction: {action}\nStatus: {status}\n"
    "Remote-MTA: dns; mx.customer.test. (192.0.2.1, the server for the domain customer.test.)\n"
    "Diagnostic-Code: smtp; 550-{status} The mailbox is not there.\n 550 {status} x - gsmtp\n"
    "Last-Attempt-Date: Mon, 3 Aug 2026 01:00:01 -0700 (PDT)"
)
BARE = "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; {to}\nAction: {action}"
ARF = (
    "Feedback-Type: {kind}\nUser-Agent: Feedback/1\nVersion: 1\n"
    "Original-Mail-From: <b@seller.test>\n"
    "Arrival-Date: Mon, 3 Aug 2026 10:00:00 +0200\n{named}Source-IP: 192.0.2.7"
)


@tagged("post_install", "-at_install")
class TestReports(InboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.own_domain()
        cls.numbers = count()
        cls.start = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=1)

    def _post(self, partners=None):
        message = self.lead.with_user(self.anna).message_post(
            body=Markup("<p>Hello</p>"),
            partner_ids=(partners or self.carla).ids,
            subtype_xmlid="mail.mt_comment",
        )
        self.env.invalidate_all()
        return message.engagement_tracking_ids

    def _receive(self, mail, report, *, kind="delivery-status", minutes=10, to=CARLA):
        """
        :param mail: of which this is said
        :param minutes: when, after the test began
        """
        message_id = mail[:1].rfc_message_id
        self.env["mail.thread"].message_process(
            "crm.lead",
            PARTS.format(
                to=self.domain.bounce_email,
                subject="Report",
                date=format_datetime(self.start + timedelta(minutes=minutes)),
                number=next(self.numbers),
                type=kind,
                words="Words",
                report_type=f"message/{kind}",
                report=report,
                returned_type="text/rfc822-headers",
                returned=f"Message-Id: {message_id}\nTo: {to}\nSubject: Offer",
            ),
        )
        self.env.invalidate_all()

    def _say(self, mail, action, status="", shape=None, to=CARLA, **options):
        if shape is None:
            shape = BARE + ("\nStatus: {status}" if status else "")
        fields = {"to": to, "action": action, "status": status, "message_id": mail.rfc_message_id}
        self._receive(mail, shape.format(**fields), **options)

    def test_shapes(self):
        for name, shape in (("Postfix", POSTFIX), ("Exchange", EXCHANGE), ("Gmail", GMAIL)):
            with self.subTest(name):
                mail = self._post()
                self._say(mail, "failed", "5.1.1", shape)
                self.assertEqual((mail.state, mail.delivery), ("bounced", "hard_bounce"))
                self.assertEqual(mail.delivery_code, "5.1.1")
                self.assertIn("5.1.1", mail.delivery_text)
                self.assertFalse(mail.delivery_text.startswith("smtp"))
                self.assertEqual(mail.delivery_why, "There is no such mailbox.")

    def test_qmail(self):
        mail = self._post()
        self.env["mail.thread"].message_process(
            "crm.lead",
            f"From: MAILER-DAEMON@mx.customer.test\nTo: {self.domain.bounce_email}\n"
            "Subject: failure notice\nMessage-Id: <qmail@customer.test>\n\n"
            "Hi. This is the qmail-send program at mx.customer.test.\nI had to give up.\n\n"
            f"<{CARLA}>:\nThis is over quota. (#5.2.2)\n\n"
            "--- Below this line is a copy of the message.\n\n"
            f"Message-ID: {mail.rfc_message_id}\nSubject: Offer\n",
        )
        self.env.invalidate_all()
        self.assertEqual((mail.delivery, mail.delivery_code), ("soft_bounce", "5.2.2"))
        self.assertIn("over quota", mail.delivery_text)
        self.assertEqual(mail.delivery_why, "The mailbox is full.")

    def test_actions(self):
        for action, status, delivery, state in (
            ("delayed", "4.4.1", "deferred", "sent"),
            ("delivered", "2.0.0", "delivered", "sent"),
            ("relayed", "2.0.0", "handed_over", "sent"),
            ("expanded", "2.0.0", "handed_over", "sent"),
            ("failed", "4.4.7", "soft_bounce", "bounced"),
            ("failed", "", "hard_bounce", "bounced"),
        ):
            with self.subTest(action, status=status):
                mail = self._post()
                self._say(mail, action, status)
                self.assertEqual((mail.delivery, mail.state), (delivery, state))
                self.assertEqual(
                    bool(mail.delivery_why), "bounce" in delivery or action == "delayed"
                )

    def test_whatever_comes_first(self):
        """The same is known in the end, in whatever order and however often it is said."""
        said = [("delayed", "4.4.1", 1), ("failed", "4.2.2", 2), ("delivered", "2.0.0", 3)]
        for order in permutations(said):
            with self.subTest([action for action, *_rest in order]):
                mail = self._post()
                for action, status, minutes in [*order, order[0]]:
                    self._say(mail, action, status, minutes=minutes)
                self.assertEqual((mail.delivery, mail.state), ("delivered", "sent"))
                self.assertEqual(
                    mail.delivery_at, (self.start + timedelta(minutes=3)).replace(tzinfo=None)
                )

    def test_a_person_proves_it(self):
        mail = self._post()
        observed(mail, "open")
        self._say(mail, "failed", "5.1.1")
        self.assertEqual((mail.state, mail.delivery_shown), ("opened", "delivered"))
        self.assertFalse(mail.delivery_why)
        self.assertFalse(self._listed(mail))

    def _complain(self, mail, named=f"Original-Rcpt-To: <{CARLA}>\n", kind="abuse", to=CARLA):
        report = ARF.format(kind=kind, named=named)
        self._receive(mail, report, kind="feedback-report", minutes=30, to=to)

    def test_complaint(self):
        mail = self._post()
        self._say(mail, "delivered", "2.0.0")
        self._complain(mail)
        self.assertEqual((mail.delivery, mail.state), ("complained", "sent"))
        self.assertEqual(self.carla.engagement_opens, "refused")
        self.assertEqual(self.carla.engagement_clicks, "refused")
        said = self.env["mail.engagement.consent"].search([("partner_id", "=", self.carla.id)])
        self.assertEqual(set(said.mapped("source")), {"complaint"})
        self.assertFalse(said.user_id)
        self._complain(mail)
        self._say(mail, "delivered", "2.0.0", minutes=50)
        self.assertEqual(mail.delivery, "complained")
        self.assertEqual(self._post().state, "untracked")

    def test_complaint_is_lifted_as_the_persons_own_word(self):
        self._complain(self._post())
        with self.assertRaises(AccessError):
            self.carla.with_user(self.anna).engagement_opens = "granted"

    def test_complaints_that_are_none(self):
        for kind in ("not-spam", "auth-failure", ""):
            with self.subTest(kind):
                mail = self._post()
                self._complain(mail, kind=kind)
                self.assertEqual(mail.delivery, "handed_over")

    def test_who_complained_is_left_out(self):
        """Then the copy's own To says it, or there is but one recipient."""
        mails = self._post(self.carla + self.chen)
        self._complain(mails, named="", to=CHEN)
        by_whom = {mail.partner_id: mail.delivery for mail in mails}
        self.assertEqual(by_whom, {self.carla: "handed_over", self.chen: "complained"})
        mail = self._post()
        self._complain(mail, named="Original-Rcpt-To: redacted\n", to="undisclosed@provider.test")
        self.assertEqual(mail.delivery, "complained")
        mails = self._post(self.carla + self.ben.partner_id)
        self._complain(mails, named="Original-Rcpt-To: <ben@seller.test>\n", to="ben@seller.test")
        self.assertEqual(mails.delivery, "handed_over")

    # the list

    def _listed(self, mails, user=None):
        action = self.env.ref("mail_engagement.mail_engagement_tracking_delivery_action")
        domain = self.env["ir.actions.act_window"]._for_xml_id(action.xml_id)["domain"]
        found = mails.with_user(user or self.anna).search(eval(domain))  # noqa: S307 a constant
        return found & mails

    def test_listed(self):
        mails = self._post(self.carla + self.chen)
        self.assertFalse(self._listed(mails))
        self._say(mails[:1], "failed", "5.1.1")
        self.assertEqual(self._listed(mails).partner_id, self.carla)
        self._say(mails[:1], "delayed", "4.4.1", to=CHEN)
        self.assertEqual(self._listed(mails).partner_id, self.carla)

    def test_done_until_there_is_worse(self):
        mail = self._post()
        self._say(mail, "failed", "4.2.2", minutes=1)
        mail.with_user(self.anna).action_engagement_done()
        self.assertFalse(self._listed(mail))
        self._say(mail, "failed", "4.2.2", minutes=1)
        self.assertFalse(self._listed(mail))
        self._say(mail, "failed", "5.1.1", minutes=2)
        self.assertTrue(self._listed(mail))

    def test_who_may(self):
        """The sender, and who may write on the record; whoever may only read the mail does not."""
        mail = self._post()
        self._say(mail, "failed", "5.1.1")
        other = self.ben
        self.lead.user_id = self.anna
        for call in ("action_engagement_done", "action_engagement_fix"):
            with self.subTest(call), self.assertRaises(AccessError):
                getattr(mail.with_user(other), call)()
        wizard = self.env["mail.engagement.send.again"].with_user(other)
        with self.assertRaises(AccessError):
            wizard.create({"tracking_id": mail.id, "email": "mine@ben.test"})
        with self.assertRaises(AccessError):
            wizard.create({"tracking_id": mail.id})
        # What a form asks for, before anything is saved.
        for name in ("subject", "why", "email"):
            self.env.invalidate_all()
            with self.subTest(name), self.assertRaises(AccessError):
                wizard.new({"tracking_id": mail.id})[name]
        mail.with_user(self.manager).action_engagement_done()
        self.assertTrue(mail.delivery_done)

    def test_send_again_to_another_address(self):
        """A returned mail, which Odoo does not keep; to its recipient alone, and followed anew."""
        mails = self._post(self.carla + self.chen)
        mail = mails.filtered(lambda one: one.partner_id == self.carla)
        self._say(mail, "failed", "5.1.1", minutes=5)
        self.inbox.envelopes.clear()
        wizard = self.env["mail.engagement.send.again"].with_user(self.anna)
        wizard = wizard.create({"tracking_id": mail.id})
        self.assertEqual(wizard.email, CARLA)
        self.assertIn("no such mailbox", wizard.why)
        wizard.email = "carla.rossi@customer.test"
        wizard.action_send()
        self.env.invalidate_all()
        self.assertEqual(self.carla.email, "carla.rossi@customer.test")
        [envelope] = self.inbox.envelopes
        self.assertEqual(envelope.rcpt_tos, ["carla.rossi@customer.test"])
        [received] = self.inbox.to("carla.rossi@customer.test")
        self.assertIn("/o/", html(received))
        self.assertEqual((mail.state, mail.delivery), ("sent", "handed_over"))
        self.assertEqual(mail.email_normalized, "carla.rossi@customer.test")
        self.assertEqual(mail.message_id.engagement_tracking_ids, mails)
        self.assertFalse(self._listed(mails))
        # What is still said of the first attempt is not about this one.
        self._say(mail, "failed", "5.1.1", minutes=5, to="carla.rossi@customer.test")
        self.assertEqual(mail.delivery, "handed_over")
        observed(mail, "open")
        self.assertEqual(mail.state, "opened")

    def test_send_a_failed_one_again(self):
        """Which Odoo has kept; whoever got theirs gets no second one."""
        self.inbox.refuse.add(CHEN)
        self.addCleanup(self.inbox.refuse.clear)
        with self.assertLogs("odoo.addons.mail.models.mail_mail", "ERROR"):
            mails = self._post(self.carla + self.chen)
        mail = mails.filtered(lambda one: one.partner_id == self.chen)
        self.assertEqual((mail.state, mail.delivery), ("failed", "hard_bounce"))
        self.inbox.refuse.clear()
        self.inbox.envelopes.clear()
        mail.with_user(self.anna).action_engagement_send_again()
        self.env.invalidate_all()
        self.assertEqual([envelope.rcpt_tos for envelope in self.inbox.envelopes], [[CHEN]])
        self.assertEqual((mail.state, mail.delivery), ("sent", "handed_over"))
        notes = mail.message_id.notification_ids.filtered(
            lambda one: one.res_partner_id == self.chen
        )
        self.assertEqual(notes.mapped("notification_status"), ["sent"])

    def test_nothing_left_to_send(self):
        mail = self._post()
        self._say(mail, "failed", "5.1.1")
        mail.sudo().message_id = False
        with self.assertRaises(UserError):
            mail.with_user(self.anna).action_engagement_send_again()

    def test_nobody_left_to_send_to(self):
        mail = self._post()
        self._say(mail, "failed", "5.1.1")
        self.carla.email = False
        with self.assertRaises(UserError):
            mail.with_user(self.anna).action_engagement_send_again()

    def test_no_address(self):
        mail = self._post()
        self._say(mail, "failed", "5.1.1")
        wizard = self.env["mail.engagement.send.again"].with_user(self.anna)
        wizard = wizard.create({"tracking_id": mail.id, "email": "carla at customer"})
        with self.assertRaises(UserError):
            wizard.action_send()
        self.assertEqual(self.carla.email, CARLA)

    def test_blacklist(self):
        """Managers only, and only of those who complained."""
        complained, returned = self._post(), self._post(self.chen)
        self._complain(complained)
        self._say(returned, "failed", "5.1.1", to=CHEN)
        with self.assertRaises(AccessError):
            complained.with_user(self.anna).action_engagement_blacklist()
        (complained + returned).with_user(self.manager).action_engagement_blacklist()
        listed = self.env["mail.blacklist"].search([("email", "in", [CARLA, CHEN])])
        self.assertEqual(listed.mapped("email"), [CARLA])

    def test_facts(self):
        """A bounce and a complaint are each one fact, however often they are said."""
        facts = self.env["mail.engagement.fact"]
        company = self.env.company.id
        wanted = {"bounce": {company}, "complaint": {company}}
        self.patch(type(facts), "_engagement_wanted", lambda _self: wanted)
        self.env.registry.clear_cache("stable")
        self.addCleanup(self.env.registry.clear_cache, "stable")
        mail = self._post()
        for minutes in (1, 1, 2):
            self._say(mail, "failed", "4.2.2", minutes=minutes)
        self._complain(mail)
        found = facts.search([("tracking_id", "=", mail.id)], order="id")
        self.assertEqual(found.mapped("kind"), ["bounce", "complaint"])
        self.assertEqual(
            found[0].happened_at, (self.start + timedelta(minutes=1)).replace(tzinfo=None)
        )

    def test_anonymous_mail(self):
        country = self.env.ref("base.it")
        self.carla.country_id = country
        self.env["mail.engagement.policy"].search([("country_id", "=", country.id)]).write(
            {"policy": "anonymous"}
        )
        mail = self._post()
        self.assertTrue(mail.is_anonymous)
        self._say(mail, "failed", "5.1.1")
        self._complain(mail)
        self.assertFalse(mail.delivery)
