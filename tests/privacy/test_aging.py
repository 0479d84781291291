"""Mails that are deleted by age: the rates go on counting them, and their links go on working."""

import random
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ...models.insight.mail_engagement_rate_past import COUNTS, VISITS
from ...relay.engagement_relay.protocol.answers import GIF
from ...tools.coverage import LEARNT
from ..common import EngagementCase, InboxCase, html

RATE = "mail.engagement.rate"
DAYS = 730
MEASURES = [
    *(f"{name}:sum" for name in (*COUNTS, *VISITS, "visits")),
    *(f"{name}:avg" for name in ("open_rate", "open_rate_low", "click_rate_high", "reply_rate")),
    "machine_share:avg",
]
GROUPS = (
    ["template_id"],
    ["user_id", "sent_at:month"],
    ["team_id"],
    ["company_id", "opens_unseen"],
    ["sent_at:day"],
    [],
)


@tagged("post_install", "-at_install")
class TestAging(EngagementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mails = cls.env["mail.engagement.tracking"]
        cls.mails.search([]).unlink()
        cls.past = cls.env["mail.engagement.rate.past"]
        cls.leader = new_test_user(
            cls.env,
            "lea",
            groups="base.group_user,sales_team.group_sale_salesman_all_leads",
            email="lea@seller.test",
        )
        cls.templates = cls.env["mail.template"].create(
            [{"name": name, "model_id": cls.env.ref("crm.model_crm_lead").id} for name in "AB"]
        )
        cls.teams = cls.env["crm.team"].create([{"name": name} for name in ("Roofs", "Pumps")])
        cls.leads = cls.env["crm.lead"].create(
            [
                {
                    "name": f"Roof {number}",
                    "type": "opportunity",
                    "user_id": (cls.anna, cls.ben)[number % 2].id,
                    "team_id": cls.teams[number // 2].id,
                }
                for number in range(4)
            ]
        )
        cls.env.company.engagement_mail_days = DAYS

    def mail(self, days=DAYS + 1, **values):
        """Return what is kept of a mail that was sent so many days ago."""
        number = len(self.mails.search([]))
        return self.mails.create(
            {
                "uid": f"{number:020x}",
                "rfc_message_id": f"<{number}@aging.test>",
                "subject": f"Offer {number}",
                "partner_id": self.carla.id,
                "email_normalized": self.carla.email_normalized,
                "author_id": self.anna.partner_id.id,
                "model": "res.partner",
                "res_id": self.carla.id,
                "company_id": self.env.company.id,
                "sent_at": datetime.now() - timedelta(days=days),
                **values,
            }
        )

    def any_mail(self, dice):
        document = dice.choice([*self.leads, self.carla, self.chen])
        state = dice.choice(("sent", "sent", "opened", "replied", "failed", "bounced", "untracked"))
        did = {
            name: dice.choice((0, 0, 1, 3))
            for name in ("open_count", "click_count", "reply_count", "machine_count")
        }
        return self.mail(
            days=DAYS + dice.uniform(-3, 60),
            model=document._name,
            res_id=document.id,
            author_id=dice.choice((self.anna, self.ben, self.leader)).partner_id.id,
            template_id=dice.choice((False, *self.templates.ids)),
            is_anonymous=dice.random() < 0.1,
            opens_hidden=dice.choice((False, False, *LEARNT)),
            state=state,
            **did,
        )

    def age(self, limit=5000):
        """Do what the nightly job does, once."""
        self.env.flush_all()
        result = self.env["mail.engagement.event"]._engagement_vacuum_here(limit)
        self.env.invalidate_all()
        return result

    def rates(self, user=None):
        rate = self.env[RATE].with_user(user or self.manager)
        # As many as there are lines is no measure: one line is of many mails then.
        return [
            {tuple(row[: len(by)]): row[len(by) :] for row in rate._read_group([], by, MEASURES)}
            for by in GROUPS
        ]

    def template_rates(self):
        self.env.invalidate_all()
        return self.templates.with_user(self.anna).engagement_rates()

    def test_rates_stay(self):
        """Whatever mails there were, and in whichever batches they go."""
        seed = random.randrange(1 << 32)
        dice = random.Random(seed)
        with self.subTest(seed=seed):
            for _number in range(60):
                self.any_mail(dice)
            before, of_templates = self.rates(), self.template_rates()
            kept = len(self.mails.search([]))
            while self.age(limit=dice.randint(3, 20))[1]:
                self.assertEqual(self.rates(), before)
            self.assertLess(len(self.mails.search([])), kept)
            self.assertFalse(self.mails.search([("sent_at", "<", self.horizon())]))
            self.assertTrue(self.past.search_count([]))
            self.assertEqual(self.rates(), before)
            self.assertEqual(self.template_rates(), of_templates)

    def horizon(self):
        return fields.Datetime.now() - timedelta(days=DAYS)

    def test_who_sees_what(self):
        """Their own, and those from documents all of which they may read; managers all."""
        lead = {"model": "crm.lead", "res_id": self.leads[1].id}
        self.mail(author_id=self.ben.partner_id.id, **lead)
        self.mail(author_id=self.anna.partner_id.id, **lead)
        self.mail(author_id=self.ben.partner_id.id)
        self.age()
        for user, number in ((self.anna, 2), (self.ben, 2), (self.leader, 3), (self.manager, 3)):
            rate = self.env[RATE].with_user(user)
            self.assertEqual(rate._read_group([], [], ["sent:sum"]), [(number,)], user.name)
            lines = rate.search([])
            self.assertEqual(sum(lines.mapped("sent")), number)
            self.assertFalse(lines.partner_id or any(lines.mapped("subject")))
            self.assertFalse(lines[0].action_open_mail())
        theirs = self.env[RATE].with_user(self.manager).search([]).with_user(self.anna)
        self.assertTrue(theirs.filtered(lambda line: not line.has_access("read")))

    def test_rules_of_others(self):
        """Where a rule of somebody else's tells mails apart, nobody can tell it of sums."""
        self.mail()
        self.age()
        rate = self.env[RATE].with_user(self.anna)
        self.assertEqual(rate._read_group([], [], ["sent:sum"]), [(1,)])
        self.env["ir.rule"].create(
            {
                "name": "others'",
                "model_id": self.env["ir.model"]._get("mail.engagement.tracking").id,
                "domain_force": "[('subject', '!=', 'secret')]",
            }
        )
        self.assertEqual(rate._read_group([], [], ["sent:sum"]), [(0,)])

    def test_what_a_gone_document_led_to_goes_with_it(self):
        gone = self.env["crm.lead"].create({"name": "Gone"})
        for document in (gone, self.leads[0]):
            values = {"model": "crm.lead", "res_id": document.id}
            self.mail(author_id=self.ben.partner_id.id, **values)
        gone.unlink()
        self.age()
        rate = self.env[RATE].with_user(self.leader)
        self.assertEqual(rate._read_group([], [], ["sent:sum"]), [(1,)])

    def test_names_and_mails_may_go_on_the_same_day(self):
        self.env.company.engagement_person_days = DAYS
        self.mail(open_count=1, state="opened")
        before = self.rates()
        self.age()
        self.assertFalse(self.mails.search([]))
        self.assertEqual(self.rates(), before)

    def test_kept_and_past_together(self):
        self.mail(open_count=1, state="opened")
        self.mail(days=3)
        before = self.rates(self.anna)
        self.age()
        self.assertEqual(self.rates(self.anna), before)
        [[sent, rate]] = self.env[RATE]._read_group([], [], ["sent:sum", "open_rate:avg"])
        self.assertEqual((sent, rate), (2, 0.5))

    def test_what_keeps_a_mail(self):
        """An event of it, a reminder that waits for it, and the setting."""
        opened, waited, young = self.mail(), self.mail(), self.mail(days=DAYS - 1)
        event = self.env["mail.engagement.event"].create(
            {
                "uid": "0" * 32,
                "mail_uid": opened.uid,
                "tracking_id": opened.id,
                "company_id": self.env.company.id,
                "type": "open",
                "verdict": "human",
                "occurred_at": datetime.now() - timedelta(days=1),
            }
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO mail_engagement_reminder
                          (user_id, company_id, model, res_id, rfc_message_id, condition, state,
                           remind_at)
                   VALUES (%s, %s, 'res.partner', %s, %s, 'anyway', 'waiting', now())""",
                self.anna.id,
                self.env.company.id,
                self.carla.id,
                waited.rfc_message_id,
            )
        )
        self.age()
        self.assertEqual(self.mails.search([]), young | waited | opened)
        event.unlink()
        self.env.cr.execute("DELETE FROM mail_engagement_reminder")
        self.env.company.engagement_mail_days = 0
        self.age()
        self.assertEqual(self.mails.search([]), young | waited | opened)
        self.env.company.engagement_mail_days = DAYS
        self.age()
        self.assertEqual(self.mails.search([]), young)

    def test_another_company_keeps_its_own(self):
        other = self.env["res.company"].create({"name": "Other"})
        mine, theirs = self.mail(), self.mail(company_id=other.id)
        self.age()
        self.assertFalse(mine.exists())
        self.assertTrue(theirs.exists())

    def test_nothing_is_lost_where_it_fails(self):
        """What adds up and what deletes are one statement: both happen, or none."""
        self.mail(open_count=1, state="opened")
        before = self.rates()
        self.env.cr.execute(
            SQL(
                """CREATE FUNCTION refuse() RETURNS trigger AS $$
                   BEGIN RAISE check_violation; END $$ LANGUAGE plpgsql;
                   CREATE TRIGGER refuse BEFORE DELETE ON mail_engagement_tracking
                   FOR EACH STATEMENT EXECUTE FUNCTION refuse()"""
            )
        )
        cleaner = "odoo.addons.mail_engagement.models.privacy.mail_engagement_event"
        with mute_logger("odoo.sql_db"), self.assertLogs(cleaner, "ERROR"):
            self.age()
        self.assertFalse(self.past.search_count([]))
        self.assertEqual(self.rates(), before)
        self.env.cr.execute("DROP TRIGGER refuse ON mail_engagement_tracking")
        self.age()
        self.assertTrue(self.past.search_count([]))
        self.assertEqual(self.rates(), before)

    def test_nobody_is_named(self):
        self.mail(subject="For Carla", template_id=self.templates[0].id)
        self.age()
        [row] = self.past.search_read([])
        text = str(row)
        for word in ("Carla", self.carla.email_normalized, "shop.test"):
            self.assertNotIn(word, text)
        self.assertEqual(row["sent_at"].hour, 12)

    def test_a_template_and_a_sender_may_go(self):
        former = self.env["res.partner"].create({"name": "Former colleague"})
        for template in self.templates:
            self.mail(author_id=former.id, template_id=template.id)
        self.age()
        self.templates.unlink()
        former.unlink()
        self.assertEqual(self.env[RATE]._read_group([], [], ["sent:sum"]), [(2,)])

    def test_days_make_sense(self):
        company = self.env.company
        for days in (-1, company.engagement_event_days - 1):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                company.engagement_mail_days = days
        company.engagement_mail_days = company.engagement_event_days


@tagged("post_install", "-at_install")
class TestAgedMessage(InboxCase, HttpCase):
    """A message that was really sent, two years ago, to two people, with a link and a file."""

    def setUp(self):
        super().setUp()
        file = (
            self.env["ir.attachment"]
            .with_user(self.anna)
            .create({"name": "offer.pdf", "raw": b"%PDF-1.4 offer", "engagement_follow": "follow"})
        )
        self.env.company.engagement_mail_days = DAYS
        with freeze_time(datetime.now() - timedelta(days=DAYS + 1)):
            self.message = self.lead.with_user(self.anna).message_post(
                body=self.markup('<p><a href="https://shop.test/offer">offer</a></p>'),
                partner_ids=(self.carla | self.chen).ids,
                attachment_ids=file.ids,
                subtype_xmlid="mail.mt_comment",
            )
            self.env.flush_all()
        self.sent = self.message.engagement_tracking_ids
        self.uids = self.sent.mapped("uid")
        self.links = self.env["mail.engagement.link"].search([("message_id", "=", self.message.id)])

    def age(self):
        self.env["mail.engagement.event"]._engagement_vacuum_here(5000)
        self.env.invalidate_all()

    def test_links_go_with_the_last_recipient(self):
        self.assertEqual(sorted(self.links.mapped("kind")), ["attachment", "link"])
        self.sent[0].sudo().sent_at = fields.Datetime.now()
        self.env.flush_all()
        self.age()
        self.assertEqual(self.sent.exists(), self.sent[0])
        self.assertEqual(self.links.exists(), self.links)
        self.sent[0].sudo().sent_at = fields.Datetime.now() - timedelta(days=DAYS + 1)
        self.env.flush_all()
        self.age()
        self.assertFalse(self.sent.exists())
        [file] = self.links.exists()
        self.assertEqual(file.kind, "attachment")

    def test_what_was_sent_still_works(self):
        """A link leads to its page, a file is there; nothing is recorded."""
        self.age()
        self.assertFalse(self.sent.exists())
        body = html(self.inbox.to(self.carla.email)[0])
        paths = {
            kind: urlsplit(re.search(rf'"([^"]*/e/{kind}/[^"]+)"', body)[1]).path for kind in "oca"
        }
        answers = {kind: self.url_open(path, allow_redirects=False) for kind, path in paths.items()}
        with self.allow_requests(all_requests=True):
            self._wait_remaining_requests()
        self.assertEqual({one.status_code for one in answers.values()}, {200, 302})
        self.assertEqual(answers["o"].content, GIF)
        self.assertEqual(answers["c"].headers["Location"], "https://shop.test/offer")
        self.assertEqual(answers["a"].content, b"%PDF-1.4 offer")
        self.env.invalidate_all()
        events = self.env["mail.engagement.event"].search([("mail_uid", "in", self.uids)])
        self.assertFalse(events)
        record = self.lead.with_user(self.anna)
        self.assertFalse(record.engagement_tracking_count)
        self.assertFalse(record.engagement_timeline()["mails"])
