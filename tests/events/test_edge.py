"""Odoo as the edge: what recipients' clients ask for, over real HTTP."""

import base64
import random
import re
from dataclasses import replace
from unittest.mock import patch
from urllib.parse import quote, urlsplit

from odoo.tests import HttpCase, tagged
from odoo.tools import config

from ...relay.engagement_relay.protocol import token
from ...relay.engagement_relay.protocol.answers import GIF
from ..common import InboxCase, html

CHROME = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
}
TARGET = "https://shop.test/offer?a=1&b=%E3%81%82#top"


@tagged("post_install", "-at_install")
class TestEdge(InboxCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.file = self.env["ir.attachment"].with_user(self.anna).create(
            {"name": "Angebot für Sie.pdf", "raw": b"%PDF-1.4" + bytes(range(256)) * 40,
             "engagement_follow": "follow"}
        )  # fmt: skip
        self.message = self.lead.with_user(self.anna).message_post(
            body=self.markup(f'<p><a href="{TARGET}">offer</a></p>'.replace("&", "&amp;")),
            partner_ids=self.carla.ids, attachment_ids=self.file.ids,
            subtype_xmlid="mail.mt_comment",
        )  # fmt: skip
        self.tracking = self.message.engagement_tracking_ids
        body = html(self.inbox.to(self.carla.email)[0])
        self.paths = {
            kind: urlsplit(re.search(rf'"([^"]*/e/{kind}/[^"]+)"', body)[1]).path for kind in "oca"
        }

    def _ask(self, path, method="GET", **headers):
        answer = self.opener.request(
            method, self.base_url() + path, headers={**CHROME, "Connection": "close", **headers},
            allow_redirects=False, timeout=30,
        )  # fmt: skip
        with self.allow_requests(all_requests=True):
            self._wait_remaining_requests()  # it is written down after the answer
        self.env["mail.engagement.tracking"]._engagement_judge_pending()
        self.env.invalidate_all()
        return answer

    def test_pixel(self):
        answer = self._ask(self.paths["o"])
        self.assertEqual((answer.status_code, answer.content), (200, GIF))
        self.assertEqual(answer.headers["Content-Type"], "image/gif")
        self.assertIn("no-store", answer.headers["Cache-Control"])
        self.assertNotIn("Set-Cookie", answer.headers)
        self.assertEqual((self.tracking.open_count, self.tracking.state), (1, "opened"))
        self.assertEqual(self.tracking.event_ids.verdict, "human")

    def test_pixel_whatever_the_token(self):
        for path in ("/e/o/nonsense.gif", "/e/o/%00%ff.gif", "/e/o/a/b/c", "/e/o/" + "A" * 4000):
            with self.subTest(path=path[:20]):
                answer = self._ask(path)
                self.assertEqual((answer.status_code, answer.content), (200, GIF))
        self.assertFalse(self.tracking.event_ids)

    def test_click(self):
        answer = self._ask(self.paths["c"])
        self.assertEqual((answer.status_code, answer.headers["Location"]), (302, TARGET))
        self.assertIn("no-store", answer.headers["Cache-Control"])
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.assertEqual((self.tracking.click_count, self.tracking.state), (1, "clicked"))
        self.assertEqual(self.tracking.event_ids.link_id.label, "offer")
        self.assertEqual(self.tracking.event_ids.link_id.click_count, 1)

    def test_head_is_a_machine(self):
        for kind, status in (("o", 200), ("c", 302), ("a", 200)):
            with self.subTest(kind=kind):
                answer = self._ask(self.paths[kind], "HEAD")
                self.assertEqual((answer.status_code, answer.content), (status, b""))
        self.assertEqual(set(self.tracking.event_ids.mapped("verdict")), {"machine"})
        self.assertEqual(self.tracking.state, "sent")

    def test_attachment(self):
        answer = self._ask(self.paths["a"])
        self.assertEqual((answer.status_code, answer.content), (200, self.file.raw))
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertIn("sandbox", answer.headers["Content-Security-Policy"])
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(self.tracking.attachment_open_count, 1)

    def test_attachment_in_pieces_is_one_view(self):
        first = self._ask(self.paths["a"], Range="bytes=0-99")
        second = self._ask(self.paths["a"], Range="bytes=100-")
        self.assertEqual((first.status_code, second.status_code), (206, 206))
        self.assertEqual(first.content + second.content, self.file.raw)
        self.assertEqual(self.tracking.attachment_open_count, 1)

    def _followed_file(self, name):
        """The way of a link to a followed file of that name, as it stands in a mail."""
        file = self.env["ir.attachment"].with_user(self.anna).create(
            {"name": name, "raw": name.encode(), "engagement_follow": "follow"}
        )  # fmt: skip
        self.inbox.envelopes.clear()
        self.lead.with_user(self.anna).message_post(
            body="File", partner_ids=self.carla.ids, attachment_ids=file.ids,
            subtype_xmlid="mail.mt_comment",
        )  # fmt: skip
        body = html(self.inbox.to(self.carla.email)[0])
        return re.search(r'"https?://[^/"]*([^"]*/e/a/[^"]+)"', body)[1]

    def test_files_whatever_their_names(self):
        """Odoo calls its own reports after sequences, ``WH/OUT/00007``."""
        for name in (
            "Delivery Slip - Azure - WH/OUT/00007.pdf", "Angebot 12/2024.pdf", "</b>.pdf", "/a.pdf",
            "a/", "a//b.pdf", "..", ".", "../../web", "..\\x.pdf", ".htaccess", "100%.pdf",
            "a%2Fb.pdf", "%2e%2e", "a?b#c.pdf", "a;b.pdf", "a&b=c.pdf", "tab\tline\nreturn\r.pdf",
            "x" * 200 + ".pdf",
            "見積書" * 60 + ".pdf", "exe.\u202efdp.pdf", "e\u0301.pdf", '"a".pdf',
            "robots.txt", "😀.pdf",
        ):  # fmt: skip
            with self.subTest(name=name):
                path = self._followed_file(name)
                self.assertLess(len(path), 400)
                answer = self._ask(path)
                self.assertEqual((answer.status_code, answer.content), (200, name.encode()))
                self.assertTrue(answer.headers["Content-Disposition"].startswith("attachment"))

    def test_names_in_the_address_do_not_matter(self):
        """In mails that were sent before, and whatever a filter makes of one."""
        start = self.paths["a"].rpartition("/")[0]
        for name in (
            "WH%2FOUT%2F00007.pdf", "WH/OUT/00007.pdf", "a%2F", "%2Fa", "a%2F%2Fb", "", "/", "x/",
            "%C3%A9.pdf", "%FF", "fr", "a%5Cb", "x" * 200,
        ):  # fmt: skip
            with self.subTest(name=name):
                answer = self._ask(f"{start}/{name}")
                self.assertEqual((answer.status_code, answer.content), (200, self.file.raw))

    def test_every_other_path_is_the_calm_page(self):
        """Odoo would take the "e" for a language, and send browsers to its pages for good."""
        text = self.paths["c"].rpartition("/")[2]
        for path in (
            "/e", "/e/", "/e/x", "/e/en", "/e/web/login", "/e/c", "/e/c/", "/e/c/x/y",
            "/e/a", "/e/a/", "/e/a/x/y/z", "/e/p", "/e/p/", "/e/c/%0a", "/e/%0d%0ax",
            "/e/robots.txt/x",
            "/e/healthz/x", f"/e/{text}", "/e/.env", "/e/wp-login.php", "/e/c/%FF%2F",
        ):  # fmt: skip
            for method in ("GET", "HEAD"):
                with self.subTest(path=path, method=method):
                    answer = self._ask(path, method)
                    self.assertEqual(answer.status_code, 404)
                    self.assertNotIn("Location", answer.headers)
                    self.assertNotIn("Set-Cookie", answer.headers)
                    self.assertIn("no-store", answer.headers["Cache-Control"])
                    self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
                    self.assertEqual("leads nowhere" in answer.text, method == "GET")
        for path in ("/e/o/", "/e/o/x/y"):
            self.assertEqual(self._ask(path).content, GIF)

    def test_other_methods(self):
        # Odoo routes OPTIONS to whatever takes GET.
        for method in ("OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE"):
            for kind in "oca":
                with self.subTest(method=method, kind=kind):
                    answer = self._ask(self.paths[kind], method)
                    self.assertEqual(answer.status_code, 405)
                    self.assertEqual({*answer.headers["Allow"].split(", ")}, {"GET", "HEAD"})
            self.assertEqual(self._ask("/e/x", method).status_code, 404)
        self.assertFalse(self.tracking.event_ids)

    def test_no_way_out_but_through_a_signed_token(self):
        """No parameter, no other form of the path makes a redirect."""
        for path in (
            "/e/c/?u=https://evil.test", "/e/c?url=https://evil.test", "/e/c/https://evil.test",
            "/e/c//evil.test", "/e/%2F", "/e//evil.test", "/e/c/%2F%2Fevil.test",
            "/e/?redirect=//evil.test",
            "/e/c/x?next=https://evil.test", "/e/o/x?u=https://evil.test", "/e/%0d%0aLocation:x",
        ):  # fmt: skip
            with self.subTest(path=path):
                answer = self._ask(path)
                host = urlsplit(answer.headers.get("Location", "")).hostname
                self.assertIn(host, (None, urlsplit(self.base_url()).hostname))
                self.assertNotIn(answer.status_code, (302, 303, 307))

    def test_another_target_in_a_token(self):
        """Whoever has a link of ours cannot make one to elsewhere of it, not with another key."""
        keyring = self.env["mail.engagement.key"]._engagement_keyring()
        own, _state = token.parse(self.paths["c"].rpartition("/")[2], keyring)
        other = token.mint(replace(own, target="https://evil.test/"), bytes(32))
        raw = base64.urlsafe_b64decode(self.paths["c"].rpartition("/")[2] + "==")
        kept = raw.replace(b"https://shop.test", b"https://evil.test")
        for text in (other, base64.urlsafe_b64encode(kept).rstrip(b"=").decode()):
            answer = self._ask(f"/e/c/{text}")
            self.assertEqual((answer.status_code, "Location" in answer.headers), (404, False))

    def test_altered_click_never_redirects(self):
        """A calm page for a token that is not ours; 300 mutations over HTTP."""
        chance = random.Random(7)
        path = self.paths["c"]
        for _count in range(300):
            place = chance.randrange(len("/e/c/"), len(path))
            letter = chance.choice("ABCxyz019-_")
            altered = path[:place] + letter + path[place + 1 :]
            if altered == path:
                continue
            answer = self.opener.get(self.base_url() + altered, allow_redirects=False, timeout=30)
            self.assertEqual(answer.status_code, 404, altered)
            self.assertNotIn("Location", answer.headers)

    def test_something_behind_the_address(self):
        """What filters, mail programs and people add: it leads where the signature says, and
        counts as what it is."""
        suffixes = (
            *")", *".,]\">=!'*_-~A/", "//", "--", "%20", "%0d%0a", "を", "。", "&recipient=x",
            "=3D", "3D", "%3D", "/offer.pdf", "?x=y", "?utm_source=a&fbclid=b", ").", "é" * 300,
        )  # fmt: skip
        for kind, expected in (("c", (302, TARGET)), ("o", (200, None)), ("a", (200, None))):
            path = (
                self.paths[kind].removesuffix(".gif").removesuffix("/Angebot%20f%C3%BCr%20Sie.pdf")
            )
            for suffix in suffixes:
                with self.subTest(kind=kind, suffix=suffix):
                    answer = self.opener.get(
                        self.base_url() + path + suffix, headers=CHROME, allow_redirects=False,
                        timeout=30,
                    )  # fmt: skip
                    found = answer.status_code, answer.headers.get("Location")
                    self.assertEqual(found, expected)
        self._ask(self.paths["o"])
        counts = {
            kind: sum(
                self.tracking.event_ids.filtered_domain([("type", "=", kind)]).mapped(
                    "repeat_count"
                )
            )
            for kind in ("open", "click", "attachment")
        }
        self.assertEqual(counts["click"], len(suffixes))
        self.assertEqual(counts["attachment"], len(suffixes))
        self.assertEqual(counts["open"], len(suffixes) + 1)

    def test_any_suffix_leads_to_the_target_or_nowhere(self):
        """And a token that lost its end leads nowhere; a hundred each."""
        chance = random.Random(3)
        path = self.paths["c"]
        for _count in range(100):
            most = chance.choice([0x80, 0xD800])
            letters = range(chance.randrange(20))
            suffix = "".join(chr(chance.randrange(1, most)) for _letter in letters)
            cut = chance.choice([len(path), chance.randrange(len("/e/c/"), len(path))])
            asked = path[:cut] + quote(suffix, safe="")
            answer = self.opener.get(self.base_url() + asked, allow_redirects=False, timeout=30)
            whole = (path[:cut] + suffix).startswith(path)
            self.assertEqual(answer.status_code, 302 if whole else 404, asked)
            self.assertEqual(answer.headers.get("Location"), TARGET if whole else None)

    def test_in_lower_case(self):
        """What a filter lowered cannot be verified: a calm page in the reader's language, no
        event."""
        for wanted, lang in (("fr-CH, en;q=0.5", "fr"), ("ar", "ar"), ("xx", "en")):
            answer = self._ask(self.paths["c"].lower(), **{"Accept-Language": wanted})
            self.assertEqual(answer.status_code, 404)
            self.assertIn(f'lang="{lang}"', answer.text)
        self.assertFalse(self.tracking.event_ids)

    def test_token_of_another_kind(self):
        text = self.paths["o"].removeprefix("/e/o/").removesuffix(".gif")
        self.assertEqual(self._ask(f"/e/c/{text}").status_code, 404)
        self.assertEqual(self._ask(f"/e/a/{text}/x.pdf").status_code, 404)

    def test_own_session_is_the_sender(self):
        self.authenticate("anna", "anna")
        self._ask(self.paths["o"])
        self.assertEqual(self.tracking.event_ids.verdict, "self")
        self.assertEqual(self.tracking.open_count, 0)

    def test_without_agent_or_by_a_scanner(self):
        for agent in ("", "Barracuda Sentinel (EE)", "curl/8.0"):
            with self.subTest(agent=agent):
                self._ask(self.paths["c"], **{"User-Agent": agent})
        self.assertEqual(set(self.tracking.event_ids.mapped("verdict")), {"machine"})

    def test_nul_in_a_header_costs_no_event(self):
        self._ask(self.paths["o"], **{"User-Agent": CHROME["User-Agent"] + "\0", "DNT": "\0"})
        self.assertEqual(self.tracking.event_ids.sudo().user_agent, CHROME["User-Agent"])

    def test_what_a_proxy_says_is_no_address(self):
        """Not stored as one; nor is it looked up where it could be."""
        with patch.dict(config.options, {"proxy_mode": True}):
            for said in ("\0", "unknown", "1.2.3", "x" * 300, "_hidden"):
                self._ask(self.paths["o"], **{"X-Forwarded-For": said, "X-Forwarded-Host": "h"})
        self.assertEqual(set(self.tracking.event_ids.sudo().mapped("ip")), {False})
        self.assertEqual(len(self.tracking.event_ids), 5)

    def test_prefetch(self):
        self._ask(self.paths["c"], **{"Sec-Purpose": "prefetch"})
        self.assertEqual(self.tracking.event_ids.verdict, "machine")

    def test_switched_off_afterwards(self):
        """Nothing is recorded any more, links and files go on working."""
        self.env.company.engagement_enabled = False
        self.assertEqual(self._ask(self.paths["c"]).status_code, 302)
        self.assertEqual(self._ask(self.paths["c"]).headers["Location"], TARGET)
        self.assertEqual(self._ask(self.paths["o"]).status_code, 200)
        self.assertEqual(self._ask(self.paths["a"]).content, self.file.raw)
        self.assertFalse(self.tracking.event_ids)

    def test_refused_afterwards(self):
        """A refusal covers the mails that were sent before."""
        self.carla.engagement_opens = "refused"
        self._ask(self.paths["o"])
        self._ask(self.paths["c"])
        self.assertEqual(self.tracking.event_ids.mapped("type"), ["click"])

    def test_compromised_key(self):
        """A page that says where the link leads, never a redirect."""
        self.env["mail.engagement.key"].search([("purpose", "=", "token")]).state = "compromised"
        answer = self._ask(self.paths["c"])
        self.assertEqual(answer.status_code, 200)
        self.assertIn("shop.test", answer.text)
        self.assertNotIn("Location", answer.headers)
        answer = self._ask(self.paths["c"], **{"Accept-Language": "nl"})
        self.assertIn("U gaat naar shop.test", answer.text)

    def test_operations(self):
        self.assertEqual(self._ask("/e/healthz").status_code, 200)
        self.assertEqual(self._ask("/e/readyz").status_code, 200)
        self.assertIn("Disallow: /", self._ask("/e/robots.txt").text)
