"""Where the day begins: each number is what its list holds, for whoever looks, at one price."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import json_default

from ..common import EngagementCase, observed

# Which sum of the list's is the number in a figure's text.
TRIALS = {
    "open": "open_measurable",
    "click": "click_measurable",
    "reply": "reply_measurable",
    "machine": "visits",
}


class DashboardCase(EngagementCase):
    """Anna and Ben are of one team, which Lea leads; each has sent something."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start_inbox()
        cls.env["mail.engagement.tracking"].search([]).unlink()
        cls.leader = new_test_user(
            cls.env,
            "lea",
            groups="base.group_user,sales_team.group_sale_salesman_all_leads",
            email="lea@seller.test",
        )
        cls.team = cls.env["crm.team"].create(
            {"name": "Roofs", "user_id": cls.leader.id, "company_id": False}
        )
        cls.team.member_ids = cls.anna + cls.ben + cls.leader
        cls.lead.team_id = cls.team
        cls.bens = cls.lead.copy({"name": "Heat pump", "user_id": cls.ben.id})
        cls.roles = cls.anna + cls.ben + cls.leader + cls.manager

    def today(self, user, scope=None):
        """What `user` gets, as the web client reads it."""
        self.env.flush_all()
        found = self.env["mail.engagement.dashboard"].with_user(user).engagement_today(scope)
        return json.loads(json.dumps(found, default=json_default))

    def card(self, user, code, scope=None):
        return next(card for card in self.today(user, scope)["cards"] if card["code"] == code)

    def figure(self, user, code):
        """The texts of a figure: the user's and their team's."""
        rows = self.today(user)["figures"]["rows"]
        return [cell["text"] for row in rows if row["code"] == code for cell in row["cells"]]

    def listed(self, user, opened):
        """What `user` finds in the list that a number opens."""
        action = self.env["ir.actions.act_window"]._for_xml_id(opened["action"])
        return self.env[action["res_model"]].with_user(user).search(opened["domain"])

    def busy(self):
        """Mails of both with all that can become of them."""
        mails = self.send(self.anna) + self.send(self.anna) + self.send(self.ben, self.bens)
        for mail in mails:
            mail.sent_at -= timedelta(hours=2)
        observed(mails[0], "open")
        observed(mails[0], "click")
        observed(mails[1], "open", agent="scanner", agent_name="Barracuda")
        observed(mails[2], "reply")
        lost = self.send(self.anna) + self.send(self.ben, self.bens)
        lost.write({"delivery": "hard_bounce", "state": "bounced"})
        old = self.send(self.anna)
        old.write(
            {
                "delivery": "hard_bounce",
                "sent_at": fields.Datetime.now() - timedelta(days=40),
                "last_event_at": fields.Datetime.now() - timedelta(days=3),
            }
        )
        for mail, user in ((mails[0], self.anna), (mails[1], self.anna), (mails[2], self.ben)):
            self.env["mail.engagement.reminder"].with_user(user).create(
                {
                    "message_id": mail.message_id.id,
                    "condition": "no_reply",
                    "remind_at": fields.Datetime.now() - timedelta(minutes=1),
                }
            )
        return mails


