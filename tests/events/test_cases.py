"""Cases of public reports in a real Odoo, each by its id: ``-k E02``.

The inputs lie in ``tests/cases``; ``tests/tools/test_cases.py`` has what takes no Odoo.
"""

import re
from base64 import b64encode
from datetime import timedelta
from html import escape
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlsplit

from lxml import html as lxml_html

from odoo import fields
from odoo.tests import Form, HttpCase, new_test_user, tagged

from ...relay.engagement_relay.protocol import token
from ..common import InboxCase, html
from ..delivery.test_returned import REPORT, group

CASES = Path(__file__).parents[1] / "cases"
TARGET = "https://shop.test/o?a=1&b=2"
PEOPLE = "carla@customer.test", "chen@customer.test"


def came(case):
    [path] = CASES.glob(f"{case}.*")
    return path.read_text(encoding="utf-8").removesuffix("\n")


def base64(text):
    return b64encode(text.encode()).decode().replace("=", "~")


@tagged("post_install", "-at_install")
class TestCases(InboxCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.numbers = count()
        cls.domain = cls.env["mail.alias.domain"].search([("name", "=", "seller.test")])
        cls.domain = cls.domain or cls.env["mail.alias.domain"].create({"name": "seller.test"})
        cls.env.company.alias_domain_id = cls.domain
        cls.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 1000)

    # --- What the tests share

    def _post(self, partners=None, body=None, **values):
        self.inbox.envelopes.clear()
        return self.lead.with_user(self.anna).message_post(
            body=self.markup(body or f'<p>Hi, <a href="{escape(TARGET)}">offer</a></p>'),
            partner_ids=(partners or self.carla).ids,
            subtype_xmlid="mail.mt_comment",
            **values,
        )

    def _sent(self, address="carla@customer.test"):
        """The HTML that arrived, and the ways of our addresses in it by their kind."""
        body = html(self.inbox.to(address)[0])
        found = re.findall(r'"(https?://[^"/]+/e/([oca])/[^"]+)"', body)
        return body, {kind: url for url, kind in found}

    def _raw(self, body):
        """What arrives of a mail that no sanitizer of Odoo's has seen."""
        self.inbox.envelopes.clear()
        self.env["mail.mail"].create({"body_html": body, "recipient_ids": self.carla.ids}).send()
        return self._sent()

    def _target(self, url):
        keyring = self.env["mail.engagement.key"]._engagement_keyring()
        return token.parse(url.rpartition("/")[2], keyring)[0].target

    def _get(self, url):
        answer = self.opener.get(
            self.base_url() + re.sub(r"^https?://[^/]+", "", url),
            headers={"Connection": "close", "User-Agent": "Mozilla/5.0 (X11) Firefox/128.0"},
            allow_redirects=False, timeout=30,
        )  # fmt: skip
        with self.allow_requests(all_requests=True):
            self._wait_remaining_requests()
        return answer

    def _process(self, text):
        self.env["mail.thread"].message_process("crm.lead", text)
        self.env.invalidate_all()

    def _answer(self, message, fields_="", body="Yes!", content="text/plain", sender=PEOPLE[0]):
        """:param fields_: of the header; In-Reply-To is ours where they have none"""
        mail = {
            "From": f"From: {sender}\n", "In-Reply-To": f"In-Reply-To: {message.message_id}\n",
            "Subject": "Subject: Re: Offer\n", "Content-Type": f"Content-Type: {content}\n",
        }  # fmt: skip
        head = "".join(
            line for name, line in mail.items() if not re.search(rf"(?m)^{name}:", fields_)
        )
        if fields_:
            fields_ = fields_.rstrip("\n") + "\n"
        before = self.lead.message_ids
        text = (
            f"To: anna@seller.test\nMessage-Id: <c{next(self.numbers)}@x.test>\n"
            f"MIME-Version: 1.0\n{head}{fields_}\n"
        )
        self._process(text.encode() + (body if isinstance(body, bytes) else body.encode()))
        return self.lead.message_ids - before

    def _rows(self, message):
        return {row.partner_id: row for row in message.engagement_tracking_ids}

    def _states(self, message):
        return [self._rows(message)[who].state for who in (self.carla, self.chen)]

    def assertWord(self, fields_, *, is_automatic, **values):
        row = self._post().engagement_tracking_ids
        self._answer(row.message_id, fields_, **values)
        self.assertEqual(row.event_ids.mapped("verdict"), ["machine" if is_automatic else "human"])
        self.assertEqual(
            (row.reply_count, row.state), (0, "sent") if is_automatic else (1, "replied")
        )

    def _report(self, message, *groups, type_="delivery-status", sender="MAILER-DAEMON@x.test",
                to=None, head="Reporting-MTA: dns; mx\n\n", headers=""):  # fmt: skip
        self._process(
            REPORT.format(
                sender=sender, to=to or self.domain.bounce_email, number=f"c{next(self.numbers)}",
                headers=headers, type=type_, body=head + "\n\n".join(groups),
                message_id=message.message_id, returned="text/rfc822-headers",
            )
        )  # fmt: skip

    # --- A: what leaves

    def test_host_names_a13(self):
        hosts = ("xn--strae-oqa", "xn----ylba7abgd9bnh0e", "xn--mgba3gch31f060k")
        body, _ways = self._raw(came("A13"))
        targets = [self._target(url) for url in re.findall(r'href="([^"]+)"', body)]
        self.assertEqual(
            [urlsplit(url).hostname for url in targets], [f"{h}.example" for h in hosts]
        )
        template = self.env["mail.template"].create(
            {"model_id": self.env["ir.model"]._get_id("crm.lead"), "body_html": came("A13"),
             "partner_to": str(self.carla.id), "name": "Host"}
        )  # fmt: skip
        self.inbox.envelopes.clear()
        template.send_mail(self.lead.id, force_send=True)
        body, _ways = self._sent()
        for url in re.findall(r'href="([^"]+)"', body):
            host = urlsplit(self._target(url) if "/e/c/" in url else url).hostname
            self.assertNotIn(host.partition(".")[0], ("strasse", "xn--mgba3gch31f"))

    def test_bodies_that_end_badly_a21(self):
        for body in (
            came("A21"), "<p>Hi</p><select><option>a", "<p>Hi</p><template><p>x",
            "<p>Hi</p><svg><path d='x'/>", "<p>Hi</p>", "<html><body><p>Hi", "<p>Hi</p></div></td>",
            "<body><p>a</p></body><body><p>b</p></body>",
            '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>x</p><br/></body></html>',
        ):  # fmt: skip
            with self.subTest(body):
                sent, _ways = self._raw(body)
                self.assertEqual(sent.count("/e/o/"), 1)
                before = sent[: sent.index("<img")]
                for name in ("<!-- open", "<select", "<template"):
                    self.assertNotIn(name, before)

    def test_added_in_the_column_a27(self):
        for layout in ("mail.mail_notification_light", "mail.mail_notification_layout"):
            file = self.env["ir.attachment"].create(
                {
                    "name": "offer.pdf",
                    "raw": b"%PDF-1.4",
                    "engagement_follow": "follow",
                    "res_model": "crm.lead",
                    "res_id": self.lead.id,
                }
            )
            self._post(body="<p>Dear Carla</p>", attachment_ids=file.ids, email_layout_xmlid=layout)
            tree = lxml_html.document_fromstring(self._sent()[0])
            [text] = tree.xpath("//p[contains(., 'Dear Carla')]")
            [card] = tree.xpath("//a[contains(@href, '/e/a/')]/ancestor::table[1]")
            self.assertIn(card.getprevious(), (text, text.getparent()))

    # --- B: what is asked for at the edge

    def test_in_lower_case_b01(self):
        self._post()
        url = self._sent()[1]["c"]
        answer = self._get(url[: url.index("/c/") + 3] + url.rpartition("/")[2].lower())
        self.assertEqual((answer.status_code, "Location" in answer.headers), (404, False))
        self.assertIn("leads nowhere", answer.text)

    def _leads(self, *suffixes):
        self._post()
        url = self._sent()[1]["c"]
        for suffix in suffixes:
            with self.subTest(suffix):
                answer = self._get(url + suffix)
                found = answer.status_code, answer.headers.get("Location")
                self.assertEqual(found, (302, TARGET))

    def test_decorated_b02(self):
        signs = ')>.,]"=}»”’!?;|'
        self._leads(*signs, "%22", "%3E", "=3D", "3D", "%20", "%0D%0A", "を", "%E2%80%8B", "<br>")

    def test_with_a_query_b03(self):
        self._leads("?fbclid=abc&utm_source=x", "&recipient=x", "&amp;recipient=x", "?", ";a=1")

    def test_with_a_slash_b05(self):
        self._leads("/", "//", "/?x=1", "%2F", "/index.html")

    def test_no_open_redirect_b06(self):
        self._post()
        keyring = self.env["mail.engagement.key"]._engagement_keyring()
        own = token.parse(self._sent()[1]["c"].rpartition("/")[2], keyring)[0]
        other = token.mint(own, bytes(32))
        for path in (f"/e/c/{other}", "/e/c/?u=https://evil.example"):
            answer = self._get(f"https://x{path}")
            self.assertEqual((answer.status_code, "Location" in answer.headers), (404, False))

    def test_switched_off_b08(self):
        self._post()
        url = self._sent()[1]["c"]
        self.env.company.engagement_enabled = False
        answer = self._get(url)
        self.assertEqual((answer.status_code, answer.headers["Location"]), (302, TARGET))

    def test_name_with_a_slash_b09(self):
        for name in (
            came("B09").split("`")[1],
            "Angebot 12/2024.pdf",
            "a/b/c.pdf",
            "/",
            "</b>.txt",
        ):
            with self.subTest(name):
                file = self.env["ir.attachment"].create(
                    {
                        "name": name,
                        "raw": b"%PDF-1.4",
                        "engagement_follow": "follow",
                        "res_model": "crm.lead",
                        "res_id": self.lead.id,
                    }
                )
                self._post(attachment_ids=file.ids)
                answer = self._get(self._sent()[1]["a"])
                self.assertEqual((answer.status_code, answer.content), (200, b"%PDF-1.4"))

    # --- C: what is quoted

    def _filled(self, text, ways):
        click, pixel = ways["c"], ways["o"]
        for name, value in {
            "{CLICK}": click,
            "{CLICK%}": quote(click, safe=""),
            "{CLICK%%}": quote(quote(click, safe=""), safe=""),
            "{CLICK%lower}": re.sub("%..", lambda m: m[0].lower(), quote(click, safe="")),
            "{CLICKv2}": quote(click, safe="").replace("-", "%2D").replace("_", "%5F")
            .replace("%2F", "_").replace("%", "-"),
            "{PIXEL}": pixel,
            "{PIXEL64}": base64(pixel.partition("://")[2]),
            "{PIXELhex}": pixel.encode().hex(),
            "{token}": click.rpartition("/")[2],
            "https:&#x2F;&#x2F;odoo.shop.example": click.partition("/e/")[0].replace("/", "&#x2F;"),
        }.items():  # fmt: skip
            text = text.replace(name, value)
        return text

    def _quoted(self, case, words, leads):
        """What Odoo stores has these words, leads there so often, and holds nothing of ours."""
        message = self._post()
        body = self._filled(came(case), self._sent()[1])
        stored = str(self._answer(message, body=body, content="text/html; charset=utf-8").body)
        for word in words:
            self.assertIn(word, stored)
        self.assertEqual(stored.count(escape(TARGET)), leads)
        for trace in ("/e/c", "/e/o", "2Fe%", "252Fe", "imgsmail", "fastmail", "safelinks"):
            self.assertNotIn(trace, stored)

    def test_safe_links_c01(self):
        self._quoted("C01", ["o</a>"], 1)

    def test_url_defense_c02(self):
        self._quoted("C02", ["1</a>", "3</a>"], 3)

    def test_two_wrappers_c03(self):
        self._quoted("C03", ["o</a>"], 1)

    def test_avanan_c04(self):
        self._quoted("C04", ["1</a>", "2</a>"], 2)

    def test_more_wrappers_c06(self):
        self._quoted("C06", ["5</a>"], 5)

    def test_image_proxies_c07(self):
        self._quoted("C07", ["<p>x</p>"], 0)

    def test_words_behind_c08(self):
        words = ["をご確認ください。よろしくお願いします。", "leads nowhere, see “", "”", "above"]
        self._quoted("C08", words, 3)

    def test_signs_behind_c09(self):
        self._quoted("C09", ["[our offer](", "), thanks. [] Hello. ", ", bye"], 2)

    def test_underscores_behind_c11(self):
        self._quoted("C11", ["<pre>_", "_ and ", "-- thanks"], 2)

    def test_another_site_c13(self):
        message = self._post()
        body = self._filled(came("C13"), self._sent()[1])
        stored = str(self._answer(message, body=body, content="text/html; charset=utf-8").body)
        link = f"https://translate.example/?u={quote(TARGET, safe='')}&amp;tl=ja"
        self.assertIn(f'href="{link}"', stored)

    def test_style_c14(self):
        self._quoted("C14", ["Hello"], 0)

    def _in_charset(self, charsets):
        """:param charsets: (how it is written, the field that says so)"""
        for words, charset, content in charsets:
            with self.subTest(content):
                message = self._post()
                text = self._filled(words, self._sent()[1])
                answer = self._answer(
                    message, body=text.encode(charset), content=f"{content}\n"
                    "Content-Transfer-Encoding: 8bit",
                )  # fmt: skip
                stored = str(answer.body)
                self.assertIn(escape(TARGET), stored)
                self.assertNotIn("/e/c/", stored)
                if "charset" in content and "us-ascii" not in content:
                    # Of the others Odoo itself keeps no letter beyond ASCII.
                    for word in re.findall(r"[^\W\d_]+", re.sub(r"\{CLICK\}", " ", words)):
                        self.assertIn(word, stored)

    def test_charsets_c15(self):
        text = came("C15").partition("\n\n")[2]
        self._in_charset(
            [
                (text, "windows-1252", "text/plain; charset=windows-1252"),
                ("链接：{CLICK}（谢谢）", "gb18030", "text/plain; charset=gb18030"),
                ("詳細は{CLICK}を見ました。", "iso-2022-jp", "text/plain; charset=iso-2022-jp"),
            ],
        )

    def test_references_c18(self):
        self._quoted("C18", ["o</a>"], 1)

    def test_no_charset_c21(self):
        text = came("C21").partition("\n\n")[2]
        self._in_charset(
            [
                (text, "latin-1", "text/plain"),
                (escape(text, quote=False).replace("&lt;", "(").replace("&gt;", ")"), "utf-8",
                 "text/html; charset=us-ascii"),
                (text, "utf-7", "text/plain; charset=utf-7"),
            ],
        )  # fmt: skip

    # --- D: whose word it is

    def _words(self, case):
        """The fields of each mail of the file."""
        for text in came(case).split("\n--\n"):
            yield text.strip().partition("\n\n")[0]

    def test_programs_d01(self):
        for fields_ in self._words("D01"):
            self.assertWord(fields_, is_automatic=True)

    def test_subjects_d02(self):
        [fields_] = self._words("D02")
        fields_ = re.sub(r"(?m)^In-Reply-To: .*\n", "", fields_)
        self.assertWord(fields_, is_automatic=True)
        for subject in (
            "[External] Automatic reply: Offer",
            "自動応答: Offer",
            "Réponse automatique : O",
        ):
            self.assertWord(f"Subject: {subject}", is_automatic=True)

    def test_fields_d04(self):
        for fields_ in self._words("D04"):
            self.assertWord(fields_, is_automatic=True)

    def test_lists_d05(self):
        for fields_ in self._words("D05"):
            fields_ = re.sub(r"(?m)^From: .*", "", fields_).strip()
            self.assertWord(fields_, is_automatic=False)

    def test_suppress_d06(self):
        self.assertWord(came("D06"), is_automatic=False)

    def test_return_path_d08(self):
        self.assertWord(came("D08"), is_automatic=True)

    # --- E: what comes back

    def test_failed_e01(self):
        message = self._post(self.carla + self.chen)
        self._report(message, group())
        self.assertEqual(self._states(message), ["bounced", "sent"])

    def test_delayed_e02(self):
        message = self._post(self.carla + self.chen)
        self._report(message, group(action="delayed", status="4.4.1"))
        self.assertEqual(self._states(message), ["sent", "sent"])
        message = self._post()
        self._report(message, group(action="delayed", status="4.4.1"))
        self.assertEqual(message.engagement_tracking_ids.state, "sent")

    def test_read_receipt_e04(self):
        for to in (self.domain.bounce_email, "anna@seller.test"):
            message = self._post()
            self._report(
                message, "Final-Recipient: rfc822;carla@customer.test\n"
                "Disposition: manual-action/MDN-sent-manually; displayed",
                type_="disposition-notification", sender=PEOPLE[0], to=to, head="",
                headers=f"In-Reply-To: {message.message_id}\n",
            )  # fmt: skip
            row = message.engagement_tracking_ids
            self.assertEqual((row.state, row.reply_count), ("sent", 0))

    def test_forwarded_report_e05(self):
        message = self._post(self.carla + self.chen)
        body = (
            "--B\nContent-Type: text/plain\n\nThis came back to me\n"
            "--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
            f"{group(PEOPLE[1])}\n\n--B--\n"
        )
        self._answer(message, body=body, content='multipart/mixed; boundary="B"')
        self.assertEqual(self._states(message), ["replied", "sent"])

    def test_colleagues_copy_e07(self):
        message = self._post(self.carla + self.ben.partner_id)
        self._report(
            message, group("ben.private@elsewhere.test", original="rfc822; ben@seller.test")
        )
        self.assertEqual(self._rows(message)[self.carla].state, "sent")

    # --- F: files and addresses

    def test_invitation_f01(self):
        self.env.company.engagement_follow_attachments = True
        self.inbox.envelopes.clear()
        start = fields.Datetime.now() + timedelta(days=1)
        self.env["calendar.event"].with_user(self.anna).create(
            {"name": "Visit", "start": start, "stop": start, "partner_ids": self.carla.ids}
        )
        self.env["mail.mail"].search([("state", "=", "outgoing")]).send()
        [mail] = self.inbox.to(self.carla.email)
        self.assertIn("text/calendar", [part.get_content_type() for part in mail.walk()])

    def test_addresses_f04(self):
        for email_to in re.findall(r'"([^"]+)"', came("F04")):
            with self.subTest(email_to):
                self.inbox.envelopes.clear()
                mail = self.env["mail.mail"].create(
                    {"body_html": "<p>x</p>", "email_to": email_to, "recipient_ids": self.carla.ids}
                )
                rfc = mail.message_id
                mail.send()
                rows = self.env["mail.engagement.tracking"].search([("rfc_message_id", "=", rfc)])
                self.assertEqual(set(rows.mapped("state")), {"sent"})
                shared = rows.filtered("is_shared")
                self.assertEqual(len(shared), int("a1@" in email_to))

    # --- G: replies

    def test_replaced_id_g01(self):
        message = self._post(self.carla + self.chen)
        self._answer(message, came("G01").replace("<odoo's>", message.message_id))
        self.assertEqual(self._states(message), ["replied", "sent"])

    def test_plus_address_g03(self):
        self.carla.email = "carla+odoo@customer.test"
        message = self._post(self.carla + self.chen)
        self._answer(message)
        self.assertEqual(self._states(message), ["replied", "sent"])

    def test_own_address_g05(self):
        self.env["mail.alias"].create(
            {"alias_name": "offers", "alias_domain_id": self.domain.id,
             "alias_model_id": self.env["ir.model"]._get_id("crm.lead")}
        )  # fmt: skip
        for sender in (
            "info@seller.test",
            "Sales <offers@seller.test>",
            self.domain.catchall_email,
        ):
            with self.subTest(sender):
                row = self._post().engagement_tracking_ids
                self._answer(row.message_id, sender=sender)
                self.assertEqual((row.reply_count, row.state), (0, "sent"))

    def test_portal_g06(self):
        message = self._post()
        reminder = self.env["mail.engagement.reminder"].with_user(self.anna).create(
            {"message_id": message.id, "condition": "no_reply",
             "remind_at": fields.Datetime.now() + timedelta(hours=1)}
        )  # fmt: skip
        self.assertTrue(reminder.is_needed)
        user = new_test_user(
            self.env, "portal-g06", groups="base.group_portal", partner_id=self.carla.id
        )
        self.lead.with_user(user).sudo().message_post(
            body="Yes!", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.env.invalidate_all()
        self.assertFalse(reminder.is_needed)
        self.assertEqual(message.engagement_tracking_ids.state, "replied")

    def test_references_g07(self):
        ways = [
            came("G07").rpartition("\n(")[0],
            "References: <OURS><last@customer.test>\nIn-Reply-To: <last@customer.test>",
            "References: <first@customer.test>,<OURS>\nIn-Reply-To: <first@customer.test>",
        ]
        for text in ways:
            with self.subTest(text):
                message = self._post(self.carla + self.chen)
                self._answer(message, text.replace("<OURS>", message.message_id))
                self.assertEqual(self._states(message), ["replied", "sent"])

    # --- H: time zones

    def test_composer_h01(self):
        self.env.cr.execute("UPDATE res_partner SET tz = %s", ["US/Eastern"])
        self.env.invalidate_all()
        form = Form(
            self.env["mail.compose.message"].with_user(self.anna).with_context(
                default_model="crm.lead", default_res_ids=self.lead.ids,
                default_partner_ids=self.carla.ids,
            )
        )  # fmt: skip
        self.assertTrue(form.engagement_panel["send_time"]["text"])
