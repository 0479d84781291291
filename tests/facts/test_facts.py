"""What becomes a fact: once, of people only, where somebody listens."""

import time
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from ..common import EngagementCase, observation, observed

LOST = "odoo.addons.mail_engagement.models.facts.mail_engagement_fact"
UNTOLD = "odoo.addons.mail_engagement.models.events.mail_engagement_tracking"


class FactCase(EngagementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox = cls.start_inbox()
        cls.tracking = cls.send(cls.anna)
        cls.fact = cls.env["mail.engagement.fact"]

    def setUp(self):
        super().setUp()
        kinds = [kind for kind, _label in self.fact._fields["kind"].selection]
        self.listen(self.env.company, kinds)

    def listen(self, companies, kinds):
        """Have somebody listen for `kinds` of `companies`, and nobody for anything else."""
        wanted = {kind: set(companies.ids) for kind in kinds}
        self.patch(self.env.registry[self.fact._name], "_engagement_wanted", lambda self: wanted)
        self.env.registry.clear_cache("stable")
        self.addCleanup(self.env.registry.clear_cache, "stable")

    def facts(self, tracking=None):
        """Return the kinds of what is a fact of a mail, oldest first."""
        facts = self.fact.search([("tracking_id", "=", (tracking or self.tracking).id)])
        return facts.sorted("id").mapped("kind")


@tagged("post_install", "-at_install")
class TestFacts(FactCase):
    def test_first_of_each_kind(self):
        for kind in ("open", "open", "click", "click", "attachment", "reply", "reply"):
            observed(self.tracking, kind, at=time.time() + 100 + len(self.tracking.event_ids) * 60)
        self.assertEqual(self.facts(), ["open", "click", "attachment", "reply", "reply"])

    def test_what_is_known_of_it(self):
        event = observed(self.tracking, "click")
        fact = self.fact.search([("kind", "=", "click")])
        self.assertEqual(fact.event_id, event)
        self.assertEqual(fact.link_id.url, "https://shop.test/offer")
        self.assertEqual(fact.key, event.link_ref)
        self.assertEqual(fact.happened_at, event.occurred_at)
        self.assertEqual((fact.company_id, fact.is_done), (self.env.company, False))
        self.assertEqual((fact.model, fact.res_id), ("crm.lead", self.lead.id))
        self.assertRegex(fact.uid, r"^[0-9a-f]{32}$")
        uid = fact.uid
        fact.unlink()
        self.tracking._engagement_happened(event)
        self.assertEqual(self.fact.search([("kind", "=", "click")]).uid, uid)

    def test_people_only(self):
        observed(self.tracking, "open", agent="scanner", agent_name="Barracuda")
        observed(self.tracking, "open", hints=("session",))
        observed(self.tracking, "click", agent="unknown", at=self.tracking.sent_at.timestamp() + 2)
        self.assertEqual(
            set(self.tracking.event_ids.mapped("verdict")), {"machine", "self", "unknown"}
        )
        self.assertFalse(self.facts())

    def test_a_verdict_that_goes_back_and_forth(self):
        event = observed(self.tracking, "open")
        for verdict in ("machine", "human", "machine", "human"):
            event.write({"verdict": verdict})
            self.tracking._engagement_happened(event)
        self.assertEqual(self.facts(), ["open"])

    def test_who_corrects_knows(self):
        event = observed(self.tracking, "open", agent="scanner", agent_name="Barracuda")
        event.with_user(self.anna).engagement_correct("human")
        self.assertFalse(self.facts())

    def test_judging_again_is_no_news(self):
        event = observed(self.tracking, "reply")
        self.fact.search([]).unlink()
        event.write({"verdict": "machine", "reason": "scanner"})
        self.tracking._engagement_rejudge()
        self.assertEqual(event.verdict, "human")
        self.assertFalse(self.facts())

    def test_long_ago_is_no_news(self):
        observed(self.tracking, "open", at=time.time() - 31 * 86400)
        self.assertFalse(self.facts())

    def test_nobody_listens(self):
        self.listen(self.env.company.browse(), [])
        event = observed(self.tracking, "open")
        before = self.env.cr.sql_log_count
        self.tracking._engagement_happened(event)
        self.assertEqual(self.env.cr.sql_log_count, before)
        self.assertFalse(self.facts())

    def test_only_what_is_listened_for(self):
        self.listen(self.env.company, ["click"])
        observed(self.tracking, "open")
        observed(self.tracking, "click")
        self.assertEqual(self.facts(), ["click"])

    def test_only_where_it_is_listened_for(self):
        self.listen(self.env["res.company"].create({"name": "Elsewhere"}), ["open"])
        observed(self.tracking, "open")
        self.assertFalse(self.facts())

    def test_only_counted_people(self):
        self.tracking.write({"is_anonymous": True, "partner_id": False})
        observed(self.tracking, "open")
        self.assertEqual(self.facts(), ["open"])

    def test_an_alert_that_fails(self):
        def fail(self, events):
            raise KeyError("toast")

        self.patch(self.env.registry["mail.engagement.alert"], "_engagement_create_alerts", fail)
        with self.assertLogs(UNTOLD, "ERROR"):
            observed(self.tracking, "open")
        self.assertEqual(self.tracking.open_count, 1)
        self.assertEqual(self.facts(), ["open"])

    def test_one_that_cannot_be_written_costs_itself_only(self):
        other = self.send(self.anna)
        self.env.cr.execute(
            SQL("ALTER TABLE mail_engagement_fact ADD CHECK (tracking_id <> %s)", other.id)
        )
        self._open([self.tracking, other])
        with self.assertLogs(LOST, "ERROR") as logs:
            self.env["mail.engagement.tracking"]._engagement_judge_pending()
        self.assertEqual(len(logs.output), 1)
        self.env.invalidate_all()
        self.assertEqual((self.tracking.open_count, other.open_count), (1, 1))
        self.assertEqual((self.facts(), self.facts(other)), (["open"], []))

    def test_few_statements(self):
        """As many for twenty events as for one."""
        mails = [self.send(self.anna) for _ in range(21)]
        counts = []
        for some in (mails[:1], mails[1:]):
            self._open(some)
            before = self.env.cr.sql_log_count
            self.env["mail.engagement.tracking"]._engagement_judge_pending()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(self.fact.search_count([]), 21)
        self.assertLessEqual(counts[1], counts[0])

    def _open(self, trackings):
        """Insert an open of each mail, without judging it."""
        self.env["mail.engagement.event"]._engagement_insert(
            self.env.company,
            [
                observation(
                    mail=mail.uid, sent_at=int(mail.sent_at.timestamp()), at=time.time() + 60
                )
                for mail in trackings
            ],
        )

    def test_what_is_no_event(self):
        added = self.fact._engagement_add("bounce", self.tracking)
        self.assertEqual(added.tracking_id, self.tracking)
        self.assertFalse(self.fact._engagement_add("bounce", self.tracking))
        self.assertEqual(len(self.fact._engagement_add("unanswered", self.tracking, key="3")), 1)
        self.assertEqual(len(self.fact._engagement_add("unanswered", self.tracking, key="7")), 1)
        old = fields.Datetime.now() - timedelta(days=31)
        self.assertFalse(self.fact._engagement_add("complaint", self.tracking, happened_at=old))
        self.assertEqual(self.facts(), ["bounce", "unanswered", "unanswered"])

    def test_who_may_read(self):
        observed(self.tracking, "open")
        fact = self.fact.search([("tracking_id", "=", self.tracking.id)])
        self.assertEqual(fact.with_user(self.manager).kind, "open")
        with self.assertRaises(AccessError):
            fact.with_user(self.anna).read(["kind"])
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.write({"company_ids": [(4, elsewhere.id)]})
        seen = self.fact.with_user(self.manager).with_context(allowed_company_ids=elsewhere.ids)
        self.assertFalse(seen.search([]))
        with self.assertRaises(AccessError):
            fact.with_user(self.manager).write({"is_done": True})

    def test_it_goes_with_an_erasure_and_is_in_the_download(self):
        observed(self.tracking, "open")
        [mail] = self.carla._engagement_export()["mails"]
        self.assertEqual([fact["kind"] for fact in mail["acted_on"]], ["open"])
        fact = self.fact.search([("tracking_id", "=", self.tracking.id)])
        self.carla._engagement_erase()
        self.assertFalse(fact.exists())

    def test_it_goes_with_the_events_and_never_happens_again(self):
        event = observed(self.tracking, "open")
        fact = self.fact.search([("tracking_id", "=", self.tracking.id)])
        self.env.company.engagement_event_days = 1
        for row, column in ((event, "occurred_at"), (fact, "happened_at")):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s",
                    SQL.identifier(row._table),
                    SQL.identifier(column),
                    fields.Datetime.now() - timedelta(days=2),
                )
            )
        self.env["mail.engagement.event"]._gc_retention()
        self.env.invalidate_all()
        self.assertFalse(fact.exists())
        self.assertFalse(event.exists())
        # Events of that age are recorded again, so the next open looks like the first.
        self.env.company.engagement_event_days = 365
        observed(self.tracking, "open")
        self.assertEqual(self.tracking.open_count, 2)
        self.assertFalse(self.facts())