@tagged("post_install", "-at_install")
class TestDashboard(DashboardCase):
    def test_each_number_is_what_its_list_holds(self):
        self.busy()
        counts = {}
        for user in self.roles:
            for scope in ("mine", "all"):
                today = self.today(user, scope)
                for card in today["cards"]:
                    found = self.listed(user, card["list"])
                    self.assertEqual(card["count"], len(found), (user.login, scope, card["code"]))
                    self.assertLessEqual({line["id"] for line in card["lines"]}, {*found.ids})
                    self.assertEqual(len(card["lines"]), min(card["count"], 5))
                    counts[user.login, scope, card["code"]] = card["count"]
                for row in today["figures"]["rows"] if today["figures"] else ():
                    for cell in row["cells"]:
                        self._check_figure(user, row["code"], cell)
        self.assertEqual(
            {key: count for key, count in counts.items() if key[0] == "anna" and key[1] == "mine"},
            {("anna", "mine", "warm"): 1, ("anna", "mine", "due"): 2, ("anna", "mine", "lost"): 1},
        )
        self.assertEqual(
            {key: count for key, count in counts.items() if key[0] == "lea" and key[1] == "all"},
            # Their colleagues' reminders are theirs alone.
            {("lea", "all", "warm"): 2, ("lea", "all", "due"): 0, ("lea", "all", "lost"): 2},
        )

    def _check_figure(self, user, code, cell):
        if "list" not in cell:
            self.assertEqual(cell["text"], "nothing measurable")
            return
        found = self.listed(user, cell["list"])
        self.assertIn(f"of {sum(found.mapped(TRIALS[code]))}", cell["text"])

    def test_nobody_sees_more_than_they_may_read(self):
        """Whatever scope is asked for."""
        self.busy()
        mine = self.card(self.ben, "warm", "mine")
        self.assertEqual(mine, self.card(self.ben, "warm", "all"))
        self.assertEqual(mine["count"], 1)
        self.assertFalse(self.today(self.ben, "all")["scope"], "nothing to choose")
        self.assertEqual(self.figure(self.ben, "reply"), ["20–100 % of 1", "20–100 % of 1"])
        self.assertEqual(self.card(self.leader, "warm", "all")["count"], 2)
        stranger = new_test_user(self.env, "stranger", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.today(stranger)
        self.env["mail.engagement.tracking"].search([]).company_id = self.env["res.company"].create(
            {"name": "Other"}
        )
        self.assertFalse(self.today(self.manager)["cards"], "another company's")

    def test_what_is_named(self):
        mails = self.busy()
        [line] = self.card(self.anna, "warm")["lines"]
        self.assertEqual(line["title"], "Carla")
        self.assertEqual(line["text"], "Clicked · Your offer")
        self.assertEqual(line["link"], f"crm.lead/{self.lead.id}")
        self.assertEqual(line["at"], fields.Datetime.to_string(mails[0].last_event_at))
        [line] = self.card(self.anna, "lost")["lines"]
        self.assertIn(" · Your offer", line["text"])
        line = self.card(self.anna, "due")["lines"][0]
        self.assertEqual((line["title"], line["text"]), ("Your offer", "If nobody replies by"))

    def test_figures_of_own_and_the_teams(self):
        self.busy()
        you, team = self.today(self.anna)["figures"]["columns"]
        self.assertEqual((you, team), ("You", "Roofs"))
        self.assertEqual(self.figure(self.anna, "open")[0], "9–91 % of 2 measurable")
        # Who answered without an open has pictures switched off, and is no part of that rate.
        self.assertEqual(
            self.figure(self.leader, "open"), ["nothing measurable", "9–91 % of 2 measurable"]
        )
        self.assertEqual(self.figure(self.leader, "reply"), ["nothing measurable", "6–80 % of 3"])

    def test_since_yesterday_begins_where_the_user_is(self):
        mail = self.send(self.anna)
        self.anna.tz = "Asia/Tokyo"
        now = fields.Datetime.now()
        midnight = now.replace(hour=15, minute=0, second=0, microsecond=0)
        midnight -= timedelta(days=1 if now.hour >= 15 else 2)
        for minutes, expected in ((0, 1), (-1, 0)):
            mail.last_event_at = midnight + timedelta(minutes=minutes)
            self.assertEqual(self.card(self.anna, "warm")["count"], expected, minutes)

    def test_where_a_leader_begins(self):
        self.send(self.anna)
        self.assertEqual(self.today(self.leader)["scope"], "all")
        self.send(self.leader)
        self.assertEqual(self.today(self.leader)["scope"], "mine")
        self.assertEqual(self.today(self.leader, "all")["scope"], "all")
        self.assertEqual(self.today(self.leader, "nonsense")["scope"], "mine")

    def test_before_the_first_mail(self):
        today = self.today(self.anna)
        self.assertEqual((today["cards"], today["figures"]), ([], False))
        self.assertTrue(today["is_on"])
        self.env.company.engagement_enabled = False
        self.assertFalse(self.today(self.anna)["is_on"])

    def test_it_costs_the_same_however_much_there_is(self):
        mails = self.busy()

        def more(count):
            """So many mails of each with news, not delivered, and with a reminder."""
            now, serial = (
                fields.Datetime.now(),
                self.env["mail.engagement.tracking"].search_count([]),
            )
            for mail, user in ((mails[0], self.anna), (mails[2], self.ben)):
                self.env["mail.engagement.tracking"].create(
                    [
                        {
                            "uid": f"{user.id:08x}{serial + number:012x}",
                            "message_id": mail.message_id.id,
                            "rfc_message_id": mail.rfc_message_id,
                            "partner_id": self.carla.id,
                            "author_id": user.partner_id.id,
                            "company_id": self.env.company.id,
                            "model": mail.model,
                            "res_id": mail.res_id,
                            "sent_at": now,
                            "last_event_at": now if state == "opened" else False,
                            "state": state,
                            "delivery": "hard_bounce" if state == "bounced" else False,
                        }
                        for number, state in enumerate(("opened", "bounced") * count)
                    ]
                )
                self.env["mail.engagement.reminder"].with_user(user).create(
                    [
                        {"message_id": mail.message_id.id, "condition": "anyway", "remind_at": now}
                        for _number in range(count)
                    ]
                )

        def queries(user):
            self.today(user, "all")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.today(user, "all")
            return self.env.cr.sql_log_count - before

        more(5)
        few = [queries(user) for user in self.roles]
        more(100)
        self.assertEqual([queries(user) for user in self.roles], few)
        self.assertLess(max(few), 40)


@tagged("post_install", "-at_install")
class TestDueReminders(DashboardCase):
    """What is due is said once in Python, for one reminder, and once in SQL, for all."""

    def test_due(self):
        now = fields.Datetime.now()
        due, reminders = {}, self.env["mail.engagement.reminder"]
        for happened in (None, "open", "click", "reply"):
            mail = self.send(self.anna)
            if happened:
                observed(mail, happened)
            for condition in ("no_reply", "not_opened", "anyway"):
                for days in (-3, 0, 2):
                    reminder = self.env["mail.engagement.reminder"].create(
                        {
                            "user_id": self.anna.id,
                            "message_id": mail.message_id.id,
                            "condition": condition,
                            "remind_at": now + timedelta(days=days),
                        }
                    )
                    due[reminder] = reminder.is_needed and days <= 0
                    reminders |= reminder
        mine = [("id", "in", reminders.ids)]
        found = reminders.search([*mine, ("is_due", "=", True)])
        self.assertEqual({one: one in found for one in reminders}, due)
        self.assertEqual(reminders.search([*mine, ("is_due", "=", False)]), reminders - found)
        self.assertEqual(reminders.filtered("is_due"), found)
        self.assertTrue(0 < len(found) < len(reminders))

    def test_until_its_activity_is_done(self):
        mail = self.send(self.anna)
        reminder = self.env["mail.engagement.reminder"].create(
            {
                "user_id": self.anna.id,
                "message_id": mail.message_id.id,
                "condition": "anyway",
                "remind_at": fields.Datetime.now() - timedelta(days=2),
            }
        )
        reminder._engagement_bring()
        self.assertEqual(reminder.state, "reminded")
        self.assertEqual(self.card(self.anna, "due")["count"], 1)
        reminder.activity_id.with_user(self.anna).action_feedback()
        self.assertEqual(self.card(self.anna, "due")["count"], 0)
