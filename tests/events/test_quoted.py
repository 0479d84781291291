"""What incoming mails quote of ours, through the mail gateway as servers hand mails over.

Each mail comes twice, once with our addresses and once with what they lead to: Odoo has to store
the same of both, so that not a character of the customer's is lost.
"""

import base64
import quopri
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from html import escape
from itertools import count
from textwrap import wrap
from urllib.parse import quote

from odoo.tests import tagged
from odoo.tools import html2plaintext

from ..common import InboxCase, html

TARGET = "https://shop.test/o?a=1&b=2"
WORDS = {
    "windows-1252": "Grüße – offer <{}>€ 5, „{}“ and «{}»\xa0fine",
    "iso-8859-1": "Grüße: {}, ça va? <{}>. ¿{}?",
    "iso-8859-15": "Preis {}; 5 €. <{}> ({})",
    "gb18030": "链接：{}（已收到，谢谢）看{}。{}㐀",
    "gbk": "链接：{}（已收到，谢谢）看{}。{}",
    "big5": "連結{}（已收到，謝謝）看{}。{}",
    "iso-2022-jp": "詳細は{}を見ました。{}、{}",
    "shift_jis": "詳細は{}を見ました。{}、{}",
    "euc-jp": "詳細は{}を見ました。{}、{}",
    "euc-kr": "링크는{}입니다. {}({})",
    "koi8-r": "Ссылка {}, спасибо: ({}) {}!",
    "windows-1251": "Ссылка {}, спасибо: «{}» {}!",
    "iso-8859-8": "קישור {} תודה {}, {}",
    "windows-1256": "رابط {} شكرا {}، {}",
    "utf-8": "詳細は{}をご確認ください😀 “{}”\u200b {}\u3000終",
    "utf-7": "Grüße {} und {}, {}",
    "utf-16": "Grüße {}を {}, {}",
}


