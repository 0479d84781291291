"""Who views a quotation: over real HTTP, by the link in a real mail."""

import re
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import config

from odoo.addons.mail_engagement.tests.common import InboxCase, html, observed

CHROME = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
}
SCANNER = {"User-Agent": "Barracuda Sentinel (EE)"}
UNKNOWN = {"User-Agent": "Something/1.0"}
VIEWED = "Quotation viewed by customer Carla"


class QuotationCase(InboxCase, HttpCase):
    """A quotation that Anna has sent to Carla, who is no user."""

    def setUp(self):
        super().setUp()
        # With free sign-up the link would hold a token for that, and be left alone.
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2b")
        self.order = self.env["sale.order"].create(
            {
                "partner_id": self.carla.id,
                "user_id": self.anna.id,
                "order_line": [Command.create({"name": "A roof", "display_type": "line_note"})],
            }
        )
        self.send()

    def send(self, **values):
        """Send the quotation by mail; its last one is ``self.tracking``'s."""
        self.inbox.envelopes.clear()
        message = self.order.with_user(self.anna).message_post(
            body=self.markup('<p>See <a href="https://shop.test/roof">the roof</a></p>'),
            partner_ids=self.carla.ids,
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_layout_with_responsible_signature",
            **values,
        )
        self.sent, self.tracking = message, message.engagement_tracking_ids
        body = html(self.inbox.to(self.carla.email)[0])
        label = r"(?:Accept &amp; Sign )?(Quotation|the roof)"
        links = re.findall(rf'href="([^"]+)"[^>]*>\s*{label}', body)
        self.links = {text: url.replace("&amp;", "&") for url, text in links}

    def fetch(self, url, method="GET", headers=None, forget=True, **options):
        """Follow a link to its end, as a new visitor; then have everything judged."""
        if forget:
            self.opener.cookies.clear()
        answer = self.opener.request(
            method, url, headers={**CHROME, "Connection": "close", **(headers or {})}, timeout=60,
            **options,
        )  # fmt: skip
        with self.allow_requests(all_requests=True):
            self._wait_remaining_requests()
        self.judge()
        return answer

    def judge(self):
        self.env["mail.engagement.tracking"]._engagement_judge_pending()
        self.env.invalidate_all()
        self.env.ref("mail_engagement_sale.ir_cron_visit").method_direct_trigger()
        self.env.invalidate_all()

    def told(self):
        """What the chatter says since the quotation was sent, the newest first."""
        return self.order.message_ids.filtered(lambda message: message.id > self.sent.id)

    def text(self):
        [message] = self.told()
        return re.sub(r"<[^>]+>|\s+", " ", message.body).strip()


