"""Who is told of what: once, of people only, and of no mail that they may not read."""

import secrets
import time
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ...relay.engagement_relay.protocol.observation import Observation
from ..common import EngagementCase, observed


class AlertCase(EngagementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox = cls.start_inbox()
        cls.tracking = cls.send(cls.anna)

    def meet(self, **values):
        """Return the meeting that Anna is in just now."""
        now = fields.Datetime.now()
        return self.env["calendar.event"].create(
            {
                "name": "Board",
                "start": now - timedelta(hours=1),
                "stop": now + timedelta(hours=1),
                "partner_ids": self.anna.partner_id.ids,
                **values,
            }
        )

    def alerts(self, user):
        """Return the types of what `user` was told, oldest first."""
        alerts = self.env["mail.engagement.alert"].search([("user_id", "=", user.id)])
        return alerts.sorted("id").mapped("type")


@tagged("post_install", "-at_install")
class TestAlerts(AlertCase):
    def test_first_of_each_kind(self):
        for kind in ("open", "open", "click", "click", "attachment", "reply", "reply"):
            observed(self.tracking, kind, at=time.time() + 100 + len(self.tracking.event_ids) * 60)
        self.assertEqual(self.alerts(self.anna), ["open", "click", "attachment", "reply", "reply"])
        self.assertFalse(self.alerts(self.ben))

    def test_people_only(self):
        observed(self.tracking, "open", agent="scanner", agent_name="Barracuda")
        observed(self.tracking, "open", hints=("session",))
        observed(self.tracking, "click", agent="unknown", at=self.tracking.sent_at.timestamp() + 2)
        events = self.env["mail.engagement.event"].search(
            [("tracking_id", "in", self.tracking.ids)]
        )
        self.assertEqual(set(events.mapped("verdict")), {"machine", "self", "unknown"})
        self.assertFalse(self.alerts(self.anna))

    def test_machine_turns_human_once(self):
        event = observed(self.tracking, "open")
        summary = self.env["mail.engagement.tracking"]
        for _ in range(2):
            event.write({"verdict": "machine"})
            event.write({"verdict": "human"})
            summary._engagement_after_events(self.tracking, event)
        self.assertEqual(self.alerts(self.anna), ["open"])

    def test_judging_again_is_silent(self):
        event = observed(self.tracking, "reply")
        self.env["mail.engagement.alert"].search([]).unlink()
        event.write({"verdict": "machine", "reason": "scanner"})
        self.tracking._engagement_rejudge()
        self.assertEqual(event.verdict, "human")
        self.assertFalse(self.alerts(self.anna))

    def test_who_corrects_knows(self):
        event = observed(self.tracking, "open", agent="scanner", agent_name="Barracuda")
        event.with_user(self.anna).engagement_correct("human")
        self.assertFalse(self.alerts(self.anna))

    def test_only_counted_people(self):
        self.tracking.is_anonymous = True
        observed(self.tracking, "open")
        self.assertEqual(self.tracking.open_count, 1)
        self.assertFalse(self.alerts(self.anna))

    def test_long_ago_is_no_news(self):
        observed(self.tracking, "open", at=time.time() - 31 * 86400)
        self.assertFalse(self.alerts(self.anna))

    def test_chosen_kinds(self):
        self.anna.with_user(self.anna).write({"engagement_alert_open": False})
        observed(self.tracking, "open")
        observed(self.tracking, "click")
        self.assertEqual(self.alerts(self.anna), ["click"])

    def test_switched_off_for_the_company(self):
        self.env.company.engagement_alerts = False
        observed(self.tracking, "open")
        self.assertFalse(self.alerts(self.anna))

    def test_another_company(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.anna.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        observed(self.tracking, "open")
        self.assertFalse(self.alerts(self.anna))

    def test_who_left_the_group(self):
        self.anna.write({"group_ids": [(6, 0, self.env.ref("base.group_user").ids)]})
        observed(self.tracking, "open")
        self.assertFalse(self.alerts(self.anna))

    def test_few_statements(self):
        """As many for a hundred events as for one."""
        leads = self.lead.create(
            [
                {"name": f"Lead {n}", "partner_id": self.carla.id, "user_id": self.anna.id}
                for n in range(20)
            ]
        )
        trackings = self.tracking.union(*(self.send(self.anna, lead) for lead in leads))
        counts = []
        for some in (trackings[:1], trackings[1:]):
            events = self._human_events(some)
            self.env.ref("mail_engagement.group_user")  # cached from now on
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["mail.engagement.alert"]._engagement_create_alerts(events)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(self.alerts(self.anna), ["open"] * 21)
        self.assertLessEqual(counts[1], counts[0])
        self.assertLessEqual(counts[0], 5)

    def _human_events(self, trackings):
        """Insert and judge an open of each mail, without telling anybody."""
        self.env["mail.engagement.event"]._engagement_insert(
            self.env.company,
            [
                Observation(
                    uid=secrets.token_hex(16),
                    type="open",
                    mail=tracking.uid,
                    sent_at=int(tracking.sent_at.timestamp()),
                    policy=3,
                    at=time.time() + 60,
                    agent="browser",
                )
                for tracking in trackings
            ],
        )
        trackings._engagement_attach_events()
        return trackings._engagement_judge()


@tagged("post_install", "-at_install")
class TestTeamAlerts(AlertCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env["crm.team"].create(
            {"name": "North", "member_ids": [(6, 0, (cls.anna | cls.ben).ids)]}
        )
        cls.ben.engagement_alert_scope = "team"

    def test_of_what_he_may_read(self):
        """Ben sees no leads of others."""
        observed(self.tracking, "open")
        self.assertFalse(self.alerts(self.ben))
        handed_over = self.lead.copy({"user_id": self.anna.id})
        tracking = self.send(self.anna, handed_over)
        handed_over.user_id = self.ben
        observed(tracking, "open")
        self.assertEqual(self.alerts(self.ben), ["open"])
        self.assertEqual(self.alerts(self.anna), ["open", "open"])

    def test_another_team(self):
        self.lead.user_id = self.ben
        self.team.member_ids = self.ben
        observed(self.tracking, "open")
        self.assertFalse(self.alerts(self.ben))

    def test_leader(self):
        self.manager.engagement_alert_scope = "team"
        self.team.user_id = self.manager
        observed(self.tracking, "open")
        self.assertEqual(self.alerts(self.manager), ["open"])

    def test_not_asked_for(self):
        self.lead.user_id = self.ben
        self.ben.engagement_alert_scope = "mine"
        observed(self.tracking, "open")
        self.assertFalse(self.alerts(self.ben))

    def test_may_not_read_it_any_more(self):
        self.lead.user_id = self.ben
        observed(self.tracking, "open")
        as_ben = self.env["mail.engagement.alert"].with_user(self.ben)
        self.assertEqual(len(as_ben.engagement_latest()["alerts"]), 1)
        self.lead.user_id = self.anna
        self.env.invalidate_all()
        self.assertFalse(as_ben.engagement_latest()["alerts"])


@tagged("post_install", "-at_install")
class TestShownAlerts(AlertCase):
    def test_in_words(self):
        observed(self.tracking, "open")
        observed(self.tracking, "click")
        observed(self.tracking, "reply")
        latest = self.env["mail.engagement.alert"].with_user(self.anna).engagement_latest()
        self.assertEqual(latest["unread"], 3)
        self.assertEqual(
            [line["text"] for line in sorted(latest["alerts"], key=lambda line: line["id"])],
            [
                "Carla opened “Your offer”",
                "Carla clicked “offer” in “Your offer”",
                "Carla replied to “Your offer”",
            ],
        )
        for line in latest["alerts"]:
            self.assertEqual((line["model"], line["res_id"]), ("crm.lead", self.lead.id))

    def _toasts(self, standing=(), user=None):
        """What a window of the user's shows of all that came, and what it knows already."""
        alerts = self.env["mail.engagement.alert"].with_user(user or self.anna)
        return alerts.engagement_toasts(alerts.search([]).ids, standing)["toasts"]

    def test_one_toast_for_each_mail_once(self):
        observed(self.tracking, "open")
        [toast] = self._toasts()
        self.assertEqual(toast["text"], "Carla opened “Your offer”")
        self.assertEqual((toast["model"], toast["res_id"]), ("crm.lead", self.lead.id))
        self.assertEqual(toast["message_id"], self.tracking.message_id.id)
        self.assertFalse(self._toasts(), "in another window, or after a reload")
        observed(self.tracking, "click")
        other = self.send(self.anna, subject="Terms")
        observed(other, "open")
        first, second = self._toasts(toast["ids"])
        self.assertEqual(first["text"], "Carla opened and clicked “offer”: “Your offer”")
        self.assertEqual(len(first["ids"]), 2)
        self.assertEqual(second["text"], "Carla opened “Terms”")
        self.assertEqual(first["person"], second["person"])
        # Its toast stands no more: only what is new is told.
        observed(self.tracking, "reply")
        [toast] = self._toasts()
        self.assertEqual(toast["text"], "Carla replied to “Your offer”")

    def test_toasts_of_ones_own(self):
        observed(self.tracking, "open")
        alerts = self.env["mail.engagement.alert"].search([("user_id", "=", self.anna.id)])
        model = self.env["mail.engagement.alert"].with_user(self.ben)
        self.assertFalse(model.engagement_toasts(alerts.ids, alerts.ids)["toasts"])
        self.assertTrue(self._toasts())
        outsider = new_test_user(self.env, "oskar", groups="base.group_user")
        with self.assertRaises(AccessError):
            model.with_user(outsider).engagement_toasts(alerts.ids)

    def test_no_toast_of_what_is_read(self):
        observed(self.tracking, "open")
        self.env["mail.engagement.alert"].with_user(self.anna).engagement_mark_read()
        self.assertFalse(self._toasts())

    def _works(self, weekdays):
        """Anna's company works on these days, from midnight to midnight."""
        self.env.company.resource_calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Some days",
                "tz": "UTC",
                "attendance_ids": [
                    Command.create(
                        {"name": day, "dayofweek": str(day), "hour_from": 0, "hour_to": 24}
                    )
                    for day in weekdays
                ],
            }
        )

    def test_quiet_outside_working_hours(self):
        today = fields.Datetime.now().replace(hour=0, minute=0, second=0)
        self._works([(today.weekday() + 2) % 7])
        self.assertIsNone(self.anna._engagement_quiet_until())
        self.anna.engagement_alert_quiet = "hours"
        self.assertEqual(self.anna._engagement_quiet_until(), today + timedelta(days=2))
        observed(self.tracking, "open")
        self.assertFalse(self._toasts())
        self._works(range(7))
        self.assertFalse(self._toasts(), "it stands in the menu since then")
        observed(self.tracking, "click")
        self.assertTrue(self._toasts())

    def test_quiet_in_meetings(self):
        self._works(range(7))
        meeting = self.meet(privacy="private")
        self.anna.engagement_alert_quiet = "hours"
        self.assertIsNone(self.anna._engagement_quiet_until())
        self.anna.engagement_alert_quiet = "meetings"
        self.assertEqual(self.anna._engagement_quiet_until(), meeting.stop)
        meeting.show_as = "free"
        self.assertIsNone(self.anna._engagement_quiet_until())
        meeting.show_as = "busy"
        meeting.attendee_ids.state = "declined"
        self.assertIsNone(self.anna._engagement_quiet_until())

    def test_record_is_gone(self):
        observed(self.tracking, "open")
        self.lead.unlink()
        self.env.invalidate_all()
        [line] = (
            self.env["mail.engagement.alert"].with_user(self.anna).engagement_latest()["alerts"]
        )
        self.assertEqual((line["model"], line["res_id"]), (self.tracking._name, self.tracking.id))

    def test_own_rows_only(self):
        observed(self.tracking, "open")
        alert = self.env["mail.engagement.alert"].search([("user_id", "=", self.anna.id)])
        self.assertFalse(alert.with_user(self.ben).search([]))
        with self.assertRaises(AccessError):
            alert.with_user(self.ben).read(["type"])
        with self.assertRaises(AccessError):
            alert.with_user(self.anna).write({"is_read": True})
        outsider = new_test_user(self.env, "olga", groups="base.group_user")
        with self.assertRaises(AccessError):
            alert.with_user(outsider).engagement_latest()

    def test_mark_read(self):
        observed(self.tracking, "open")
        observed(self.tracking, "click")
        alerts = self.env["mail.engagement.alert"].search([("user_id", "=", self.anna.id)])
        model = self.env["mail.engagement.alert"]
        model.with_user(self.ben).engagement_mark_read(alerts.ids)
        self.assertEqual(alerts.mapped("is_read"), [False, False])
        model.with_user(self.anna).engagement_mark_read(alerts[0].ids)
        self.assertEqual(alerts.mapped("is_read"), [True, False])
        model.with_user(self.anna).engagement_mark_read()
        self.assertEqual(alerts.mapped("is_read"), [True, True])

    def test_goes_with_the_person(self):
        observed(self.tracking, "open")
        self.carla._engagement_erase()
        self.assertFalse(self.alerts(self.anna))

    def test_goes_with_age(self):
        observed(self.tracking, "open")
        observed(self.tracking, "click")
        alerts = self.env["mail.engagement.alert"].search([("user_id", "=", self.anna.id)])
        alerts[0].date = fields.Datetime.now() - timedelta(days=31)
        self.assertEqual(alerts._gc_alerts(), (1, False))
        self.assertEqual(alerts.exists(), alerts[1])
