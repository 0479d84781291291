"""What mail servers and mail programs report of a mail, through Odoo's own handling of it."""

from itertools import count

from markupsafe import Markup

from odoo.tests import tagged

from ..common import InboxCase

BODY = Markup("<p>Hello</p>")
REPORT = """MIME-Version: 1.0
From: {sender}
To: {to}
Subject: Report
Message-Id: <report-{number}@customer.test>
{headers}Content-Type: multipart/report; report-type={type}; boundary="B"

--B
Content-Type: text/plain

Words
--B
Content-Type: message/{type}

{body}

--B
Content-Type: {returned}

Message-Id: {message_id}
Subject: Offer

--B--
"""
CARLA, CHEN = "carla@customer.test", "chen@customer.test"


def group(address=CARLA, action="failed", status="5.1.1", original=None):
    """The fields of one recipient."""
    first = f"Original-Recipient: {original}\n" if original else ""
    return f"{first}Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}"


@tagged("post_install", "-at_install")
class TestReturned(InboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.own_domain()
        cls.numbers = count()

    def _post(self, partners):
        return self.lead.with_user(self.anna).message_post(
            body=BODY, partner_ids=partners.ids, subtype_xmlid="mail.mt_comment"
        )

    def _report(self, message, *groups, type_="delivery-status", head="Reporting-MTA: dns; mx\n\n",
                sender="MAILER-DAEMON@customer.test", to=None, headers="",
                returned="text/rfc822-headers"):  # fmt: skip
        """The customer's server reports this of the message."""
        self.env["mail.thread"].message_process(
            "crm.lead",
            REPORT.format(
                sender=sender, to=to or self.domain.bounce_email, number=next(self.numbers),
                headers=headers, type=type_, body=head + "\n\n".join(groups),
                message_id=message.message_id, returned=returned,
            ),
        )  # fmt: skip
        self.env.invalidate_all()
        return {row.partner_id: row.state for row in message.engagement_tracking_ids}

    def test_failed(self):
        for returned in ("text/rfc822-headers", "message/rfc822", "message/global-headers"):
            with self.subTest(returned):
                message = self._post(self.carla + self.chen)
                states = self._report(message, group(), returned=returned)
                self.assertEqual(states, {self.carla: "bounced", self.chen: "sent"})

    def test_each_recipient_has_their_own(self):
        message = self._post(self.carla + self.chen)
        states = self._report(message, group(CARLA, "delayed", "4.4.1"), group(CHEN))
        self.assertEqual(states, {self.carla: "sent", self.chen: "bounced"})
        both = self._post(self.carla + self.chen)
        states = self._report(both, group(CARLA), group(CHEN))
        self.assertEqual(set(states.values()), {"bounced"})

    def test_no_failure(self):
        """A warning comes while the server goes on trying."""
        for partners in (self.carla, self.carla + self.chen):
            message = self._post(partners)
            for action, status in (
                ("delayed", "4.4.1"),
                ("delivered", "2.0.0"),
                ("relayed", "2.0.0"),
                ("expanded", "2.0.0"),
            ):
                with self.subTest(action, recipients=len(partners)):
                    states = self._report(message, group(CARLA, action, status))
                    self.assertEqual(set(states.values()), {"sent"})

    def test_late_delivery_that_fails_in_the_end(self):
        message = self._post(self.carla)
        self.assertEqual(
            self._report(message, group(action="delayed", status="4.4.1"))[self.carla], "sent"
        )
        self.assertEqual(self._report(message, group(status="4.4.7"))[self.carla], "bounced")

    def test_receipts(self):
        """No failure, no reply, no open."""
        for partners in (self.carla, self.carla + self.chen):
            for type_, body in (
                (
                    "disposition-notification",
                    f"Final-Recipient: rfc822;{CARLA}\nOriginal-Message-ID: %s\n"
                    "Disposition: manual-action/MDN-sent-manually; displayed",
                ),
                (
                    "disposition-notification",
                    f"Final-Recipient: rfc822;{CARLA}\nOriginal-Message-ID: %s\n"
                    "Disposition: automatic-action/MDN-sent-automatically; deleted",
                ),
                ("feedback-report", "Feedback-Type: not-spam\nOriginal-Mail-From: a@b.test\n# %s"),
            ):
                with self.subTest(type_, recipients=len(partners)):
                    message = self._post(partners)
                    states = self._report(
                        message, body % message.message_id, type_=type_, head="", sender=CARLA,
                        headers=f"In-Reply-To: {message.message_id}\n",
                    )  # fmt: skip
                    self.assertEqual(set(states.values()), {"sent"})
                    rows = message.engagement_tracking_ids
                    self.assertEqual(sum(rows.mapped("reply_count")), 0)
                    self.assertFalse(rows.event_ids)

    def test_original_recipient(self):
        """Carla's mail is forwarded to an address that we do not know, and fails there."""
        for original in (
            f"rfc822;{CARLA}",
            f"RFC822; {CARLA.title()}",
            "utf-8; carla@customer.test",
            "rfc822; carla+2Bsome+2Btag@customer.test",
        ):
            with self.subTest(original):
                message = self._post(self.carla + self.chen)
                states = self._report(message, group("c.rossi@private.test", original=original))
                self.assertEqual(states, {self.carla: "bounced", self.chen: "sent"})

    def test_colleagues_copy(self):
        """A colleague's copy comes back from their private address: the customer got theirs."""
        message = self._post(self.carla + self.ben.partner_id)
        for final, original in (
            ("ben.private@elsewhere.test", "rfc822;ben@seller.test"),
            ("ben.private@elsewhere.test", None),
            ("ben@seller.test", None),
            (CARLA, "rfc822;ben@seller.test"),
        ):
            with self.subTest(final=final, original=original):
                states = self._report(message, group(final, original=original))
                self.assertEqual(states[self.carla], "sent")

    def test_address_that_the_server_rewrote(self):
        """What it was sent to is nobody's: then where it was to arrive."""
        message = self._post(self.carla + self.chen)
        states = self._report(message, group(CARLA, original="rfc822;carla@rewritten.test"))
        self.assertEqual(states, {self.carla: "bounced", self.chen: "sent"})

    def test_plus_address(self):
        self.carla.email = "carla+odoo@customer.test"
        for address in (CARLA, "carla+odoo@customer.test", "carla+2Bodoo@customer.test"):
            with self.subTest(address):
                message = self._post(self.carla + self.chen)
                states = self._report(message, group(address))
                self.assertEqual(states, {self.carla: "bounced", self.chen: "sent"})

    def test_nobody_named(self):
        """Any mail to the bounce address is a returned one to Odoo: an out-of-office note, say."""
        message = self._post(self.carla)
        self.env["mail.thread"].message_process(
            "crm.lead",
            f"From: {CARLA}\nTo: {self.domain.bounce_email}\nSubject: Automatic reply: Offer\n"
            f"Message-Id: <note@customer.test>\nIn-Reply-To: {message.message_id}\n\nI am away",
        )
        self.env.invalidate_all()
        self.assertEqual(message.engagement_tracking_ids.state, "sent")

    def test_no_report_but_words(self):
        """Exim's old form, and qmail's: the returned mail is quoted as text."""
        for number, (headers, words) in enumerate(
            (
                (f"X-Failed-Recipients: {CHEN}\n", "A message could not be delivered."),
                ("", f"Hi. This is the qmail-send program at mx.\n\n<{CHEN}>:\nSorry. (#5.1.1)"),
            )
        ):
            with self.subTest(words):
                message = self._post(self.carla + self.chen)
                self.env["mail.thread"].message_process(
                    "crm.lead",
                    "From: Mail Delivery System <Mailer-Daemon@customer.test>\n"
                    f"To: {self.domain.bounce_email}\n{headers}Subject: failure notice\n"
                    f"Message-Id: <words-{number}@customer.test>\n\n{words}\n\n"
                    f"--- Below is a copy\n\nMessage-ID: {message.message_id}\nSubject: Offer\n",
                )
                self.env.invalidate_all()
                states = {row.partner_id: row.state for row in message.engagement_tracking_ids}
                self.assertEqual(states, {self.carla: "sent", self.chen: "bounced"})

    def test_person_forwards_a_returned_mail(self):
        """The whole is a person's mail, and a reply."""
        message = self._post(self.carla + self.chen)
        self.env["mail.thread"].message_process(
            "crm.lead",
            f"From: {CARLA}\nTo: anna@seller.test\nSubject: Re: Offer\nMIME-Version: 1.0\n"
            f"Message-Id: <forward@customer.test>\nIn-Reply-To: {message.message_id}\n"
            'Content-Type: multipart/mixed; boundary="B"\n\n'
            "--B\nContent-Type: text/plain\n\nThis came back to me\n"
            "--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
            f"{group(CHEN)}\n\n--B--\n",
        )
        self.env.invalidate_all()
        states = {row.partner_id: row.state for row in message.engagement_tracking_ids}
        self.assertEqual(states, {self.carla: "replied", self.chen: "sent"})
