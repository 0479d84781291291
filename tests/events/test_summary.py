"""From events to counts."""

import json
import secrets
import time

from odoo.tests import tagged

from ..common import EngagementCase, observation, observed


@tagged("post_install", "-at_install")
class TestSummary(EngagementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start_inbox()
        cls.message = cls.lead.with_user(cls.anna).message_post(
            body=cls.markup('<p><a href="https://shop.test/offer">offer</a></p>'),
            partner_ids=cls.carla.ids,
            subtype_xmlid="mail.mt_comment",
        )
        cls.tracking = cls.message.engagement_tracking_ids

    def _observation(self, **values):
        sent_at = int(self.tracking.sent_at.timestamp())
        values = {"mail": self.tracking.uid, "sent_at": sent_at, "at": time.time() + 60} | values
        return observation(**values)

    def test_counts_and_chip(self):
        observed(self.tracking, "open")
        observed(self.tracking, "click")
        observed(self.tracking, "open", agent="scanner", agent_name="Barracuda Sentinel")
        self.assertEqual(
            (self.tracking.open_count, self.tracking.click_count, self.tracking.machine_count),
            (1, 1, 1),
        )
        chip = self.message.engagement
        self.assertEqual((chip["open_count"], chip["click_count"], chip["recipients"]), (1, 1, 1))
        self.assertEqual(self.tracking.first_open_at, self.tracking.last_open_at)

    def test_twice_the_same_changes_nothing(self):
        events = self.env["mail.engagement.event"]
        seen = self._observation()
        company = self.tracking.company_id
        self.assertEqual(events._engagement_insert(company, [seen]), (1, 0, []))
        self.assertEqual(events._engagement_insert(company, [seen]), (0, 1, []))

    def test_event_before_the_row(self):
        """The scanner was faster than our commit: joined by uid afterwards."""
        events = self.env["mail.engagement.event"]
        uid = secrets.token_hex(10)
        seen = self._observation(mail=uid)
        events._engagement_insert(self.tracking.company_id, [seen])
        stored = events.search([("uid", "=", seen.uid)])
        self.assertFalse(stored.tracking_id)
        late = self.env["mail.engagement.tracking"].create(
            {
                "uid": uid,
                "company_id": self.tracking.company_id.id,
                "sent_at": "2026-01-01 10:00:00",
            }
        )
        self.env.flush_all()
        self.env["mail.engagement.tracking"]._engagement_judge_pending()
        self.env.invalidate_all()
        self.assertEqual(stored.tracking_id, late)
        self.assertEqual(late.open_count, 1)

    def test_from_the_future(self):
        seen = self._observation(at=time.time() + 7 * 86400)
        result = self.env["mail.engagement.event"]._engagement_insert(
            self.tracking.company_id, [seen]
        )
        self.assertEqual(result, (0, 0, [{"uid": seen.uid, "reason": "future"}]))

    def test_other_company_cannot_touch_it(self):
        """An event under another company's keys joins nothing of ours."""
        other = self.env["res.company"].create({"name": "Other"})
        self.env["mail.engagement.terms"].accept(other)
        other.engagement_enabled = True
        self.env["mail.engagement.event"]._engagement_insert(other, [self._observation()])
        self.env["mail.engagement.tracking"]._engagement_judge_pending()
        self.env.invalidate_all()
        self.assertEqual(self.tracking.open_count, 0)

    def test_author_is_told_at_once(self):
        """The chip changes over the bus, for the author and on the record's own channel."""
        bus = self.env["bus.bus"]
        self.env.cr.precommit.run()
        before = bus.search([], order="id desc", limit=1).id or 0
        observed(self.tracking, "open")
        self.env.cr.precommit.run()
        sent = bus.search([("id", ">", before)])
        chips = [
            shown.get("engagement")
            for row in sent
            for shown in json.loads(row.message)["payload"].get("mail.message", [])
        ]
        self.assertEqual([chip["open_count"] for chip in chips], [1, 1])
        channels = {tuple(json.loads(row.channel)[1:]) for row in sent}
        self.assertEqual(
            channels,
            {
                ("res.partner", self.anna.partner_id.id),
                ("crm.lead", self.lead.id, "mail_engagement"),
            },
        )
