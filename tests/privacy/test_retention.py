"""What goes with age, what stays, and who changed which setting."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from ..common import EngagementCase, observed


@tagged("post_install", "-at_install")
class TestRetention(EngagementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox = cls.start_inbox()
        message = cls.lead.with_user(cls.anna).message_post(
            body=cls.markup('<a href="https://shop.test/offer">offer</a>'),
            partner_ids=cls.carla.ids,
            subtype_xmlid="mail.mt_comment",
        )
        cls.tracking = message.engagement_tracking_ids
        cls.events = cls.env["mail.engagement.event"]
        for type_ in ("open", "click"):
            cls.events |= observed(
                cls.tracking, type_, ip="198.51.100.7", user_agent="Firefox/141", city="Osaka"
            )
        cls.link = cls.events.link_id
        cls.tracking.invalidate_recordset()

    def _age(self, events, days):
        self.env.cr.execute(
            SQL(
                """UPDATE mail_engagement_event
                      SET occurred_at = %(at)s, sent_at = sent_at - (occurred_at - %(at)s)
                    WHERE id = ANY(%(ids)s)""",
                at=fields.Datetime.now() - timedelta(days=days),
                ids=events.ids,
            )
        )
        self.env.invalidate_all()

    def _vacuum(self):
        result = self.env["mail.engagement.event"]._gc_retention()
        self.env.invalidate_all()
        return result

    def _numbers(self):
        mail = self.tracking
        return (
            mail.open_count, mail.click_count, mail.state, mail.first_open_at, mail.last_open_at,
            mail.last_event_at, self.link.click_count,
        )  # fmt: skip

    def test_address_and_program_go_first(self):
        self._vacuum()
        self.assertEqual(set(self.events.mapped("ip")), {"198.51.100.7"})
        self._age(self.events, 31)
        self.tracking._engagement_recount()
        self.env.invalidate_all()
        numbers = self._numbers()
        self._vacuum()
        for event in self.events:
            self.assertEqual((event.ip, event.user_agent, event.city), (False, False, False))
            self.assertEqual(event.verdict, "human")
        self.tracking._engagement_judge()
        self.tracking._engagement_recount()
        self.env.invalidate_all()
        self.assertEqual(self._numbers(), numbers)

    def test_events_go_and_numbers_stay(self):
        self._age(self.events, 366)
        self.tracking._engagement_recount()
        self.env.invalidate_all()
        numbers = self._numbers()
        self.assertEqual(numbers[:3], (1, 1, "clicked"))
        self._vacuum()
        self.assertFalse(self.events.exists())
        self.assertEqual(self._numbers(), numbers)
        self.tracking._engagement_recount()
        self.env.invalidate_all()
        self.assertEqual(self._numbers(), numbers)

    def test_what_comes_later_is_added(self):
        self._age(self.events, 366)
        self._vacuum()
        observed(self.tracking, "open")
        observed(self.tracking, "click")
        self.env.invalidate_all()
        self.assertEqual(self._numbers()[:3], (2, 2, "clicked"))
        self.assertEqual(self.link.click_count, 2)
        later = self.tracking.event_ids
        self._age(later, 400)
        self._vacuum()
        self.tracking._engagement_recount()
        self.env.invalidate_all()
        self.assertEqual(self._numbers()[:2], (2, 2))

    def test_in_batches(self):
        for _number in range(5):
            self.events |= observed(self.tracking, "open")
        self._age(self.events, 366)
        event = self.env["mail.engagement.event"]
        turns = []
        while not turns or turns[-1][1]:
            turns.append(event._engagement_vacuum(self.env.registry, limit=3))
        self.assertGreaterEqual(len(turns), 3)
        self.assertFalse(self.events.exists())

    def test_who_got_it_goes_last(self):
        old = fields.Datetime.now() - timedelta(days=1096)
        self.tracking.sudo().write({"sent_at": old, "delivery_text": "250 <carla> taken"})
        self._vacuum()
        self.assertFalse(self.tracking.partner_id)
        self.assertFalse(self.tracking.delivery_text)
        self.assertFalse(self.tracking.email_normalized)
        self.assertTrue(self.tracking.is_anonymous)
        self.assertEqual(self.tracking.open_count, 1)

    def test_too_old_mails_are_not_recorded(self):
        self.tracking.sudo().sent_at = fields.Datetime.now() - timedelta(days=366)
        self.assertFalse(observed(self.tracking, "open"))

    def test_days_make_sense(self):
        for values in (
            {"engagement_event_days": 0},
            {"engagement_address_days": -1},
            {"engagement_person_days": 10},
        ):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.env.company.write(values)

    def test_the_relay_knows_the_retention(self):
        self.env.company.engagement_event_days = 90
        self.assertEqual(self.env.company._engagement_retention_days(), 90)

    def test_changed_settings_are_logged(self):
        log = self.env["mail.engagement.audit"]
        before = log.search([])
        self.env.company.engagement_event_days = 90
        self.env.company.engagement_event_days = 90
        self.env.company.name = "Not ours"
        self.env.company.engagement_checks = {"findings": []}
        [entry] = log.search([]) - before
        self.assertEqual(entry.setting, "engagement_event_days")
        self.assertEqual((entry.old, entry.new), ("365", "90"))
        self.assertEqual((entry.user_id, entry.company_id), (self.env.user, self.env.company))
        self.assertEqual(entry.label, "Events")
        with self.assertRaises(UserError):
            entry.new = "1"
        with self.assertRaises(UserError):
            entry.unlink()
        for user in (self.anna, self.manager):
            with self.assertRaises(AccessError):
                log.with_user(user).create({"setting": "x", "company_id": 1, "user_id": 1})
        self.assertEqual(entry.with_user(self.manager).new, "90")

    def test_changed_rules_of_countries_are_logged(self):
        log = self.env["mail.engagement.audit"]
        before = log.search([])
        france = self.env["mail.engagement.policy"].search([("country_id.code", "=", "FR")])
        france.policy = "full"
        france.source = "Our lawyer"
        france.policy = "full"
        france.unlink()
        # For every company, so in the log of each.
        entries = (log.search([]) - before).sorted("id")
        companies = self.env["res.company"].search([("engagement_tenant", "!=", False)])
        self.assertEqual(entries.company_id, companies)
        mine = entries.filtered(lambda entry: entry.company_id == self.env.company)
        self.assertEqual(
            [(entry.old, entry.new) for entry in mine],
            [("Do not follow", "Follow"), ("Follow", False)],
        )
        self.assertEqual(set(mine.mapped("label")), {"France: contacts without a decision"})
        japan = self.env.ref("base.jp")
        self.env["mail.engagement.policy"].create(
            {"country_id": japan.id, "company_id": self.env.company.id, "policy": "no_ip"}
        )
        last = log.search([], limit=1)
        self.assertEqual(
            (last.label, last.old, last.new),
            ("Japan: contacts without a decision", False, "Follow, without address and program"),
        )
        self.assertEqual(last.user_id, self.env.user)

    def test_the_record_of_processing_tells_the_real_settings(self):
        self.env.company.engagement_policy = "no_ip"
        self.env.company.engagement_page_link = True
        self.env.company.engagement_event_days = 77
        report = self.env.ref("mail_engagement.engagement_processing_report")
        content, kind = report._render_qweb_html(report.report_name, self.env.company.ids)
        self.assertEqual(kind, "html")
        text = content.decode()
        for expected in (
            "77 days", "Follow, without address and program", "France", "their own page",
            self.env.company.get_base_url(), "accepted by",
        ):  # fmt: skip
            self.assertIn(expected, " ".join(text.split()))
        self.env.company.engagement_page_link = False
        content, _kind = report._render_qweb_html(report.report_name, self.env.company.ids)
        self.assertIn("No link below", content.decode())
