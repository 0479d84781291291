"""Who sees what became of a mail, by every way there is to ask."""

import itertools
import json

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL

from ..common import EngagementCase, observed

MODELS = ("mail.engagement.tracking", "mail.engagement.link", "mail.engagement.event")


class AccessData(EngagementCase):
    """Anna's lead has a mail with an open and a click; Ben has another lead."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox = cls.start_inbox()
        own_leads = cls.env.ref("sales_team.group_sale_salesman")
        assert not cls.ben.has_group("sales_team.group_sale_salesman_all_leads"), own_leads
        cls.message = cls.lead.with_user(cls.anna).message_post(
            body=cls.markup('<p><a href="https://shop.test/offer">offer</a></p>'),
            partner_ids=cls.carla.ids,
            subtype_xmlid="mail.mt_comment",
            subject="Secret offer",
        )
        cls.message = cls.message.with_env(cls.env)
        cls.tracking = cls.message.engagement_tracking_ids
        observed(cls.tracking, "open", ip="203.0.113.9", user_agent="Mozilla/5.0 Firefox/140.0")
        observed(cls.tracking, "click", ip="203.0.113.9", user_agent="Mozilla/5.0 Firefox/140.0")
        cls.events = cls.tracking.event_ids
        cls.link = cls.env["mail.engagement.link"].search([("message_id", "=", cls.message.id)])
        cls.records = dict(zip(MODELS, (cls.tracking, cls.link, cls.events), strict=True))


@tagged("post_install", "-at_install")
class TestAccess(AccessData):
    def assertSees(self, user):
        """`user` finds and reads the rows by search, read_group, id, export and relation."""
        for model, records in self.records.items():
            mine = self.env[model].with_user(user)
            self.assertLessEqual(records, mine.search([]).with_user(self.env.user), model)
            self.assertEqual(mine.search_count([("id", "in", records.ids)]), len(records), model)
            groups = mine.formatted_read_group([("id", "in", records.ids)], [], ["__count"])
            self.assertEqual(groups[0]["__count"], len(records), model)
            records.with_user(user).read(["display_name"])
            records.with_user(user).export_data(["display_name"])
        self.assertEqual(
            self.message.with_user(user).engagement_tracking_ids.ids, self.tracking.ids
        )

    def assertBlind(self, user):
        """`user` learns nothing by any of these ways, neither rows nor numbers."""
        for model, records in self.records.items():
            mine = self.env[model].with_user(user)
            domain = [("id", "in", records.ids)]
            if not mine.has_access("read"):
                for ask in (
                    lambda m=mine: m.search([]),
                    lambda m=mine: m.formatted_read_group([], [], ["__count"]),
                    lambda r=records: r.with_user(user).read(["display_name"]),
                    lambda r=records: r.with_user(user).export_data(["display_name"]),
                ):
                    # Without the right to export there is a UserError, its base class.
                    self.assertRaises(UserError, ask)
                continue
            self.assertFalse(mine.search(domain), model)
            self.assertEqual(mine.search_count(domain), 0, model)
            groups = mine.formatted_read_group(domain, [], ["__count"])
            self.assertFalse(groups[0]["__count"], model)
            with self.assertRaises(AccessError):
                records.with_user(user).read(["display_name"])
            with self.assertRaises(AccessError):
                records.with_user(user).export_data(["display_name"])

    def test_author(self):
        self.assertSees(self.anna)

    def test_manager(self):
        self.assertSees(self.manager)

    def test_other_salesperson(self):
        """Ben may not read Anna's lead, so neither what became of its mails."""
        with self.assertRaises(AccessError):
            self.lead.with_user(self.ben).read(["name"])
        self.assertBlind(self.ben)

    def test_colleague_with_access_to_the_lead(self):
        """Once the lead is theirs, its mails' engagement is too."""
        self.lead.user_id = self.ben
        self.assertSees(self.ben)

    def test_salesperson_who_sees_all_leads(self):
        self.ben.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.assertSees(self.ben)

    def test_others(self):
        for groups in ("base.group_user", "base.group_portal", "base.group_public"):
            with self.subTest(groups=groups):
                login = groups.rpartition("_")[2]
                groups += ",base.group_allow_export" * (login == "user")
                user = new_test_user(self.env, f"other_{login}", groups=groups)
                self.assertBlind(user)

    def test_portal_customer_on_his_own_message(self):
        """The recipient, as a portal user who may read the message."""
        user = new_test_user(self.env, "carla", groups="base.group_portal")
        user.partner_id = self.carla
        self.assertBlind(user)
        with self.assertRaises(AccessError):
            self.message.with_user(user).engagement_timeline()
        with self.assertRaises(AccessError):
            self.message.with_user(user).read(["engagement"])

    def test_related_paths(self):
        """A search over a relation finds no more than a direct one."""
        events = self.env["mail.engagement.event"].with_user(self.ben)
        self.assertFalse(events.search([("tracking_id.subject", "ilike", "secret")]))
        links = self.env["mail.engagement.link"].with_user(self.ben)
        self.assertFalse(links.search([("message_id.subject", "ilike", "secret")]))

    def test_timeline_needs_the_message(self):
        with self.assertRaises(AccessError):
            self.message.with_user(self.ben).engagement_timeline()
        self.assertTrue(self.message.with_user(self.anna).engagement_timeline())

    def test_addresses_and_agents_for_managers_only(self):
        self.assertEqual(self.events[0].with_user(self.manager).ip, "203.0.113.9")
        for field in ("ip", "user_agent"):
            with self.assertRaises(AccessError):
                self.events.with_user(self.anna).read([field])
            with self.assertRaises(AccessError):
                self.env["mail.engagement.event"].with_user(self.anna).search([(field, "!=", "")])

    def test_nobody_writes(self):
        for user in (self.anna, self.manager):
            for records in self.records.values():
                with self.assertRaises(AccessError):
                    records.with_user(user).unlink()
            with self.assertRaises(AccessError):
                self.tracking.with_user(user).write({"open_count": 99})

    def test_settings_and_terms_are_for_administrators(self):
        with self.assertRaises(AccessError):
            self.env["mail.engagement.terms"].with_user(self.manager).accept(self.env.company)
        with self.assertRaises(AccessError):
            self.env.company.with_user(self.manager).write({"engagement_enabled": False})
        with self.assertRaises(AccessError):
            self.env["mail.engagement.key"].with_user(self.manager).search([])

    def test_other_company(self):
        """Rows of a company that the user has not selected stay out of sight."""
        other = self.env["res.company"].create({"name": "Other"})
        self.manager.company_ids += other
        trackings = self.env["mail.engagement.tracking"].with_user(self.manager)
        self.assertFalse(
            trackings.with_context(allowed_company_ids=other.ids).search(
                [("id", "=", self.tracking.id)]
            )
        )