@tagged("post_install", "-at_install")
class TestQuotation(QuotationCase):
    def test_a_person(self):
        answer = self.fetch(self.links["Quotation"])
        self.assertEqual(answer.status_code, 200)
        self.assertIn(f"/my/orders/{self.order.id}", answer.url)
        self.assertIn(VIEWED, self.text())
        self.assertIn("A person's visit", self.text())
        self.assertEqual(self.told().subtype_id, self.env.ref("sale.mt_order_viewed"))
        self.assertEqual(self.tracking.click_count, 1)
        # In reports as any link, without what opens the page.
        link = self.tracking.event_ids.link_id
        self.assertEqual(link.url, f"{self.base_url()}/mail/view")
        visit = self.env["mail.engagement.visit"].search([("order_id", "=", self.order.id)])
        self.assertEqual((visit.verdict, visit.tracking_id), ("human", self.tracking))
        self.assertFalse({"ip", "user_agent", "city"} & visit.seen.keys())
        # Odoo says it once in a session.
        self.fetch(self.links["Quotation"], forget=False)
        self.assertEqual(len(self.told()), 1)

    def test_in_chromium(self):
        path = self.links["Quotation"].removeprefix(self.base_url())
        ready = "!!document.querySelector('#quote_content')"
        self.browser_js(path, "console.log('test successful')", ready=ready, timeout=180)
        self.judge()
        self.assertIn(VIEWED, self.text())
        self.assertIn("A person's visit", self.text())

    def test_a_scanner_tells_nobody_that_the_customer_has_viewed_it(self):
        for method in ("HEAD", "GET"):
            self.fetch(self.links["the roof"], method, SCANNER, allow_redirects=False)
            self.fetch(self.links["Quotation"], method, SCANNER)
        self.assertIn("Scanners opened the link to this quotation", self.text())
        self.assertIn("Barracuda", self.text())
        self.assertNotIn("viewed by customer", self.text())
        self.assertEqual(self.told().subtype_id, self.env.ref("mail.mt_note"))
        self.assertFalse(self.told().notification_ids)
        self.assertEqual((self.tracking.click_count, self.tracking.state), (0, "sent"))
        # The customer comes later.
        self.fetch(self.links["Quotation"])
        self.assertEqual(len(self.told()), 2)
        self.assertIn(VIEWED, self.told()[0].body)

    def test_what_looks_like_a_browser_right_after_sending_is_a_scanner(self):
        with patch.dict(config.options, {"proxy_mode": True}):
            through = {"X-Forwarded-For": "81.2.69.142", "X-Forwarded-Host": "127.0.0.1"}
            through["X-Forwarded-Host"] = self.base_url().partition("://")[2]
            self.fetch(self.links["Quotation"], headers=through)
        self.assertIn("A scanner opened the link to this quotation", self.text())
        self.assertIn("too soon for a person", self.text())

    def test_nobody_knows(self):
        self.fetch(self.links["Quotation"], headers=UNKNOWN)
        self.assertIn(VIEWED, self.text())
        self.assertIn("Nobody knows whether this was a person", self.text())

    def test_by_the_page_alone(self):
        """Bookmarked, or by a link that was not followed: the mail's history is evidence still."""
        page = self.fetch(self.links["Quotation"]).url
        self.fetch(page, headers=SCANNER)
        self.assertEqual(len(self.told()), 2)
        self.assertIn("A scanner opened", self.told()[0].body)
        self.assertEqual(self.tracking.machine_count, 0)
        self.assertEqual(self.tracking.click_count, 1)

    def test_a_link_that_signs_up_is_not_followed_and_its_visit_is_judged(self):
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        self.send()
        self.assertIn("/mail/view?", self.links["Quotation"])
        self.fetch(self.links["Quotation"], headers=SCANNER)
        self.assertIn("A scanner opened the link to this quotation", self.text())
        self.fetch(self.links["Quotation"])
        self.assertIn(VIEWED, self.told()[0].body)
        self.assertIn("A person's visit", self.told()[0].body)

    def test_a_correction_corrects_what_was_said(self):
        self.fetch(self.links["Quotation"])
        event = self.tracking.event_ids.filtered(lambda event: event.type == "click")
        event.with_user(self.anna).engagement_correct("machine")
        self.judge()
        self.assertIn("A scanner opened the link", self.text())
        self.assertIn("Corrected by anna", self.text())
        self.assertEqual(self.told().subtype_id, self.env.ref("mail.mt_note"))
        event.with_user(self.anna).engagement_undo_correction()
        self.judge()
        self.assertIn(VIEWED, self.text())

    def test_a_persons_visit_is_a_fact_once(self):
        facts = self.env["mail.engagement.fact"]
        wanted = {"quotation": {self.env.company.id}}
        self.patch(type(facts), "_engagement_wanted", lambda self: wanted)
        self.env.registry.clear_cache("stable")
        self.addCleanup(self.env.registry.clear_cache, "stable")
        self.fetch(self.links["Quotation"], headers=SCANNER)
        self.assertFalse(facts.search([("tracking_id", "=", self.tracking.id)]))
        self.fetch(self.links["Quotation"])
        self.fetch(self.links["Quotation"])
        fact = facts.search([("tracking_id", "=", self.tracking.id)])
        self.assertEqual((fact.kind, fact.res_id), ("quotation", self.order.id))
        # What webhooks say of it.
        self.assertEqual(fact._engagement_news().recipient.name, "Carla")
        self.carla.engagement_clicks = "refused"
        self.assertIsNone(fact._engagement_news())

    def test_the_page_takes_fewer_queries_than_without(self):
        page = self.base_url() + self.order.get_portal_url()

        def cost():
            """Of the request alone, once everything is cached."""
            counts = []
            for _time in range(2):
                self.opener.cookies.clear()
                self.env.flush_all()
                before = self.env.cr.sql_log_count
                self.opener.get(page, headers=CHROME, timeout=60)
                counts.append(self.env.cr.sql_log_count - before)
            return counts[-1]

        judged = cost()
        self.env.company.engagement_enabled = False
        self.assertLess(judged, cost())

    def test_the_salesperson_is_told_what_was_viewed(self):
        alerts = self.env["mail.engagement.alert"].with_user(self.anna)
        self.fetch(self.links["the roof"], headers=SCANNER, allow_redirects=False)
        self.assertFalse(alerts.engagement_latest()["alerts"])
        self.fetch(self.links["the roof"], allow_redirects=False)
        self.fetch(self.links["Quotation"])
        texts = {line["text"] for line in alerts.engagement_latest()["alerts"]}
        self.assertIn(f"Carla viewed “Quotation {self.order.name}”", texts)
        self.assertEqual(len([text for text in texts if "clicked “the roof”" in text]), 1)
        [toast] = alerts.engagement_toasts(alerts.search([]).ids)["toasts"]
        self.assertIn("clicked “the roof”", toast["text"])
        self.assertIn(f"viewed “Quotation {self.order.name}”", toast["text"])

    def test_what_seemed_a_scanner_was_a_person(self):
        self.fetch(self.links["Quotation"], headers=SCANNER)
        self.fetch(self.links["Quotation"], headers=SCANNER)
        events = self.tracking.event_ids.sorted("id")
        events[0].with_user(self.anna).engagement_correct("human")
        self.judge()
        self.assertEqual(len(self.told()), 2)
        note = self.told().filtered(lambda it: it.subtype_id == self.env.ref("mail.mt_note"))
        self.assertIn("A scanner opened the link", note.body)
        self.assertIn(VIEWED, (self.told() - note).body)
        events[1].with_user(self.anna).engagement_correct("human")
        self.judge()
        self.assertEqual(
            set(self.told().subtype_id.get_external_id().values()), {"sale.mt_order_viewed"}
        )

    def test_a_page_is_where_the_click_of_its_own_program_led(self):
        """A gateway checks the link while the customer follows it."""
        self.fetch(self.links["Quotation"])
        observed(self.tracking, "click", agent="scanner", agent_name="A scanner", at=self.when(0))
        self.judge()
        self.assertIn("A person's visit", self.text())

    def test_the_click_that_led_there_is_heard_of_later(self):
        """A relay brings it, from an address that Odoo has not seen."""
        self.fetch(self.base_url() + self.order.get_portal_url())
        self.assertIn("A person's visit", self.text())
        traits = {"client": "Chrome", "os": "Linux", "device_type": "desktop", "source": 9}
        gateway = {"network": "scanner", "network_name": "A gateway"}
        observed(self.tracking, "click", at=self.when(1), **traits, **gateway)
        self.judge()
        self.assertIn("A scanner opened the link", self.text())
        self.assertIn("A gateway", self.text())

    def when(self, before):
        """The time of the last visit, some seconds before it."""
        return self.env["mail.engagement.visit"].search([], limit=1).seen["at"] - before


