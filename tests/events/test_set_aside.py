"""One row that nobody can count costs itself only, however it came into the table."""

import secrets
from datetime import timedelta
from unittest.mock import patch

import psycopg2.errors

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ..common import EngagementCase, observed

MODELS = "odoo.addons.mail_engagement.models"
LOG = f"{MODELS}.events.mail_engagement_tracking"
MOST = 2**31 - 1
ADDRESS = "198.51.100.77"


@tagged("post_install", "-at_install")
class TestSetAside(EngagementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start_inbox()
        cls.template = cls.env["mail.template"].create(
            {"name": "Offer", "model_id": cls.env.ref("crm.model_crm_lead").id}
        )
        message = cls.lead.with_user(cls.anna).message_post(
            body=cls.markup('<a href="https://shop.test/offer">offer</a>'),
            partner_ids=(cls.carla | cls.chen).ids,
            subtype_xmlid="mail.mt_comment",
        )
        cls.message = message.with_env(cls.env)
        mails = cls.message.engagement_tracking_ids
        cls.bad = mails.filtered(lambda mail: mail.partner_id == cls.carla)
        cls.good = mails - cls.bad
        cls.link = cls.env["mail.engagement.link"].search(
            [("rfc_message_id", "=", cls.bad.rfc_message_id)]
        )

    def _insert(self, mail, type_="open", **values):
        """A row as it was stored before anybody looked at its bounds, not judged yet."""
        columns = {
            "uid": secrets.token_hex(16),
            "type": type_,
            "mail_uid": mail.uid,
            "tracking_id": mail.id,
            "company_id": mail.company_id.id,
            "sent_at": mail.sent_at,
            "occurred_at": fields.Datetime.add(mail.sent_at, hours=1),
            "repeat_count": 1,
            "agent_class": "browser",
            "verdict_by": "rule",
            "ip": ADDRESS,
            "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0",
            "source": 7,
            **values,
        }
        [[id_]] = self.env.execute_query(
            SQL(
                "INSERT INTO mail_engagement_event (%s) VALUES (%s) RETURNING id",
                SQL(", ").join(map(SQL.identifier, columns)),
                SQL(", ").join(columns.values()),
            )
        )
        return self.env["mail.engagement.event"].browse(id_)

    def _unjudgeable(self, mail):
        """No time at all; the sender's devices of around then are asked for."""
        return self._insert(mail, occurred_at="-infinity")

    def _summarise(self):
        self.env["mail.engagement.tracking"]._engagement_judge_pending()
        self.env.invalidate_all()

    def _verdict(self, event):
        """By SQL: Python has no such times."""
        return self.env.execute_query(
            SQL("SELECT verdict, reason FROM mail_engagement_event WHERE id = %s", event.id)
        )[0]

    def test_counts_end_where_integers_do(self):
        kinds = ("open", "click", "attachment") * 3
        for hours, type_ in enumerate(kinds, 1):
            self._insert(
                self.bad,
                type_,
                repeat_count=2 * 10**9,
                occurred_at=fields.Datetime.add(self.bad.sent_at, hours=hours),
                link_ref=self.link.reference if type_ == "click" else None,
                link_id=self.link.id if type_ == "click" else None,
            )
        self._insert(self.good)
        self._summarise()
        self.assertEqual(self.good.open_count, 1)
        counts = (self.bad.open_count, self.bad.click_count, self.bad.attachment_open_count)
        self.assertEqual(counts, (MOST,) * 3)
        self.assertEqual((self.bad.state, self.link.click_count), ("clicked", MOST))
        self._check_what_reads_them()
        self._age()
        self.env["mail.engagement.event"]._gc_retention()
        self.env.invalidate_all()
        self.assertFalse(self.bad.event_ids)
        self._insert(self.bad, "click", link_ref=self.link.reference, link_id=self.link.id)
        self._insert(self.bad)
        self._summarise()
        self.assertEqual((self.bad.open_count, self.link.click_count), (MOST, MOST))

    def _check_what_reads_them(self):
        self.bad.template_id = self.template
        self.env.flush_all()
        self.assertEqual(self.template.engagement_open_rate, 1)
        self.assertGreater(self.carla.engagement_score, 0)
        warm = self.env["res.partner"].search([("engagement_score", ">", 0)])
        self.assertIn(self.carla, warm)
        self.assertGreater(self.message.engagement["open_count"], MOST)
        [[total]] = self.env["mail.engagement.report"]._read_group(
            [("tracking_id", "=", self.bad.id)], [], ["repeat_count:sum"]
        )
        self.assertEqual(total, 9 * 2 * 10**9)

    def _age(self):
        self.env.cr.execute(
            SQL(
                """UPDATE mail_engagement_event SET occurred_at = occurred_at - %s
                    WHERE tracking_id = %s""",
                timedelta(days=400),
                self.bad.id,
            )
        )
        self.env.invalidate_all()

    def test_deleted_events_left_more_than_an_integer(self):
        self.bad.purged = {"opens": 10**12, "first_open_at": None}
        self.link.purged_click_count = MOST
        self.env.flush_all()
        self._insert(self.bad)
        self._insert(self.bad, "click", link_ref=self.link.reference, link_id=self.link.id)
        self._summarise()
        self.assertEqual((self.bad.open_count, self.link.click_count), (MOST, MOST))

    def test_what_cannot_be_judged_is_set_aside_alone(self):
        before = [self._insert(self.good), self._insert(self.bad, "reply")]
        poison = self._unjudgeable(self.bad)
        after = [self._insert(self.bad), self._insert(self.good, "reply")]
        with self.assertLogs(LOG, "ERROR") as logs:
            self._summarise()
        self.assertEqual(self._verdict(poison), ("unknown", "set_aside"))
        self.assertEqual({self._verdict(event)[0] for event in before + after}, {"human"})
        for mail in self.bad | self.good:
            self.assertEqual((mail.open_count, mail.reply_count), (1, 1))
        self.assertEqual(len(logs.output), 1)
        self.assertIn(str(poison.id), logs.output[0])
        self.assertNotIn(ADDRESS, logs.output[0])

    def test_it_is_no_evidence_afterwards(self):
        poison = self._unjudgeable(self.bad)
        with self.assertLogs(LOG, "ERROR"):
            self._summarise()
        event = observed(self.bad, "open")
        self.assertEqual((event.verdict, self.bad.open_count), ("human", 1))
        found = self.env["mail.engagement.event"].search([("reason", "=", "set_aside")])
        self.assertEqual(found, poison)

    def test_judging_again_looks_at_it_again(self):
        poison = self._unjudgeable(self.bad)
        with self.assertLogs(LOG, "ERROR"):
            self._summarise()
        runs = self.env["mail.engagement.rejudge"]
        with self.assertLogs(f"{MODELS}.events.mail_engagement_rejudge", "ERROR"):
            self._rejudge(runs)
        self.assertEqual(self._verdict(poison), ("unknown", "set_aside"))
        self.env.cr.execute(
            SQL(
                "UPDATE mail_engagement_event SET occurred_at = %s WHERE id = %s",
                fields.Datetime.add(self.bad.sent_at, hours=1),
                poison.id,
            )
        )
        self.env.invalidate_all()
        self._rejudge(runs)
        self.assertEqual((poison.verdict, self.bad.open_count), ("human", 1))

    def _rejudge(self, runs):
        runs.action_start()
        while runs._engagement_rejudge_batch(self.env.registry):
            pass
        self.env.invalidate_all()

    def test_one_company_that_cannot_be_vacuumed(self):
        """What deleted events left is no number: nothing is lost, and the others are vacuumed."""
        self.env.cr.execute(
            SQL(
                "UPDATE mail_engagement_tracking SET purged = %s WHERE id = %s",
                '{"opens": "many"}',
                self.bad.id,
            )
        )
        self._insert(self.bad)
        other = self.env["res.company"].create({"name": "Other"})
        self.env["mail.engagement.terms"].accept(other)
        other.engagement_enabled = True
        self.good.company_id = other
        self.env.flush_all()
        theirs = self._insert(self.good, occurred_at="2020-01-01 00:00:00")
        self._age()
        with self.assertLogs(f"{MODELS}.privacy.mail_engagement_event", "ERROR"):
            self.env["mail.engagement.event"]._gc_retention()
        self.env.invalidate_all()
        self.assertTrue(self.bad.event_ids)
        self.assertFalse(theirs.exists())

    def test_a_fault_of_no_row_sets_nothing_aside(self):
        """Two transactions at once, say: all of it is done again."""
        event = self._insert(self.good)

        def busy(mails):
            raise psycopg2.errors.SerializationFailure()

        mails = self.env.registry["mail.engagement.tracking"]
        for step in ("_engagement_recount", "_engagement_counted"):
            with (
                self.subTest(step=step),
                patch.object(mails, step, busy),
                self.assertRaises(psycopg2.errors.SerializationFailure),
                self.env.cr.savepoint(),
            ):
                self._summarise()
            self.assertEqual(self._verdict(event), (None, None))

    def test_who_cannot_tell_of_a_mail_does_not_stop_the_counting(self):
        self._insert(self.bad)
        self._insert(self.good)
        told = []

        def counted(mails):
            if self.bad in mails:
                raise ValueError(f"an extension's fault with {self.carla.email}")
            told.extend(mails.ids)

        mails = self.env.registry["mail.engagement.tracking"]
        with patch.object(mails, "_engagement_counted", counted), self.assertLogs(LOG) as logs:
            self._summarise()
        self.assertEqual((self.bad.open_count, self.good.open_count), (1, 1))
        self.assertEqual(told, self.good.ids)
        self.assertNotIn(self.carla.email, "".join(logs.output))