@tagged("post_install", "-at_install")
class TestQuoted(InboxCase):
    def setUp(self):
        super().setUp()
        self.message = self.lead.with_user(self.anna).message_post(
            body=self.markup(f'<p>Hi, <a href="{escape(TARGET)}">offer</a></p>'),
            partner_ids=self.carla.ids,
            subtype_xmlid="mail.mt_comment",
        )
        self.quoted = html(self.inbox.to(self.carla.email)[0])
        self.click = self._value("href")
        self.pixel = self._value("src")
        self.numbers = count()
        # Odoo takes many mails of one sender for a loop.
        self.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 1000)

    def _value(self, name):
        start = self.quoted.index(f'{name}="http') + len(name) + 2
        return self.quoted[start : self.quoted.index('"', start)]

    def _receive(self, mail):
        """:param email.message.Message mail: without its header
        :return: what the gateway stored of it
        """
        mail["From"] = self.carla.email_formatted
        mail["To"] = "anna@seller.test"
        mail["Subject"] = "Re: Offer"
        mail["Message-Id"] = f"<quoted-{next(self.numbers)}@customer.test>"
        mail["In-Reply-To"] = mail["References"] = self.message.message_id
        before = self.lead.message_ids
        self.env["mail.thread"].message_process("crm.lead", mail.as_bytes())
        self.env.invalidate_all()
        stored = self.lead.message_ids - before
        self.assertTrue(stored)
        return stored.body

    def _part(self, text, subtype, charset="utf-8", encoding="base64", label=None, **parameters):
        """:param label: the charset that the part says it has, "" for none"""
        raw = text.encode(charset)
        part = MIMENonMultipart("text", subtype, **parameters)
        if label := charset if label is None else label:
            part.set_param("charset", label)
        if encoding == "base64":
            part.set_payload(base64.encodebytes(raw).decode())
        elif encoding == "quoted-printable":
            part.set_payload(quopri.encodestring(raw).decode())
        else:
            part.set_payload(raw.decode("ascii", "surrogateescape"))
        part["Content-Transfer-Encoding"] = encoding
        return part

    def assertSame(self, make, ours=None):
        """:param make: function from an address to a mail"""
        stored = self._receive(make(ours or self.click))
        expected = self._receive(make(TARGET))
        self.assertEqual(stored, expected)
        self.assertNotIn("/e/c/", stored)
        self.assertIn("shop.test/o?a=1&amp;b=2", stored)
        return stored

    def test_plain_text(self):
        for charset, words in WORDS.items():
            for encoding in ("base64", "quoted-printable", "8bit"):
                if charset == "utf-16" and encoding == "8bit":
                    continue
                with self.subTest(charset=charset, encoding=encoding):
                    stored = self.assertSame(
                        lambda url, charset=charset, encoding=encoding, words=words: self._part(
                            words.format(url, url, url), "plain", charset, encoding
                        )
                    )
                    said = html2plaintext(stored).replace("\xa0", " ")
                    for word in words.replace("\xa0", " ").split("{}"):
                        self.assertIn(word.strip(" \u200b<>"), said)

    def test_html(self):
        for charset, words in WORDS.items():
            for encoding in ("base64", "quoted-printable"):
                with self.subTest(charset=charset, encoding=encoding):
                    self.assertSame(
                        lambda url, charset=charset, encoding=encoding, words=words: self._part(
                            f'<p>{escape(words).format(*[escape(url)] * 3)} <a href="{escape(url)}"'
                            ">x</a></p>",
                            "html",
                            charset,
                            encoding,
                        )
                    )

    def test_other_charset_than_is_said(self):
        for charset, label, subtype in (
            ("iso-8859-1", "", "plain"),
            ("utf-8", "us-ascii", "html"),
            ("utf-8", "us-ascii", "plain"),
            ("utf-8", "", "html"),
            ("windows-1252", "iso-8859-1", "plain"),
        ):
            with self.subTest(charset=charset, label=label, subtype=subtype):
                self.assertSame(
                    lambda url, charset=charset, label=label, subtype=subtype: self._part(
                        f"Grüße {url}, ça va", subtype, charset, "8bit", label=label
                    )
                )

    def test_parts(self):
        """Some clients write both, or several; some systems add one of their own."""
        for kind in ("alternative", "mixed", "related"):
            for subtypes in (("plain", "html"), ("html", "plain"), ("html", "html"), ("plain",)):
                with self.subTest(kind=kind, subtypes=subtypes):

                    def make(url, kind=kind, subtypes=subtypes):
                        mail = MIMEMultipart(kind)
                        for subtype in subtypes:
                            sent = escape(url) if subtype == "html" else url
                            mail.attach(self._part(f"詳細は{sent}を。", subtype, "gb18030"))
                        return mail

                    self.assertSame(make)

    def test_quoted_mail(self):
        """The whole mail, as clients quote it; the pixel goes without a trace."""
        for encoding in ("8bit", "quoted-printable", "base64"):
            with self.subTest(encoding=encoding):
                stored = self._receive(
                    self._part(
                        f"<p>はい</p><blockquote>{self.quoted}</blockquote>",
                        "html",
                        "utf-8",
                        encoding,
                    )
                )
                self.assertNotIn("/e/", stored)
                self.assertNotIn("<img", stored)
                self.assertIn("はい", stored)
                self.assertIn(f'href="{escape(TARGET)}"', stored)

    def test_format_flowed(self):
        """RFC 3676: a space before the end of a line that is none, marks before the next."""
        for width, mark in ((72, " \n> "), (60, " \r\n>> "), (60, "\n"), (72, "=\n"), (50, " \n")):
            with self.subTest(width=width, mark=mark):
                broken = mark.join(wrap(self.click, width))
                stored = self._receive(
                    self._part(f"> {broken}\nbye", "plain", format="flowed", delsp="yes")
                )
                self.assertIn(f"{escape(TARGET)}\nbye", stored)
                self.assertNotIn("/e/", stored)

    def test_mail_in_short_lines(self):
        """A gateway has broken every line, the addresses of ours too."""
        stored = self._receive(self._part("\n".join(wrap(self.quoted, 76)), "html"))
        self.assertNotIn("/e/", stored)
        self.assertIn(escape(TARGET), stored)

    def test_wrapped(self):
        """Odoo writes an address's signs anew before we see it."""
        for template, write in (
            (
                "https://eur01.safelinks.protection.outlook.com/?url={}&data=05%7C01&reserved=0",
                quote,
            ),
            ("https://urldefense.com/v3/__{}__;!!x!y$", str),
            ("https://url.avanan.click/v2/___{}___.YXAzOnRlc3Q", str),
            ("https://eu-central-1.protection.sophos.com/?d=x.test&u={}&i=N", _base64),
            ("https://www.google.com/url?q={}&sa=D", _safe_link),
        ):
            with self.subTest(template=template):
                url = template.format(write(self.click))
                words = f'<p>詳細は{escape(url)}を。<a href="{escape(url)}">o</a></p>'
                stored = self._receive(self._part(words, "html"))
                self.assertIn(f"詳細は{escape(TARGET)}を。", stored)
                self.assertIn(f'href="{escape(TARGET)}"', stored)
                self.assertNotIn("詳細はhttps://e", stored)

    def test_pixel_behind_a_proxy(self):
        for url in (
            f"https://ci3.googleusercontent.com/meips/ADKq=s0-d-e1-ft#{self.pixel}",
            f"https://proxy.imgsmail.ru/?e=1&url171={_base64(self.pixel.partition('://')[2])}~~",
            f"https://www.fastmailusercontent.com/proxy/abc/{self.pixel.encode().hex()}/open.gif",
            f"https://ecp.yusercontent.com/mail?url={quote(self.pixel, safe='')}&t=1",
        ):
            with self.subTest(url=url):
                stored = self._receive(self._part(f'<p>x</p><img src="{escape(url)}">y', "html"))
                self.assertNotIn("<img", stored)
                self.assertIn("y", stored)

    def test_another_site(self):
        stored = self._receive(
            self._part(
                f'<a href="https://translate.test/?u={quote(self.click, safe="")}&amp;tl=ja">x</a>',
                "html",
            )
        )
        self.assertIn(
            f'href="https://translate.test/?u={quote(TARGET, safe="")}&amp;tl=ja"', stored
        )


def _base64(text):
    return base64.b64encode(text.encode()).decode().rstrip("=")


def _safe_link(url):
    link = f"https://eur01.safelinks.protection.outlook.com/?url={quote(url, safe='')}&data=1"
    return quote(link, safe="")
