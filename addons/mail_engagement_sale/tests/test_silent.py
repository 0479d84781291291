"""Quotations after which nobody is heard of: in the list, and where the day begins."""

from datetime import timedelta

from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from odoo.addons.mail_engagement.tests.common import EngagementCase, observed


class SilentCase(EngagementCase):
    """A quotation of Anna's, sent ten days ago."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start_inbox()
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.carla.id,
                "user_id": cls.anna.id,
                "state": "sent",
                "order_line": [Command.create({"name": "A roof", "display_type": "line_note"})],
            }
        )
        cls.mail = cls.sent(10)

    @classmethod
    def sent(cls, days):
        """The order's mail, that many days old."""
        mail = cls.send(cls.anna, cls.order, subject="Your quotation")
        mail.sent_at = fields.Datetime.now() - timedelta(days=days)
        return mail

    def card(self, user, scope="mine"):
        found = self.env["mail.engagement.dashboard"].with_user(user).engagement_today(scope)
        return next(card for card in found["cards"] if card["code"] == "silent")

    def is_silent(self):
        self.env.flush_all()
        self.env.invalidate_all()
        order = self.order.with_user(self.anna)
        found = order.search([("id", "=", order.id), ("engagement_is_silent", "=", True)])
        self.assertEqual(order.engagement_is_silent, bool(found))
        return order.engagement_is_silent


@tagged("post_install", "-at_install")
class TestSilent(SilentCase):
    def test_nothing_was_heard(self):
        self.assertTrue(self.is_silent())
        card = self.card(self.anna)
        listed = self.env["sale.order"].with_user(self.anna).search(card["list"]["domain"])
        self.assertEqual((card["count"], listed.ids), (1, self.order.ids))
        [line] = card["lines"]
        self.assertEqual(line["title"], f"{self.order.name} · Carla")
        self.assertIn("not seen opening it, no reply", line["text"])
        self.assertEqual(line["link"], f"sale.order/{self.order.id}")

    def test_what_breaks_the_silence(self):
        now = fields.Datetime.now()
        day = timedelta(days=1)
        for what, silent in (
            ({"last_event_at": now - day}, False),
            ({"last_event_at": now - 4 * day, "open_count": 1}, True),
            # They answered: now it is the salesperson who is silent.
            ({"last_event_at": now - 4 * day, "reply_count": 1}, False),
            ({"sent_at": now - 2 * day}, False),
            ({"sent_at": now - 40 * day}, False),
            ({"state": "bounced"}, False),
        ):
            with self.subTest(what=what):
                mail = self.mail
                before = mail.read([*what])[0]
                mail.write(what)
                self.assertEqual(self.is_silent(), silent)
                before.pop("id")
                mail.write(before)
        self.order.state = "sale"
        self.assertFalse(self.is_silent(), "no quotation any more")

    def test_silent_again_after_an_answer(self):
        self.mail.write({"reply_count": 1, "last_event_at": self.mail.sent_at + timedelta(days=1)})
        self.assertFalse(self.is_silent())
        self.sent(5)
        self.assertTrue(self.is_silent())

    def test_who_viewed_the_page_is_not_silent(self):
        visit = self.env["mail.engagement.visit"].create(
            {
                "order_id": self.order.id,
                "tracking_id": self.mail.id,
                "company_id": self.order.company_id.id,
                "happened_at": fields.Datetime.now() - timedelta(days=1),
                "body": "viewed",
                "seen": {"at": 0},
                "is_open": False,
                "verdict": "machine",
            }
        )
        self.assertTrue(self.is_silent())
        visit.verdict = "human"
        self.assertFalse(self.is_silent())

    def test_who_sees_it(self):
        self.assertEqual(self.card(self.anna)["count"], 1)
        self.send(self.ben, self.lead.copy({"user_id": self.ben.id}))
        for scope in ("mine", "all"):
            self.assertEqual(self.card(self.ben, scope)["count"], 0)
        self.assertEqual(self.card(self.manager, "all")["count"], 1)
        self.send(self.manager)
        self.assertEqual(self.card(self.manager, "mine")["count"], 0)

    def test_costs_the_same_however_many_there_are(self):
        def queries():
            self.card(self.anna)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.card(self.anna)
            return self.env.cr.sql_log_count - before

        for _number in range(5):
            self._another()
        few = queries()
        for _number in range(10):
            self._another()
        self.assertEqual(queries(), few)

    def _another(self):
        order = self.order.copy()
        order.state = "sent"
        self.mail.copy({"uid": f"{order.id:020x}", "res_id": order.id})


@tagged("post_install", "-at_install")
class TestSilentTour(SilentCase, HttpCase):
    def test_tour(self):
        observed(self.mail, "open", at=(fields.Datetime.now() - timedelta(days=5)).timestamp())
        self.start_tour("/odoo/emails-today", "mail_engagement_sale_silent", login="anna")