@tagged("post_install", "-at_install")
class TestOdoosOwn(QuotationCase):
    """Where we may know nothing, all is as it was."""

    def assertOdoosOwn(self, page=None, headers=None):
        self.fetch(page or self.links["Quotation"], headers=headers)
        self.assertEqual(self.text(), VIEWED)
        self.assertFalse(self.env["mail.engagement.visit"].search([]))

    def test_a_visit_keeps_its_mail(self):
        """Mails go by age; what was said of the quotation would lose what it stands on."""
        self.fetch(self.links["Quotation"])
        visit = self.env["mail.engagement.visit"].search([("order_id", "=", self.order.id)])
        self.assertEqual(visit.tracking_id, self.tracking)
        self.env.company.engagement_mail_days = 365
        self.tracking.event_ids.sudo().unlink()
        self.tracking.sudo().sent_at = fields.Datetime.now() - timedelta(days=366)
        events = self.env["mail.engagement.event"]
        for is_kept in (True, False):
            self.env.flush_all()
            events._engagement_vacuum_here(10)
            self.env.invalidate_all()
            self.assertEqual(bool(self.tracking.exists()), is_kept)
            visit.exists().unlink()

    def test_switched_off(self):
        self.env.company.engagement_enabled = False
        self.assertOdoosOwn(headers=SCANNER)

    def test_clicks_are_not_followed(self):
        self.env.company.engagement_track_clicks = False
        self.assertOdoosOwn()

    def test_the_customer_refuses(self):
        self.carla.engagement_clicks = "refused"
        self.assertOdoosOwn(headers=SCANNER)

    def test_the_customer_is_only_counted(self):
        self.env.company.engagement_max_policy = "anonymous"
        self.assertOdoosOwn()

    def test_the_mail_was_not_followed(self):
        self.send(engagement_follow="skip")
        self.env["mail.engagement.tracking"].search(
            [("res_id", "=", self.order.id), ("id", "!=", self.tracking.id)]
        ).unlink()
        self.assertOdoosOwn(self.base_url() + self.order.get_portal_url())

    def test_the_browser_says_no(self):
        self.env.company.engagement_honour_gpc = True
        self.assertOdoosOwn(headers={"Sec-GPC": "1"})

    def test_an_error_of_ours_costs_nobody_the_page(self):
        self.patch(
            type(self.env["mail.engagement.visit"]),
            "_engagement_mail",
            lambda *_: self.env.cr.execute("SELECT nothing"),
        )
        with self.assertLogs("odoo.addons.mail_engagement_sale", "ERROR"):
            self.assertOdoosOwn()

    def test_a_colleague(self):
        """Odoo tells nobody of them."""
        new_test_user(self.env, "sam", groups="sales_team.group_sale_manager")
        self.authenticate("sam", "sam")
        self.fetch(self.base_url() + self.order.get_portal_url(), forget=False)
        self.assertFalse(self.told())
