"""Engagement on contacts and opportunities: shown, searched, sorted by, and to whom."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import EngagementCase, observed

DAY = 86400


@tagged("post_install", "-at_install")
class TestRecord(EngagementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start_inbox()
        cls.wilma = cls.carla.copy({"name": "Wilma", "email": "wilma@warm.test"})
        cls.quiet_lead, cls.warm_lead, cls.bens_lead = cls.env["crm.lead"].create(
            [
                {"name": "Quiet", "partner_id": cls.chen.id, "user_id": cls.anna.id},
                {"name": "Warm", "partner_id": cls.wilma.id, "user_id": cls.anna.id},
                {"name": "Ben's", "partner_id": cls.chen.id, "user_id": cls.ben.id},
            ]
        )
        cls.leads = cls.lead | cls.quiet_lead | cls.warm_lead | cls.bens_lead

    def mail(self, lead, partner=None, user=None, days_ago=0):
        """Send a mail from `lead`; returns its followed e-mail, sent `days_ago`."""
        message = lead.with_user(user or self.anna).message_post(
            body=self.markup('<p><a href="https://shop.test/offer">offer</a></p>'),
            partner_ids=(partner or lead.partner_id).ids,
            subtype_xmlid="mail.mt_comment",
            subject=f"About {lead.name}",
        )
        tracking = message.with_env(self.env).engagement_tracking_ids
        tracking.sent_at -= timedelta(days=days_ago)
        tracking.flush_recordset()
        return tracking

    def seen(self, tracking, kind, hours_ago=0, **values):
        at = fields.Datetime.now().timestamp() - hours_ago * 3600
        return observed(tracking, kind, at=at, **values)

    def found(self, domain, model="crm.lead", order=None, user=None):
        records = self.leads if model == "crm.lead" else self.carla | self.chen
        return (
            self.env[model]
            .with_user(user or self.anna)
            .search([("id", "in", records.ids), *domain], order=order)
        )

    def test_last_engagement_and_score(self):
        mail = self.mail(self.lead, days_ago=3)
        self.seen(mail, "open", 2)
        click = self.seen(mail, "click", 1)
        for record in (self.lead, self.carla):
            record = record.with_user(self.anna)
            self.assertEqual(record.engagement_last_at, click.occurred_at)
            self.assertEqual(record.engagement_score, 4)
            self.assertIn("1 opened", record.engagement_score_text)
            self.assertIn("1 with a click", record.engagement_score_text)
            self.assertTrue(record.engagement_never_answered)
        self.assertFalse(self.quiet_lead.with_user(self.anna).engagement_last_at)
        self.assertEqual(self.quiet_lead.with_user(self.anna).engagement_score, 0)
        self.assertFalse(self.quiet_lead.with_user(self.anna).engagement_never_answered)

    def test_a_score_says_how_much_could_be_seen(self):
        apple = {"agent": "privacy", "agent_name": "Apple Mail Privacy Protection"}
        first = self.mail(self.lead, days_ago=3)
        self.seen(first, "open", 2)
        lead = self.lead.with_user(self.anna)
        self.assertNotIn("can be seen", lead.engagement_score_text)
        self.seen(self.mail(self.lead, days_ago=2), "open", 1, **apple)
        self.assertIn("Opens can be seen of 1 of 2 e-mails.", lead.engagement_score_text)
        self.assertEqual(lead.engagement_score, 1)
        self.seen(self.mail(self.quiet_lead, days_ago=2), "open", 1, **apple)
        self.assertEqual(
            self.quiet_lead.with_user(self.anna).engagement_score_text,
            "No opens of the last year's e-mails can be seen: silence means nothing here.",
        )

    def test_score_is_the_sum_of_mails_that_fade(self):
        """Points halve every 30 days and are gone after a year; of each mail a kind counts once."""
        for days, kinds, points in (
            (60, ("open",), 0.25),
            (30, ("reply",), 2.5),
            (400, ("reply",), 0),
        ):
            mail = self.mail(self.lead, days_ago=days + 1)
            for kind in (*kinds, *kinds):
                self.seen(mail, kind, days * 24)
            with self.subTest(days=days):
                [[value]] = self.env.execute_query(self.score_of(mail))
                self.assertAlmostEqual(value, points, 4)
        lead = self.lead.with_user(self.anna)
        self.assertEqual(lead.engagement_score, 3)
        self.assertIn("1 answered", lead.engagement_score_text)
        self.assertIn("1 opened", lead.engagement_score_text)
        self.assertEqual(lead.engagement_tracking_count, 3)

    def score_of(self, mail):
        self.env.flush_all()
        mails = mail._search([("id", "=", mail.id)])
        return mails.select(self.env["crm.lead"]._engagement_score_sql())

    def test_machines_are_no_engagement(self):
        mail = self.mail(self.lead)
        self.seen(mail, "click", agent="scanner", agent_name="Barracuda")
        self.assertFalse(self.lead.with_user(self.anna).engagement_last_at)
        self.assertEqual(self.lead.with_user(self.anna).engagement_score, 0)

    def company(self):
        """A company with three people, and with a company below it."""
        company = self.env["res.partner"].create(
            {"name": "Roofs Inc", "is_company": True, "email": "office@roofs.test"}
        )
        people = self.env["res.partner"].create(
            [
                {"name": name, "parent_id": company.id, "email": f"{name}@roofs.test", **more}
                for name, more in (
                    ("Paula", {}),
                    ("Piet", {}),
                    ("Gone", {}),
                    ("Daughter", {"is_company": True}),
                )
            ]
        )
        return company, *people

    def shown(self, record, user=None):
        record = record.with_user(user or self.anna)
        return (
            record.engagement_last_at,
            record.engagement_score,
            record.engagement_tracking_count,
            len(record.engagement_timeline()["mails"]),
        )

    def test_a_company_adds_up_its_people(self):
        company, paula, piet, gone, daughter = self.company()
        opened = self.seen(self.mail(self.lead, paula, days_ago=3), "open", 5)
        clicked = self.seen(self.mail(self.lead, gone, days_ago=3), "click", 2)
        gone.active = False
        self.mail(self.lead, piet, days_ago=3)
        self.seen(self.mail(self.warm_lead, daughter, days_ago=3), "reply", 1)
        self.seen(self.mail(self.warm_lead, company, days_ago=3), "open", 7)
        self.assertEqual(self.shown(company), (clicked.occurred_at, 5, 4, 4))
        self.assertEqual(self.shown(paula), (opened.occurred_at, 1, 1, 1))
        self.assertEqual(self.shown(piet), (False, 0, 1, 1))
        self.assertEqual(self.shown(daughter)[1:], (5, 1, 1), "a company is nobody's person")
        self.assertTrue(company.with_user(self.anna).engagement_never_answered)
        contacts = self.env["res.partner"].with_user(self.anna)
        ours = [("id", "in", (company | paula | piet | daughter).ids)]

        def found(*domain, order=None):
            return contacts.search([*ours, *domain], order=order).mapped("name")

        warm = [("engagement_score", ">=", 5)]
        self.assertEqual(found(*warm, order="engagement_last_at desc"), ["Daughter", "Roofs Inc"])
        never = [("engagement_never_answered", "=", True)]
        self.assertEqual(set(found(*never)), {"Roofs Inc", "Paula", "Piet"})
        self.assertEqual(
            found(order="engagement_last_at desc"), ["Daughter", "Roofs Inc", "Paula", "Piet"]
        )
        listed = company.with_user(self.anna).action_engagement_tracking()["domain"]
        mails = self.env["mail.engagement.tracking"].with_user(self.anna).search(listed)
        self.assertEqual(mails.partner_id, company | paula | piet | gone)

    def test_a_company_tells_no_more_than_its_mails(self):
        """Ben's mail to Paula: Anna may read the company, not that mail."""
        company, paula, piet, _gone, _daughter = self.company()
        self.seen(self.mail(self.bens_lead, paula, self.ben, days_ago=1), "reply")
        self.mail(self.lead, piet, days_ago=1)
        self.assertEqual(self.shown(company)[1:], (0, 1, 1))
        self.assertEqual(self.shown(company, self.ben)[1:], (5, 1, 1))
        contacts = self.env["res.partner"].with_user(self.anna)
        for condition, may in (
            (("engagement_last_at", "!=", False), False),
            (("engagement_score", ">", 0), False),
            (("engagement_never_answered", "=", True), True),
        ):
            with self.subTest(condition):
                found = contacts.search([("id", "=", company.id), condition])
                self.assertEqual(bool(found), may)
        self.seen(self.mail(self.lead, self.carla, days_ago=1), "open")
        for order in ("engagement_last_at desc", "engagement_score desc"):
            both = contacts.search([("id", "in", (company | self.carla).ids)], order=order)
            self.assertEqual(both.ids, (self.carla | company).ids, order)

    def test_a_lead_adds_up_its_contacts_mails_from_elsewhere(self):
        company, paula, piet, _gone, daughter = self.company()
        self.lead.partner_id, self.warm_lead.partner_id = paula, company
        own = self.mail(self.lead, paula, days_ago=3)
        self.seen(own, "open", 5)
        self.mail(self.lead, piet, days_ago=3)
        elsewhere = self.mail(self.quiet_lead, paula, days_ago=3)
        self.seen(elsewhere, "click", 1)
        self.seen(self.mail(self.quiet_lead, daughter, days_ago=3), "reply", 1)
        at = elsewhere.last_event_at
        # Its own two and hers from elsewhere; what she got from the lead itself counts once.
        self.assertEqual(self.shown(self.lead), (at, 4, 3, 3))
        self.assertEqual(self.shown(self.warm_lead), (at, 4, 3, 3))
        self.assertTrue(self.warm_lead.with_user(self.anna).engagement_never_answered)
        self.assertEqual(self.shown(self.quiet_lead)[1:], (8, 2, 2))
        leads = [("id", "in", (self.lead | self.warm_lead | self.quiet_lead | self.bens_lead).ids)]

        def found(*domain, order=None):
            found = self.env["crm.lead"].with_user(self.anna).search([*leads, *domain], order=order)
            return found.mapped("name")

        self.assertEqual(
            found(("engagement_score", ">=", 4), order="engagement_score desc, name"),
            ["Quiet", "Solar roof", "Warm"],
        )
        never = [("engagement_never_answered", "=", True)]
        self.assertEqual(set(found(*never)), {"Solar roof", "Warm"})

    def test_a_lead_tells_no_more_than_its_contacts_mails(self):
        """Ben's mail to Carla from his lead: Anna's of the same contact shows nothing of it."""
        self.bens_lead.partner_id = self.carla
        self.seen(self.mail(self.bens_lead, user=self.ben, days_ago=1), "reply")
        self.mail(self.lead, days_ago=1)
        self.assertEqual(self.shown(self.lead)[1:], (0, 1, 1))
        self.assertEqual(self.shown(self.bens_lead, self.ben)[1:], (5, 1, 1))
        self.assertFalse(self.found([("engagement_last_at", "!=", False)]))

    def test_merged_opportunities(self):
        """What became of a mail follows its message to the opportunity that is left."""
        mail = self.mail(self.warm_lead, days_ago=1)
        click = self.seen(mail, "click")
        self.quiet_lead.probability = 90
        with mute_logger("odoo.models.unlink"):
            (self.quiet_lead | self.warm_lead).with_user(self.anna).merge_opportunity()
        self.env.cr.flush()
        self.assertFalse(self.warm_lead.exists())
        self.assertEqual(mail.action_open_document()["res_id"], self.quiet_lead.id)
        left = self.quiet_lead.with_user(self.anna)
        self.assertEqual(left.engagement_last_at, click.occurred_at)

    def test_merged_contacts(self):
        mail = self.mail(self.wilma, self.wilma, days_ago=1)
        click = self.seen(mail, "click")
        merge = self.env["base.partner.merge.automatic.wizard"]
        with mute_logger("odoo.models.unlink"):
            merge._merge((self.wilma | self.chen).ids, self.chen)
        self.env.cr.flush()
        self.assertEqual(mail.partner_id, self.chen)
        self.assertEqual((mail.model, mail.res_id), ("res.partner", self.chen.id))
        left = self.chen.with_user(self.anna)
        self.assertEqual(left.engagement_last_at, click.occurred_at)

    def test_opened_in_the_last_24_hours(self):
        self.seen(self.mail(self.lead, days_ago=3), "open", 30)
        self.seen(self.mail(self.lead, days_ago=3), "open", 23)
        self.seen(self.mail(self.warm_lead, days_ago=3), "open", 25)
        domain = [("engagement_last_at", ">=", "-24H")]
        self.assertEqual(self.found(domain), self.lead.with_user(self.anna))
        self.assertEqual(self.found(domain, "res.partner").ids, self.carla.ids)
        before = [("engagement_last_at", "<", "-24H")]
        self.assertEqual(self.found(before).ids, self.warm_lead.ids)
        self.assertFalse(self.found(before, "res.partner"), "she opened another one later")

    def test_ever_and_never_engaged(self):
        self.seen(self.mail(self.lead, days_ago=1), "open")
        self.mail(self.warm_lead)
        self.assertEqual(self.found([("engagement_last_at", "!=", False)]).ids, self.lead.ids)
        never = self.found([("engagement_last_at", "=", False)])
        self.assertEqual(set(never.ids), set((self.quiet_lead | self.warm_lead).ids))

    def test_never_answered(self):
        self.mail(self.lead)
        self.seen(self.mail(self.warm_lead), "reply")
        domain = [("engagement_never_answered", "=", True)]
        self.assertEqual(self.found(domain).ids, self.lead.ids)
        self.assertEqual(self.found(domain, "res.partner").ids, self.carla.ids)
        self.assertNotIn(self.lead.id, self.found([("engagement_never_answered", "=", False)]).ids)
        self.seen(self.mail(self.lead), "reply")
        self.assertFalse(self.found(domain), "she answered one of them")
        self.assertFalse(self.found(domain, "res.partner"))

    def test_score_is_searched(self):
        self.seen(self.mail(self.lead, days_ago=1), "open")
        self.seen(self.mail(self.warm_lead, days_ago=1), "reply")
        self.assertEqual(self.found([("engagement_score", ">=", 5)]).ids, self.warm_lead.ids)
        cold = self.found([("engagement_score", "<", 5)])
        self.assertEqual(set(cold.ids), set((self.lead | self.quiet_lead).ids))

    def test_sorted_by_last_engagement(self):
        self.seen(self.mail(self.lead, days_ago=3), "open", 30)
        self.seen(self.mail(self.warm_lead, days_ago=3), "open", 2)
        latest = self.found([], order="engagement_last_at desc")
        self.assertEqual(latest.ids, (self.warm_lead | self.lead | self.quiet_lead).ids)
        oldest = self.found([], order="engagement_last_at asc")
        self.assertEqual(oldest.ids, latest.ids[::-1])

    def test_sorted_as_the_score_shows(self):
        for lead, days, kinds in (
            (self.lead, 200, ("open", "click")),
            (self.warm_lead, 20, ("open", "click")),
            (self.quiet_lead, 90, ("reply",)),
        ):
            mail = self.mail(lead, lead.partner_id, days_ago=days + 1)
            for kind in kinds:
                self.seen(mail, kind, days * 24)
        shown = self.found([], order="engagement_score desc")
        self.assertEqual(shown.ids, (self.warm_lead | self.quiet_lead | self.lead).ids)
        self.assertEqual(
            shown.mapped("engagement_score"),
            sorted(shown.mapped("engagement_score"), reverse=True),
        )

    def test_by_mails_that_the_user_may_read(self):
        """Chen engaged with Ben's mail: Anna may read Chen, not that mail."""
        self.seen(self.mail(self.bens_lead, user=self.ben, days_ago=1), "open")
        recent = [("engagement_last_at", ">=", "-24H")]
        chen = self.chen.with_user(self.ben)
        self.assertTrue(chen.engagement_last_at)
        self.assertEqual(self.found(recent, "res.partner", user=self.ben), chen)
        self.assertEqual(len(chen.engagement_timeline()["mails"]), 1)
        chen = self.chen.with_user(self.anna)
        self.assertFalse(chen.engagement_last_at)
        self.assertEqual(chen.engagement_score, 0)
        self.assertFalse(chen.engagement_score_text)
        self.assertFalse(self.found(recent, "res.partner"))
        self.assertFalse(chen.engagement_timeline()["mails"])
        self.assertTrue(self.chen.with_user(self.manager).engagement_last_at)
        with self.assertRaises(AccessError):
            self.bens_lead.with_user(self.anna).engagement_timeline()

    def test_sorting_tells_no_more_than_reading(self):
        self.seen(self.mail(self.bens_lead, user=self.ben, days_ago=1), "open")
        self.seen(self.mail(self.lead, days_ago=3), "open", 30)
        for order in ("engagement_last_at desc", "engagement_score desc"):
            mine = self.found([], "res.partner", order=order)
            self.assertEqual(mine.ids, (self.carla | self.chen).ids, order)

    def test_without_the_group(self):
        """Who has nothing to do with it neither reads, searches nor sorts; nothing breaks."""
        clerk = new_test_user(self.env, "clerk", groups="base.group_user")
        contacts = self.env["res.partner"].with_user(clerk)
        with self.assertRaises(AccessError):
            self.carla.with_user(clerk).read(["engagement_last_at"])
        with self.assertRaises(AccessError):
            contacts.search([("engagement_last_at", "!=", False)])
        self.assertTrue(contacts.search([], order="engagement_last_at desc", limit=1))
        for view in ("list", "kanban", "form", "search"):
            self.assertNotIn("engagement_last_at", contacts.get_view(view_type=view)["arch"])

    def test_timeline_by_pages(self):
        mails = [self.mail(self.lead, days_ago=days).id for days in range(12)]
        first = self.lead.with_user(self.anna).engagement_timeline()
        self.assertEqual([mail["id"] for mail in first["mails"]], mails[:10])
        self.assertTrue(first["has_more"])
        self.assertEqual(first["mails"][0]["subject"], "About Solar roof")
        rest = self.lead.with_user(self.anna).engagement_timeline(10)
        self.assertEqual([mail["id"] for mail in rest["mails"]], mails[10:])
        self.assertFalse(rest["has_more"])

    def test_timeline_of_mails_of_which_an_early_one_was_opened(self):
        newest, opened = (self.mail(self.warm_lead, days_ago=days) for days in (1, 2))
        newest.subject, opened.subject = "The newest", "The opened"
        self.seen(opened, "open")
        mails = self.warm_lead.with_user(self.anna).engagement_timeline()["mails"]
        self.assertEqual(
            [(mail["id"], mail["subject"], len(mail["events"])) for mail in mails],
            [(newest.id, "The newest", 0), (opened.id, "The opened", 1)],
        )

    def test_erased(self):
        self.seen(self.mail(self.lead, days_ago=1), "open")
        self.assertTrue(self.carla.with_user(self.anna).engagement_score)
        self.carla._engagement_erase()
        self.env.invalidate_all()
        self.assertFalse(self.carla.with_user(self.anna).engagement_last_at)
        self.assertEqual(self.carla.with_user(self.anna).engagement_score, 0)

    def test_queries_of_a_list(self):
        """80 records cost as many queries as one."""
        shown = {"engagement_last_at": {}, "engagement_score": {}, "engagement_score_text": {}}
        companies = self.env["res.partner"].create(
            [{"name": f"C{n}", "is_company": True} for n in range(80)]
        )
        partners = self.env["res.partner"].create(
            [{"name": f"P{n}", "parent_id": it.id} for n, it in enumerate(companies)]
        )
        leads = self.env["crm.lead"].create(
            [
                {"name": partner.name, "partner_id": partner.id, "user_id": self.anna.id}
                for partner in partners
            ]
        )
        self.seen(self.mail(self.lead), "open")
        now = fields.Datetime.now()
        self.env["mail.engagement.tracking"].create(
            [
                {
                    "uid": f"{lead.id:020x}",
                    "partner_id": lead.partner_id.id,
                    "model": "crm.lead",
                    "res_id": lead.id,
                    "company_id": self.env.company.id,
                    "author_id": self.anna.partner_id.id,
                    "sent_at": now,
                    "open_count": 1,
                    "last_event_at": now,
                    "state": "opened",
                }
                for lead in leads
            ]
        )
        self.env.flush_all()
        for records in (companies, partners, leads):
            costs = []
            for count in (1, 80):
                self.env.invalidate_all()
                mine = self.env[records._name].with_user(self.anna)
                domain = [("id", "in", records.ids)]
                order = "engagement_last_at desc"
                # Groups and rules are cached.
                mine.web_search_read(domain, shown, limit=count, order=order)
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                found = mine.web_search_read(domain, shown, limit=count, order=order)
                costs.append(self.env.cr.sql_log_count - before)
                self.assertEqual(len(found["records"]), count)
                self.assertTrue(all(row["engagement_score"] for row in found["records"]))
            self.assertEqual(*costs, records._name)