@tagged("post_install", "-at_install")
class TestSameAsSearch(EngagementCase):
    """The joined tables find what searching in them finds, and nothing twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.both = new_test_user(
            cls.env,
            "bo",
            groups="base.group_user,sales_team.group_sale_salesman_all_leads",
            company_ids=[Command.set((cls.env.company + cls.other).ids)],
        )
        cls.reader = new_test_user(
            cls.env, "rita", groups="base.group_user,mail_engagement.group_user"
        )
        cls.ben.group_ids += cls.env.ref("sales_team.group_sale_salesman_all_leads")
        cls.users = cls.anna + cls.ben + cls.both + cls.reader
        leads = cls.env["crm.lead"].create(
            [
                {"name": "Ben's", "user_id": cls.ben.id, "active": False},
                {"name": "Elsewhere", "company_id": cls.other.id, "user_id": False},
            ]
        )
        hidden = cls.env["res.partner"].create({"name": "Hidden", "company_id": cls.other.id})
        documents = [
            *((lead._name, lead.id) for lead in cls.lead + leads),
            *((partner._name, partner.id) for partner in cls.carla + hidden),
            ("crm.lead", 2**31 - 1),
            ("gone.model", 1),
            (False, False),
        ]
        people = cls.users.partner_id
        received = [[], *people, people]
        authors = [False, *people.ids]
        cls.mails = cls.env["mail.engagement.tracking"].create(
            [
                {
                    "uid": f"{number:020x}",
                    "message_id": cls._message(to).id if to is not None else False,
                    "author_id": author,
                    "model": model,
                    "res_id": res_id,
                    "company_id": company.id,
                }
                for number, ((model, res_id), to, author, company) in enumerate(
                    itertools.product(
                        documents, [None, *received], authors, cls.env.company + cls.other
                    )
                )
            ]
        )

    @classmethod
    def _message(cls, partners):
        """Sent to all of them, and noted for all: both tables have them."""
        ids = [partner.id for partner in partners]
        return cls.env["mail.message"].create(
            {
                "partner_ids": ids,
                "notification_ids": [Command.create({"res_partner_id": id_}) for id_ in ids],
            }
        )

    def _plainly(self, mails):
        """What the user may read, as a search in what they may read."""
        partner = mails.env.user.partner_id
        allowed = Domain("author_id", "=", partner.id) | Domain(
            "message_id",
            "any!",
            SQL(
                """SELECT mail_message_id FROM mail_message_res_partner_rel
                    WHERE res_partner_id = %(partner)s
                    UNION ALL
                   SELECT mail_message_id FROM mail_notification
                    WHERE res_partner_id = %(partner)s""",
                partner=partner.id,
            ),
        )
        for name in ("crm.lead", "res.partner"):
            model = mails.env[name].with_context(active_test=False)
            if model.has_access("read"):
                allowed |= Domain("model", "=", name) & Domain("res_id", "any!", model._search([]))
        company = Domain("company_id", "in", mails.env.companies.ids)
        return mails.sudo().search(allowed & company & Domain("id", "in", mails.ids), order="id")

    def test_each_user(self):
        sizes = set()
        for user, companies in itertools.product(
            self.users, (self.env.company, self.env.company + self.other)
        ):
            if not companies <= user.company_ids:
                continue
            mails = self.mails.with_user(user).with_context(allowed_company_ids=companies.ids)
            plainly = self._plainly(mails).ids
            mine = Domain("id", "in", mails.ids)
            with self.subTest(user=user.login, companies=companies.mapped("name")):
                self.assertEqual(mails.search(mine, order="id").ids, plainly)
                self.assertEqual(mails.search_count(mine), len(plainly))
                self.assertEqual(mails._filtered_access("read").ids, plainly)
                self.assertEqual(
                    mails.sudo()
                    .filtered_domain(
                        mails._engagement_access_domain()
                        & Domain("company_id", "in", companies.ids)
                    )
                    .sorted("id")
                    .ids,
                    plainly,
                )
                [(count,)] = mails._read_group(mine, [], ["__count"])
                self.assertEqual(count, len(plainly))
            sizes.add(len(plainly))
        # Each sees other mails, nobody all of them: the test would say nothing otherwise.
        self.assertGreater(len(sizes), 3)
        self.assertNotIn(len(self.mails), sizes)
        self.assertNotIn(0, sizes)


@tagged("post_install", "-at_install")
class TestPortalPage(AccessData, HttpCase):
    def test_messages_of_a_portal_page_say_nothing(self):
        """What a portal user's client fetches has no trace of engagement."""
        user = new_test_user(
            self.env, "carla_portal", groups="base.group_portal", password="carla_portal"
        )
        user.partner_id = self.carla
        self.lead.message_subscribe(self.carla.ids)
        self.authenticate("carla_portal", "carla_portal")
        answer = self.url_open(
            "/mail/data",
            data=json.dumps(
                {"params": {"fetch_params": ["init_messaging", "systray_get_activities"]}}
            ),
            headers={"Content-Type": "application/json"},
        )
        self.assertNotIn("open_count", answer.text)
