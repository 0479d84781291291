"""The analysis adds up days that were counted before: it says what the events say, always."""

import random
from datetime import datetime, time, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...models.insight.mail_engagement_day import REPAIR_DAYS
from ..common import EngagementCase, observed

REPORT = "mail.engagement.report"
DAYS = 12
GROUPS = (
    ["occurred_at:week", "type"],
    ["occurred_at:day", "verdict"],
    ["weekday", "hour"],
    ["user_id", "type"],
    ["team_id", "type"],
    ["template_id", "verdict"],
    ["user_id", "occurred_at:week"],
    ["team_id", "occurred_at:day", "type"],
    ["template_id", "occurred_at:month", "occurred_at:day_of_week"],
    ["company_id"],
    [],
)
ZONES = (
    "UTC",
    "Europe/Paris",
    "Asia/Kolkata",
    "America/St_Johns",
    "America/Los_Angeles",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
)
SUMS = ["__count", "repeat_count:sum"]


class DayCase(EngagementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report = cls.env[REPORT]
        cls.days, cls.stale = cls.env["mail.engagement.day"], cls.env["mail.engagement.day.stale"]
        cls.leader = new_test_user(
            cls.env,
            "lea",
            groups="base.group_user,sales_team.group_sale_salesman_all_leads",
            email="lea@seller.test",
        )
        cls.former = cls.env["res.partner"].create({"name": "Former colleague"})
        cls.teams = cls.env["crm.team"].create([{"name": name} for name in ("Roofs", "Pumps")])
        cls.leads = cls.lead | cls.env["crm.lead"].create(
            [
                {
                    "name": f"Roof {number}",
                    "type": "opportunity",
                    "user_id": user.id,
                    "team_id": cls.teams[number % 2].id,
                }
                for number, user in enumerate((cls.anna, cls.ben, cls.ben, cls.leader))
            ]
        )
        cls.templates = cls.env["mail.template"].create(
            [{"name": name, "model_id": cls.env.ref("crm.model_crm_lead").id} for name in "ABC"]
        )
        cls.mails = cls.env["mail.engagement.tracking"]
        for number, record in enumerate(
            [*cls.leads, *cls.leads, cls.carla, cls.chen, cls.chen, cls.env["res.users"]]
        ):
            cls.mails |= cls.mail_of(number, record)
        cls.count()

    @classmethod
    def mail_of(cls, number, record):
        """Return what is kept of a mail that was sent from `record`; one was from none."""
        author = (*(cls.anna | cls.ben | cls.leader).partner_id, cls.former)[number % 4]
        message = cls.env["mail.message"].create(
            {
                "model": record._name if record else False,
                "res_id": record.id,
                "author_id": author.id,
                "partner_ids": cls.ben.partner_id.ids if number % 5 == 0 else [],
            }
        )
        return cls.env["mail.engagement.tracking"].create(
            {
                "uid": f"{number:020x}",
                "message_id": message.id,
                "rfc_message_id": f"<{number}@day.test>",
                "partner_id": (cls.carla | cls.chen)[number % 2].id,
                "author_id": author.id,
                "model": message.model,
                "res_id": message.res_id,
                "template_id": cls.templates.ids[number % 4] if number % 4 < 3 else False,
                "company_id": cls.env.company.id,
                "sent_at": datetime.now() - timedelta(days=DAYS),
            }
        )

    @classmethod
    def count(cls):
        """Do what the scheduled action does."""
        cls.env.flush_all()
        while cls.days._engagement_count_days():
            pass

    def assertAddsUp(self, user, groupby, domain=(), zone="Europe/Paris"):
        report = self.report.with_user(user).with_context(tz=zone)
        domain = [("company_id", "=", self.env.company.id), *domain]
        summed = report._engagement_sum(domain, groupby, SUMS, None)
        self.assertTrue(summed, (groupby, domain))
        found = report._read_group(domain, groupby, SUMS)
        with patch.object(type(self.report), "_engagement_sum", lambda *_args: None):
            events = report._read_group(domain, groupby, SUMS)
        self.assertEqual(found, events, (user.name, groupby, domain))
        return found


@tagged("post_install", "-at_install")
class TestDay(DayCase):
    def test_whatever_happens(self):
        """Whatever happens to events, mails, documents and teams, for whoever may read what."""
        seed = random.randrange(1 << 32)
        dice = random.Random(seed)
        steps = [
            self.happen,
            self.happen,
            self.happen,
            self.correct,
            self.undo,
            self.judge_again,
            self.purge,
            self.move,
            self.lose,
            self.erase,
            self.leave,
            self.merge,
            lambda _dice: self.count(),
            lambda _dice: self.count(),
        ]
        for _number in range(40):
            self.happen(dice)
        for number in range(40):
            step = dice.choice(steps)
            with self.subTest(seed=seed, number=number, step=getattr(step, "__name__", "count")):
                step(dice)
                self.compare(dice)
        self.count()
        self.assertTrue(self.days.search_count([]))
        for _number in range(20):
            self.compare(dice)

    def compare(self, dice):
        now = datetime.now()
        since = now - timedelta(days=dice.uniform(0, DAYS))
        midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
        domains = (
            [],
            [("verdict", "=", "human")],
            [("occurred_at", ">=", since)],
            [("occurred_at", dice.choice(("<", "<=", ">", ">=")), midnight)],
            ["|", ("occurred_at", "<", midnight), ("occurred_at", ">", since)],
        )
        for user in (self.anna, self.ben, self.leader, self.manager):
            self.assertAddsUp(user, dice.choice(GROUPS), dice.choice(domains), dice.choice(ZONES))

    def happen(self, dice):
        mail = dice.choice(self.mails.exists())
        start, now = mail.sent_at.timestamp(), datetime.now().timestamp()
        # Now and then at the edge of a day, of some reader's day, or of half an hour.
        day = now // 86400 * 86400 - 86400 * dice.randrange(DAYS - 1)
        hour = 3600 * dice.choice((0, 7, 8, 10, 11, 12, 13, 22, 23))
        at = dice.choice((dice.uniform(start, now), day, min(day + hour, now)))
        observed(
            mail,
            dice.choice(("open", "open", "reply")),
            at=dice.choice((at, at // 1800 * 1800)),
            repeat=dice.choice((1, 1, 7)),
            agent=dice.choice(("browser", "browser", "scanner", "unknown")),
        )

    def events(self, domain=()):
        return self.env["mail.engagement.event"].search(
            [("tracking_id", "in", self.mails.exists().ids), *domain]
        )

    def correct(self, dice):
        events = self.events()
        if events:
            dice.choice(events).engagement_correct(dice.choice(("human", "machine", "self")))

    def undo(self, _dice):
        self.events([("verdict_by", "=", "user")])[:2].engagement_undo_correction()

    def judge_again(self, dice):
        dice.choice(self.mails.exists())._engagement_rejudge()

    def purge(self, dice):
        self.env.company.engagement_event_days = dice.randint(DAYS - 4, DAYS)
        self.env["mail.engagement.event"]._engagement_vacuum_here(3)

    def move(self, dice):
        lead = dice.choice(self.leads.exists())
        lead.team_id = dice.choice([False, *self.teams])
        self.env.flush_all()

    def lose(self, dice):
        leads = self.leads.exists()
        if dice.random() < 0.3 and len(leads) > 2:
            dice.choice(leads).unlink()
        else:
            dice.choice(leads).user_id = dice.choice(self.anna | self.ben)
        self.env.flush_all()

    def erase(self, dice):
        if dice.random() < 0.3 and len(self.mails.exists()) > 6:
            dice.choice(self.mails.exists()).unlink()

    def merge(self, dice):
        leads = self.leads.exists()
        if dice.random() < 0.3 and len(leads) > 2:
            with mute_logger("odoo.models.unlink"):
                self.env["crm.lead"].union(*dice.sample(leads, 2)).merge_opportunity()
            self.env.cr.flush()

    def leave(self, dice):
        if dice.random() < 0.2:
            self.former.exists().unlink()


@tagged("post_install", "-at_install")
class TestHowItAddsUp(DayCase):
    def setUp(self):
        super().setUp()
        self.mail = self.mails.filtered(lambda mail: mail.author_id == self.anna.partner_id)[0]
        self.at = datetime.now().replace(hour=12, minute=10) - timedelta(days=3)
        observed(self.mail, "open", at=self.at.timestamp())
        self.count()

    def sums(self, user, groupby=("type",), **context):
        """Return the sums of the day on which the mail was opened."""
        report = self.report.with_user(user).with_context(**context)
        day = datetime.combine(self.at, time.min)
        domain = [("occurred_at", ">=", day), ("occurred_at", "<", day + timedelta(days=1))]
        return report._read_group(
            [("company_id", "=", self.env.company.id), *domain], groupby, SUMS
        )

    def is_summed(self, groupby=("type",), domain=(), aggregates=SUMS, order=None, **context):
        report = self.report.with_user(self.ben).with_context(**context)
        return bool(report._engagement_sum(domain, groupby, aggregates, order))

    def tell_a_lie(self):
        self.env.cr.execute("UPDATE mail_engagement_day SET events = events + 1000")

    def shown(self):
        return sum(count for _type, count, _times in self.sums(self.manager))

    def test_counted_days_are_not_read_again(self):
        before = self.shown()
        self.tell_a_lie()
        self.assertGreaterEqual(self.shown(), before + 1000)
        # One more event of that day, and its events are read.
        observed(self.mail, "reply", at=self.at.timestamp())
        self.assertEqual(self.shown(), before + 1)

    def test_each_day_is_repaired_in_turn(self):
        before = self.shown()
        self.tell_a_lie()
        for ago in range(REPAIR_DAYS):
            with freeze_time(datetime.now() + timedelta(days=ago)):
                self.days._gc_repair()
        self.count()
        self.assertEqual(self.shown(), before)

    def test_what_a_document_led_to_goes_with_it(self):
        """Who read a mail by its opportunity reads it no more, and its team is the sender's."""
        lead = self.leads[1]
        mail = self.mails.filtered(lambda mail: mail.res_id == lead.id)[0]
        mail.author_id = self.former
        observed(mail, "open", at=self.at.timestamp())
        self.count()
        teams = [team for team, *_sums in self.assertAddsUp(self.leader, ["team_id"])]
        self.assertIn(lead.team_id, teams)
        for change in (
            lambda: lead.write({"team_id": self.teams[0].id}),
            lambda: lead.write({"user_id": self.anna.id, "team_id": False}),
            lambda: self.former.unlink(),
            lambda: lead.unlink(),
        ):
            change()
            self.env.flush_all()
            self.env.invalidate_all()
            for user in (self.leader, self.manager, self.ben):
                for groupby in (["user_id"], ["team_id"], ["weekday"]):
                    self.assertAddsUp(user, groupby)
            self.count()

    def test_a_moved_message_takes_its_mails_along(self):
        other, lead = self.leads[1:3]
        mail = self.mails.filtered(lambda mail: mail.res_id == lead.id)[0]
        observed(mail, "open", at=self.at.timestamp())
        self.count()
        self.assertNotEqual(other.team_id, lead.team_id)
        for document in ({"res_id": other.id}, {"model": False, "res_id": False}):
            mail.message_id.write(document)
            self.env.cr.flush()
            for user in (self.leader, self.manager):
                self.assertAddsUp(user, ["team_id"])
            self.count()

    def test_what_may_be_asked_for(self):
        self.assertTrue(self.is_summed())
        self.assertTrue(self.is_summed(["occurred_at:month"], order="occurred_at:month desc"))
        self.assertTrue(self.is_summed(["user_id"], [("team_id.name", "ilike", "roof")]))
        self.assertTrue(self.is_summed(["template_id", "occurred_at:week"]))
        for groupby, domain in (
            (["template_id", "user_id"], []),
            (["user_id", "occurred_at:hour"], []),
            (["occurred_at:minute_number"], []),
            (["type"], [("country_id", "!=", False)]),
            (["weekday"], [("user_id", "=", self.anna.id)]),
        ):
            self.assertFalse(self.is_summed(groupby, domain), (groupby, domain))
        self.assertFalse(self.is_summed(aggregates=["tracking_id:count_distinct"]))
        self.assertFalse(self.is_summed(order="id"))
        self.assertTrue(self.is_summed(["hour"], tz="Asia/Kolkata"))
        self.assertFalse(self.is_summed(["hour"], tz="Asia/Kathmandu"))
        self.assertTrue(self.is_summed(["occurred_at:week"], tz="Asia/Kathmandu"))

    def test_a_week_begins_with_the_reader_s_own_day(self):
        """Rows of whole days, and the hours of them that are in another week for the reader."""
        monday = self.at.replace(hour=0, minute=0, second=0, microsecond=0)
        monday -= timedelta(days=monday.weekday())
        self.mail.sent_at = monday - timedelta(days=21)
        for ago in (7, 8, 14):
            for hours in (-0.1, 0.1, 4, 7.9, 8.1, 12.5, 22.5, 23.5):
                at = monday - timedelta(days=ago) + timedelta(hours=hours)
                observed(self.mail, "open", at=at.timestamp())
        self.count()
        grouped = ["user_id", "occurred_at:week"]
        for zone in ZONES:
            for week_start in ("1", "7", "6"):
                self.env["res.lang"]._lang_get("en_US").week_start = week_start
                weeks = self.assertAddsUp(self.manager, grouped, zone=zone)
                self.assertGreater(len(weeks), 2)

    def test_rules_of_others(self):
        """A rule that tells mails apart by more than the company makes all events be read."""
        for model, domain in (
            ("mail.engagement.tracking", "[('subject', '!=', 'secret')]"),
            (REPORT, "[('subject', '!=', 'secret')]"),
        ):
            rule = self.env["ir.rule"].create(
                {
                    "name": "others'",
                    "model_id": self.env["ir.model"]._get(model).id,
                    "domain_force": domain,
                }
            )
            self.assertFalse(self.is_summed(), model)
            rule.unlink()
            self.assertTrue(self.is_summed(), model)

    def test_no_context_adds_up(self):
        """What others may send says nothing, and no record tells how it was read."""
        before = self.sums(self.anna, ["user_id"])
        for value in (True, ["people", [], ["type"]], {"cut": "people"}, "people"):
            self.assertEqual(self.sums(self.anna, ["user_id"], engagement_summed=value), before)
        self.assertNotIn("engagement_summed", before[0][0].env.context)

    def test_as_the_pivot_asks(self):
        domain = [("company_id", "=", self.env.company.id)]
        report = self.report.with_user(self.anna)
        rows, total = report._read_grouping_sets(domain, [["user_id", "type"], []], SUMS)
        self.assertEqual(rows, report._read_group(domain, ["user_id", "type"], SUMS))
        self.assertEqual(total, report._read_group(domain, [], SUMS))
        self.assertTrue(rows)
        shown = report.formatted_read_grouping_sets(domain, [["user_id"], []], SUMS)
        self.assertEqual(shown[1][0]["__count"], total[0][0])
