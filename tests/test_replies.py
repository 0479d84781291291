"""Replies through the mail gateway, and what they quote of ours."""

import base64
import quopri
from textwrap import wrap
from urllib.parse import quote

from odoo.tests import tagged

from .common import InboxCase, html

REPLY = """MIME-Version: 1.0
From: {sender}
To: anna@seller.test
Subject: Re: Offer
Message-Id: <{name}@customer.test>
In-Reply-To: {message_id}
References: {message_id}
{headers}Content-Type: {type}; charset="{charset}"
Content-Transfer-Encoding: {encoding}

{body}
"""


@tagged("post_install", "-at_install")
class TestReplies(InboxCase):
    def setUp(self):
        super().setUp()
        self.message = self.lead.with_user(self.anna).message_post(
            body=self.markup('<p>Hi, <a href="https://shop.test/o?a=1&amp;b=2">offer</a></p>'),
            partner_ids=(self.carla + self.chen).ids,
            subtype_xmlid="mail.mt_comment",
        )
        self.row = {row.partner_id: row for row in self.message.engagement_tracking_ids}

    def _reply(self, partner, *, name="reply-1", headers="", body="<p>Yes!</p>",
               charset="utf-8", encoding="8bit", sender=None):  # fmt: skip
        if encoding == "base64":
            body = base64.encodebytes(body.encode(charset)).decode()
        elif encoding == "quoted-printable":
            body = quopri.encodestring(body.encode(charset)).decode()
        before = self.lead.message_ids
        self.env["mail.thread"].message_process(
            "crm.lead",
            REPLY.format(
                sender=sender or partner.email_formatted, name=name, headers=headers, body=body,
                message_id=self.message.message_id, type="text/html", charset=charset,
                encoding=encoding,
            ),
        )  # fmt: skip
        self.env.invalidate_all()
        return self.lead.message_ids - before

    def test_reply_counts_for_who_sent_it(self):
        self._reply(self.chen)
        self.assertEqual(self.row[self.chen].reply_count, 1)
        self.assertEqual(self.row[self.chen].state, "replied")
        self.assertEqual(self.row[self.carla].reply_count, 0)

    def test_reply_from_another_address(self):
        """Nobody's for certain when there were two recipients."""
        self._reply(self.chen, sender="Somebody <else@customer.test>")
        self.assertEqual(sum(row.reply_count for row in self.row.values()), 0)

    def test_same_reply_twice(self):
        self._reply(self.chen)
        self._reply(self.chen)
        self.assertEqual(self.row[self.chen].reply_count, 1)

    def test_automatic_replies(self):
        for number, headers in enumerate(
            ("Auto-Submitted: auto-replied\n", "X-Autoreply: yes\n", "Precedence: auto_reply\n")
        ):
            with self.subTest(headers=headers):
                self._reply(self.carla, name=f"auto-{number}", headers=headers)
        events = self.row[self.carla].event_ids
        self.assertEqual(set(events.mapped("verdict")), {"machine"})
        self.assertEqual(self.row[self.carla].reply_count, 0)
        self.assertEqual(self.row[self.carla].state, "sent")

    def assertRestored(self, message):
        self.assertTrue(message)
        self.assertNotIn("/e/o/", message.body)
        self.assertNotIn("/e/c/", message.body)
        self.assertIn("https://shop.test/o?a=1&amp;b=2", message.body)

    def test_quoted_mail_is_restored(self):
        """Whoever reads the chatter would fire our pixel and links otherwise."""
        quoted = html(self.inbox.to(self.carla.email)[0])
        for number, (charset, encoding) in enumerate(
            (
                ("utf-8", "8bit"),
                ("utf-8", "quoted-printable"),
                ("utf-8", "base64"),
                ("iso-2022-jp", "quoted-printable"),
            )
        ):
            with self.subTest(charset=charset, encoding=encoding):
                body = f"<p>はい</p><blockquote>{quoted}</blockquote>"
                body = body.encode(charset, "xmlcharrefreplace").decode(charset)
                self.assertRestored(
                    self._reply(
                        self.carla,
                        name=f"q-{number}",
                        body=body,
                        charset=charset,
                        encoding=encoding,
                    )
                )

    def test_mail_in_short_lines_is_restored(self):
        """A gateway has broken every line, the addresses of ours too."""
        quoted = "\n".join(wrap(html(self.inbox.to(self.carla.email)[0]), 76))
        self.assertRestored(self._reply(self.carla, name="lines", body=quoted))

    def test_wrapped_links_are_restored(self):
        """A gateway at the customer's has put its own address around ours."""
        quoted = html(self.inbox.to(self.carla.email)[0])
        start = quoted.index('href="') + 6
        ours = quoted[start : quoted.index('"', start)]
        gateway = "https://eur01.safelinks.protection.outlook.com"
        wrapped = f"{gateway}/?url={quote(ours, safe='')}&amp;data=05"
        self.assertRestored(
            self._reply(self.carla, name="wrapped", body=quoted.replace(ours, wrapped))
        )
