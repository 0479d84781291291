"""Policy × preference × kind × before and after a withdrawal, over HTTP, in the database."""

import itertools
import re
from urllib.parse import urlsplit

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ...models.consent.mail_engagement_policy import POLICIES, level as level_of
from ..common import EngagementCase, html

KINDS = {"o": "open", "c": "click", "a": "attachment"}
FIELDS = ("engagement_opens", "engagement_clicks", "engagement_attachments")
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0 marked"


@tagged("post_install", "-at_install")
class TestConsentCases(EngagementCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox = cls.start_inbox()
        cls.carla.country_id = cls.env.ref("base.jp")
        cls.rule = cls.env["mail.engagement.policy"].create(
            {"country_id": cls.carla.country_id.id, "policy": "full"}
        )

    def _send(self):
        """:return: kind → path, of what is followed in the mail that Carla got"""
        self.inbox.envelopes.clear()
        file = (
            self.env["ir.attachment"]
            .with_user(self.anna)
            .create({"name": "offer.pdf", "raw": b"%PDF", "engagement_follow": "follow"})
        )
        self.message = self.lead.with_user(self.anna).message_post(
            body=self.markup('<a href="https://shop.test/offer">offer</a>'),
            partner_ids=self.carla.ids,
            attachment_ids=file.ids,
            subtype_xmlid="mail.mt_comment",
        )
        body = html(self.inbox.to(self.carla.email)[0])
        found = {kind: re.search(rf'"([^"]*/e/{kind}/[^"]+)"', body) for kind in KINDS}
        return {kind: urlsplit(match[1]).path for kind, match in found.items() if match}

    def _visit(self, path, **headers):
        known = self.env["mail.engagement.event"].search([])
        answer = self.opener.get(
            self.base_url() + path,
            headers={"User-Agent": AGENT, "Connection": "close", **headers},
            allow_redirects=False,
            timeout=30,
        )
        self.assertIn(answer.status_code, (200, 302))
        with self.allow_requests(all_requests=True):
            self._wait_remaining_requests()
        self.env["mail.engagement.tracking"]._engagement_judge_pending()
        self.env.invalidate_all()
        return self.env["mail.engagement.event"].search([]) - known

    def assertRecorded(self, events, level):
        """What one visit left is what `level` allows."""
        self.assertEqual(len(events), 1 if level else 0)
        if not level:
            return
        mail = events.tracking_id
        self.assertEqual(mail.partner_id, self.carla if level > 1 else mail.partner_id.browse())
        self.assertEqual(mail.email_normalized, self.carla.email if level > 1 else False)
        self.assertEqual(bool(events.ip), level == 3)
        self.assertEqual(events.user_agent, AGENT if level == 3 else False)
        self.assertEqual(events.client, "Firefox" if level > 1 else False)
        self.assertEqual(events.source > 0, level > 1)

    def test_cases(self):
        for policy, said in itertools.product(dict(POLICIES), ("granted", "refused", False)):
            self.rule.policy = policy
            self.carla.write(dict.fromkeys(FIELDS, said))
            level = {"granted": 3, "refused": 0}.get(said, level_of(policy))
            paths = self._send()
            self.assertEqual(set(paths), set(KINDS) if level else set(), (policy, said))
            for kind, path in paths.items():
                with self.subTest(policy=policy, said=said, kind=kind):
                    self.assertRecorded(self._visit(path), level)
            self.carla.write(dict.fromkeys(FIELDS, "refused"))
            for kind, path in paths.items():
                with self.subTest(policy=policy, said=said, kind=kind, withdrawn=True):
                    # Who is counted without a person was never known by a token of his own.
                    self.assertRecorded(self._visit(path), 1 if level == 1 else 0)

    def test_each_kind_by_itself(self):
        self.rule.policy = "none"
        self.carla.engagement_clicks = "granted"
        self.assertEqual(set(self._send()), {"c"})
        self.rule.policy = "anonymous"
        paths = self._send()
        self.assertRecorded(self._visit(paths["o"]), 1)
        self.assertRecorded(self._visit(paths["c"]), 3)
        self.assertEqual(self.message.engagement_tracking_ids.mapped("is_anonymous").count(True), 1)

    def test_lower_today_wins(self):
        """The token said more than its country allows today."""
        path = self._send()["o"]
        for policy, level in (("no_ip", 2), ("anonymous", 0), ("none", 0), ("full", 3)):
            with self.subTest(policy=policy):
                self.rule.policy = policy
                self.assertRecorded(self._visit(path), level)
        self.env.company.engagement_max_policy = "no_ip"
        self.assertRecorded(self._visit(path), 2)
        self.env.company.engagement_max_policy = "none"
        self.assertRecorded(self._visit(path), 0)

    def test_most_restrictive_wins(self):
        company = self.env["res.partner"].create({"name": "Customer Ltd", "is_company": True})
        twin = self.env["res.partner"].create({"name": "C.", "email": self.carla.email})
        self.carla.write({"parent_id": company.id, "engagement_opens": "granted"})
        path = self._send()["o"]
        for other in (company, twin):
            with self.subTest(other=other.name):
                other.engagement_opens = "refused"
                self.assertNotIn("o", self._send())
                self.assertRecorded(self._visit(path), 0)
                self.assertIn("Refused by", self.carla.engagement_standing)
                other.engagement_opens = False
                self.assertRecorded(self._visit(path), 3)

    def test_signals(self):
        path = self._send()["o"]
        for field, header in (("gpc", "Sec-GPC"), ("dnt", "DNT")):
            with self.subTest(header=header):
                self.assertRecorded(self._visit(path, **{header: "1"}), 3)
                self.env.company[f"engagement_honour_{field}"] = True
                self.assertRecorded(self._visit(path, **{header: "1"}), 0)
                self.assertRecorded(self._visit(path), 3)

    def test_one_token_for_all_who_are_only_counted(self):
        self.rule.policy = "anonymous"
        self.chen.country_id = self.carla.country_id
        self.lead.message_subscribe(self.chen.ids)
        self._send()
        [mail] = self.message.engagement_tracking_ids
        self.assertTrue(mail.is_anonymous)
        bodies = [html(self.inbox.to(who.email)[0]) for who in (self.carla, self.chen)]
        pixels = {re.search(r"/e/o/([^.]+)", body)[1] for body in bodies}
        self.assertEqual(len(pixels), 1)


@tagged("post_install", "-at_install")
class TestConsentHistory(EngagementCase):
    def test_every_word_is_kept(self):
        self.carla.with_user(self.anna).write({"engagement_opens": "granted"})
        self.carla._engagement_set_consent(
            {"open": "refused", "click": "refused"}, "page", text="May we?"
        )
        self.carla.with_context(import_file=True).engagement_attachments = "refused"
        rows = self.carla.engagement_consent_ids.sorted("id")
        self.assertEqual(
            [(row.kind, row.value, row.source, row.user_id) for row in rows],
            [
                ("open", "granted", "user", self.anna),
                ("open", "refused", "page", self.anna.browse()),
                ("click", "refused", "page", self.anna.browse()),
                ("attachment", "refused", "import", self.env.user),
            ],
        )
        self.assertEqual(rows[1].text, "May we?")
        self.assertEqual(rows[1].address, "carla@customer.test")

    def test_the_same_word_again_is_no_news(self):
        self.carla.engagement_opens = "refused"
        self.carla.engagement_opens = "refused"
        self.assertEqual(len(self.carla.engagement_consent_ids), 1)

    def test_new_contact(self):
        contact = self.env["res.partner"].create({"name": "New", "engagement_opens": "granted"})
        self.assertEqual(contact.engagement_consent_ids.value, "granted")

    def test_history_stays(self):
        self.carla.engagement_opens = "granted"
        row = self.carla.engagement_consent_ids
        for action in (lambda: row.write({"value": "refused"}), row.unlink):
            with self.assertRaises(UserError), self.cr.savepoint():
                action()
        for user in (self.anna, self.manager):
            with self.assertRaises(AccessError), self.cr.savepoint():
                row.with_user(user).create({"partner_id": self.carla.id, "kind": "open"})
        self.carla.unlink()
        self.assertFalse(row.exists())

    def test_presets(self):
        policies = self.env.company._engagement_policies(self.env.company.id)
        for code, level in (("fr", 0), ("it", 0), ("jp", 3)):
            country = self.env.ref(f"base.{code}")
            self.assertEqual(policies.of(country.id), level, code)
