"""Reminders: set while composing or later, changed, snoozed, removed, and what comes of them."""

import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...models.reminders import mail_engagement_reminder
from ...models.reminders.mail_engagement_reminder import CONDITIONS
from ..common import EngagementCase, observed


class ReminderCase(EngagementCase):
    """Anna has sent an offer to Carla and Chen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox = cls.start_inbox()
        cls.anna.tz = "Asia/Tokyo"
        cls.message = cls._offer()
        cls.row = {row.partner_id: row for row in cls.message.engagement_tracking_ids}

    @classmethod
    def _offer(cls, **values):
        message = cls.lead.with_user(cls.anna).message_post(
            body="Our offer",
            subject="Offer",
            partner_ids=(cls.carla + cls.chen).ids,
            subtype_xmlid="mail.mt_comment",
            **values,
        )
        return message.with_env(cls.env)

    def _remind(self, condition="no_reply", *, message=None, user=None, **values):
        """A reminder of Anna's, in an hour."""
        return (
            self.env["mail.engagement.reminder"]
            .with_user(user or self.anna)
            .create(
                {
                    "message_id": (message or self.message).id,
                    "condition": condition,
                    "remind_at": fields.Datetime.now() + timedelta(hours=1),
                    **values,
                }
            )
            .with_env(self.env)
        )

    def _due(self, *reminders):
        """The time has come, and the scheduled action runs."""
        for reminder in reminders:
            # Not by write(), which sets it again.
            reminder._engagement_set(
                reminder.state, remind_at=fields.Datetime.now() - timedelta(minutes=1)
            )
        self._run()

    def _run(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("mail_engagement.ir_cron_remind").method_direct_trigger()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestReminders(ReminderCase):
    def test_activity_on_the_record(self):
        reminder = self._remind(note="Call him")
        observed(self.row[self.carla], "open")
        self._run()
        self.assertEqual(reminder.state, "waiting")
        self._due(reminder)
        activity = self.lead.activity_ids
        self.assertEqual(reminder.state, "reminded")
        self.assertEqual(reminder.activity_id, activity)
        self.assertEqual((activity.user_id, activity.create_uid), (self.anna, self.anna))
        self.assertEqual(activity.summary, "No reply: Offer")
        self.assertIn("Call him", activity.note)
        self.assertRegex(activity.note, r"Carla: opened once, on .+, no reply")
        self.assertIn("Chen: not seen opening it, no reply", activity.note)
        self._run()
        self.assertEqual(len(self.lead.activity_ids), 1)

    def test_persons_reply_cancels(self):
        reminder = self._remind()
        observed(self.row[self.carla], "reply")
        self.assertFalse(reminder.is_needed)
        self.assertEqual(reminder.status, "Not needed: answered")
        self._due(reminder)
        self.assertEqual((reminder.state, reminder.reason), ("cancelled", "replied"))
        self.assertFalse(self.lead.activity_ids)

    def test_out_of_office_note_does_not(self):
        reminder = self._remind()
        observed(self.row[self.carla], "reply", hints=("auto_reply",))
        self._due(reminder)
        self.assertEqual(reminder.state, "reminded")

    def test_what_counts_as_opened(self):
        link = self._offer_with_link()
        for type_ in ("open", "click", "reply"):
            with self.subTest(type_):
                message = self._offer_with_link()
                reminder = self._remind("not_opened", message=message)
                observed(message.engagement_tracking_ids[0], type_)
                self._due(reminder)
                reason = "replied" if type_ == "reply" else "opened"
                self.assertEqual((reminder.state, reminder.reason), ("cancelled", reason))
        scanned = self._remind("not_opened", message=link)
        observed(link.engagement_tracking_ids[0], "open", agent="scanner", agent_name="Barracuda")
        self._due(scanned)
        self.assertEqual(scanned.state, "reminded")

    def test_no_false_not_opened(self):
        """Where no open can be seen, the reminder comes and does not say that there was none."""
        message = self._offer_with_link()
        reminder = self._remind("not_opened", message=message)
        mail = message.with_env(self.env).engagement_tracking_ids
        observed(mail, "open", agent="privacy", agent_name="Apple Mail Privacy Protection")
        self._due(reminder)
        self.assertEqual(reminder.state, "reminded")
        activity = self.lead.activity_ids
        self.assertIn("Whether it was opened cannot be seen: ", activity.summary)
        self.assertIn("cannot be seen (Apple Mail Privacy Protection)", activity.note)
        self.assertNotIn("not seen opening", activity.note)

    def _offer_with_link(self):
        return self.lead.with_user(self.anna).message_post(
            body=self.markup('<a href="https://shop.test/offer">offer</a>'),
            partner_ids=self.carla.ids,
            subtype_xmlid="mail.mt_comment",
        )

    def test_anyway(self):
        reminder = self._remind("anyway")
        observed(self.row[self.carla], "reply")
        self._due(reminder)
        self.assertEqual(self.lead.activity_ids.summary, "Reminder: Offer")
        self.assertIn("answered", self.lead.activity_ids.note)

    def test_snooze_and_change_after_it_came(self):
        reminder = self._remind().with_user(self.anna)
        self._due(reminder)
        self.assertTrue(self.lead.activity_ids)
        reminder.action_snooze_week()
        self.assertEqual(reminder.state, "waiting")
        self.assertFalse(self.lead.activity_ids)
        at = fields.Datetime.context_timestamp(reminder, reminder.remind_at)
        self.assertEqual(at.strftime("%H:%M"), "09:00")
        self.assertGreater(reminder.remind_at, fields.Datetime.now() + timedelta(days=6))
        self._due(reminder)
        self.assertEqual(len(self.lead.activity_ids), 1)
        reminder.condition = "anyway"
        self.assertEqual(reminder.state, "waiting")
        reminder.action_remove()
        self.assertFalse(reminder.exists())

    def test_done_activity_stays_done(self):
        reminder = self._remind()
        self._due(reminder)
        activity = reminder.activity_id
        activity.with_user(self.anna).action_done()
        reminder.with_user(self.anna).action_snooze_day()
        self.assertTrue(activity.exists())
        self._due(reminder)
        self.assertNotEqual(reminder.activity_id, activity)

    def test_the_scheduled_action_knows_when(self):
        triggers = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref("mail_engagement.ir_cron_remind").id)]
        )
        reminder = self._remind()
        self.assertIn(reminder.remind_at, (self._triggers() - triggers).mapped("call_at"))
        reminder.with_user(self.anna).action_snooze_day()
        self.assertIn(reminder.remind_at, self._triggers().mapped("call_at"))

    def _triggers(self):
        cron = self.env.ref("mail_engagement.ir_cron_remind")
        return self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])

    def test_more_than_a_batch(self):
        self.patch(mail_engagement_reminder, "BATCH", 2)
        reminders = [self._remind("anyway") for _ in range(5)]
        self._due(*reminders)
        self.assertEqual({reminder.state for reminder in reminders}, {"reminded"})
        self.assertEqual(len(self.lead.activity_ids), 5)

    def test_one_that_fails_does_not_stop_the_others(self):
        first, second = self._remind("anyway"), self._remind("anyway")
        self.env.cr.execute(
            """ALTER TABLE mail_activity ADD CONSTRAINT mail_activity_refuses
               CHECK (summary IS DISTINCT FROM 'Reminder: Poison') NOT VALID"""
        )
        first._engagement_set("waiting", subject="Poison")
        with (
            mute_logger("odoo.sql_db"),
            self.assertLogs(
                "odoo.addons.mail_engagement.models.reminders.mail_engagement_reminder"
            ),
        ):
            self._due(first, second)
        self.assertEqual((first.state, second.state), ("waiting", "reminded"))
        self.env.cr.execute("ALTER TABLE mail_activity DROP CONSTRAINT mail_activity_refuses")
        self._run()
        self.assertEqual(first.state, "reminded")

    def test_without_a_record(self):
        """The record is gone: an activity of one's own."""
        reminder = self._remind()
        self.message.engagement_tracking_ids.flush_recordset()
        self.lead.unlink()
        self._due(reminder)
        activity = reminder.activity_id
        self.assertFalse(activity.res_model)
        self.assertEqual((activity.user_id, reminder.state), (self.anna, "reminded"))

    def test_of_an_opportunity_that_was_merged(self):
        """It comes on the opportunity that is left."""
        reminder = self._remind("anyway")
        left = self.lead.copy({"probability": 90})
        with mute_logger("odoo.models.unlink"):
            (self.lead | left).with_user(self.anna).merge_opportunity()
        self.env.cr.flush()
        self._due(reminder)
        self.assertFalse(self.lead.exists())
        self.assertEqual(reminder.activity_id.res_id, left.id)

    def test_record_that_he_may_not_read_any_more(self):
        reminder = self._remind()
        self.lead.user_id = self.ben
        message = self.message
        message.author_id = self.ben.partner_id
        self.row[self.carla].author_id = self.row[self.chen].author_id = self.ben.partner_id
        message.notified_partner_ids = False
        self._due(reminder)
        self.assertFalse(reminder.activity_id.res_model)
        self.assertNotIn("Carla", reminder.activity_id.note)

    def test_he_has_left(self):
        reminder, other = self._remind(), self._remind("anyway")
        self.lead.user_id = self.ben
        self.anna.active = False
        self._due(reminder)
        self.assertEqual(self.lead.activity_ids.user_id, self.ben)
        self.assertEqual(reminder.user_id, self.ben)
        self.lead.user_id = self.lead.team_id = False
        self._due(other)
        self.assertEqual((other.state, other.reason), ("cancelled", "left"))

    def test_default_is_a_morning_where_he_is(self):
        form = Form(
            self.env["mail.engagement.reminder"]
            .with_user(self.anna)
            .with_context(default_message_id=self.message.id)
        )
        at = fields.Datetime.context_timestamp(self.lead.with_user(self.anna), form.remind_at)
        self.assertEqual((at.hour, at.minute, form.condition), (9, 0, "no_reply"))
        self.assertTrue(form.is_followed)

    def test_answered_already(self):
        observed(self.row[self.carla], "reply")
        form = Form(
            self.env["mail.engagement.reminder"]
            .with_user(self.anna)
            .with_context(default_message_id=self.message.id)
        )
        self.assertEqual(form.condition, "anyway")

    def test_not_followed(self):
        message = self._offer(engagement_follow="skip")
        form = Form(
            self.env["mail.engagement.reminder"]
            .with_user(self.anna)
            .with_context(default_message_id=message.id)
        )
        self.assertFalse(form.is_followed)
        self.assertEqual(form.condition, "anyway")
        reminder = form.save().with_env(self.env)
        self._due(reminder)
        self.assertIn("was not followed", reminder.activity_id.note)


@tagged("post_install", "-at_install")
class TestReminderAccess(ReminderCase):
    def test_own_and_managers(self):
        mine = self._remind()
        self.ben.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        bens = self._remind(user=self.ben)
        reminders = self.env["mail.engagement.reminder"]
        domain = [("id", "in", (mine | bens).ids)]
        self.assertEqual(reminders.with_user(self.anna).search(domain).ids, mine.ids)
        with self.assertRaises(AccessError):
            bens.with_user(self.anna).read(["note"])
        with self.assertRaises(AccessError):
            bens.with_user(self.anna).action_remove()
        self.assertEqual(reminders.with_user(self.manager).search_count(domain), 2)
        bell = mine.message_id.with_user(self.ben).engagement_reminder
        self.assertEqual(bell["id"], bens.id)

    def test_only_of_what_he_may_read(self):
        with self.assertRaises(AccessError):
            self._remind(user=self.ben)
        reminders = self.env["mail.engagement.reminder"].with_user(self.ben)
        with self.assertRaises(AccessError):
            reminders.with_context(default_message_id=self.message.id).create({})
        with self.assertRaises(UserError):
            reminders.create({})

    def test_the_dialog_gives_the_message_as_a_default(self):
        reminders = self.env["mail.engagement.reminder"].with_user(self.anna)
        reminder = reminders.with_context(default_message_id=self.message.id).create({})
        self.assertEqual((reminder.subject, reminder.res_id), ("Offer", self.lead.id))

    def test_not_for_others(self):
        with self.assertRaises(AccessError):
            self._remind(user_id=self.ben.id)

    def test_what_its_owner_cannot_say(self):
        victim = self.lead.activity_schedule("mail.mail_activity_data_todo", user_id=self.ben.id)
        reminder = self._remind(activity_id=victim.id, state="reminded")
        self.assertFalse(reminder.activity_id)
        self.assertEqual(reminder.state, "waiting")
        for values in ({"activity_id": victim.id}, {"res_id": 1}, {"state": "reminded"}):
            with self.assertRaises(AccessError):
                reminder.with_user(self.anna).write(values)

    def test_portal(self):
        user = new_test_user(self.env, "carla", groups="base.group_portal")
        with self.assertRaises(AccessError):
            self.env["mail.engagement.reminder"].with_user(user).search([])

    def test_erasure(self):
        alone = self._offer()
        alone.engagement_tracking_ids.filtered(lambda row: row.partner_id == self.chen).unlink()
        both, only = self._remind(note="Carla's"), self._remind(note="Carla's", message=alone)
        self._due(both, only)
        activity = both.activity_id
        self.assertIn("Carla", activity.note)
        exported = self.carla._engagement_export()["reminders"]
        self.assertEqual([one["note"] for one in exported], ["Carla's"] * 2)
        self.carla._engagement_erase()
        self.assertFalse(only.exists())
        self.assertFalse(both.note)
        self.assertFalse(activity.note)

    def test_erasure_of_a_shared_copy(self):
        both = self._remind(note="Carla's")
        self.row[self.chen].unlink()
        self.row[self.carla].write(
            {
                "is_shared": True,
                "partner_id": False,
                "email_normalized": "carla@customer.test, chen@customer.test",
            }
        )
        both.note = "Carla's"
        self.carla._engagement_erase()
        self.assertFalse(both.note)

    def test_age(self):
        old, waiting = self._remind("anyway"), self._remind()
        self._due(old)
        for reminder in old | waiting:
            reminder._engagement_set(
                reminder.state, remind_at=fields.Datetime.now() - timedelta(days=400)
            )
        self.env["mail.engagement.reminder"]._gc_reminders()
        self.assertFalse(old.exists())
        self.assertTrue(waiting.exists())


@tagged("post_install", "-at_install")
class TestReminderComposer(ReminderCase, HttpCase):
    def _composer(self, **values):
        context = {
            "default_model": "crm.lead",
            "default_res_ids": self.lead.ids,
            "default_composition_mode": "comment",
            "default_partner_ids": self.carla.ids,
            "default_subject": "Second offer",
            "default_body": "<p>Hello</p>",
            **values,
        }
        return Form(self.env["mail.compose.message"].with_user(self.anna).with_context(**context))

    def _mine(self):
        return self.env["mail.engagement.reminder"].search([("subject", "=", "Second offer")])

    def test_set_with_the_mail(self):
        form = self._composer()
        form.engagement_reminder_condition = "not_opened"
        self.assertTrue(form.engagement_remind_at)
        form.engagement_reminder_note = "Ring"
        form.save()._action_send_mail()
        reminder = self._mine()
        self.assertEqual(
            (reminder.condition, reminder.note, reminder.user_id, reminder.res_id),
            ("not_opened", "Ring", self.anna, self.lead.id),
        )
        self.assertTrue(reminder.is_followed)
        self.assertEqual(reminder.message_id, self.lead.message_ids[0])

    def test_none(self):
        self._composer().save()._action_send_mail()
        self.assertFalse(self._mine())

    def test_not_followed(self):
        form = self._composer()
        form.engagement_reminder_condition = "no_reply"
        form.engagement_is_followed = False
        self.assertEqual(form.engagement_reminder_condition, "anyway")
        form.engagement_reminder_condition = "no_reply"
        self.assertEqual(form.engagement_reminder_condition, "anyway")
        form.save()._action_send_mail()
        self.assertEqual(self._mine().condition, "anyway")

    def test_survives_waiting_and_a_template(self):
        template = self.env["mail.template"].create(
            {
                "name": "Second",
                "model_id": self.env.ref("crm.model_crm_lead").id,
                "subject": "Second offer",
                "body_html": "<p>Again</p>",
            }
        )
        form = self._composer()
        form.engagement_reminder_condition = "no_reply"
        form.template_id = template
        self.assertEqual(form.engagement_reminder_condition, "no_reply")
        leaves = fields.Datetime.now() + timedelta(hours=1)
        form.scheduled_date = fields.Datetime.to_string(leaves)
        form.save().action_schedule_message()
        waiting = self.env["mail.scheduled.message"].search([("subject", "=", "Second offer")])
        kept = json.loads(waiting.notification_parameters)["engagement_reminder"]
        self.assertFalse(self._mine())
        waiting.with_user(self.anna).post_message()
        self.assertEqual(self._mine().condition, "no_reply")
        self.assertEqual(fields.Datetime.to_string(self._mine().remind_at), kept["remind_at"])

    def test_mail_that_waited_for_longer(self):
        """It was put off until after the time of the reminder: that does not come at once."""
        form = self._composer()
        form.engagement_reminder_condition = "no_reply"
        form.scheduled_date = fields.Datetime.to_string(fields.Datetime.now() + timedelta(hours=1))
        form.save().action_schedule_message()
        waiting = self.env["mail.scheduled.message"].search([("subject", "=", "Second offer")])
        parameters = json.loads(waiting.notification_parameters)
        parameters["engagement_reminder"]["remind_at"] = "2026-01-01 09:00:00"
        waiting.notification_parameters = json.dumps(parameters)
        waiting.with_user(self.anna).post_message()
        self.assertGreater(self._mine().remind_at, fields.Datetime.now() + timedelta(days=1))

    def test_before_it_leaves(self):
        form = self._composer()
        form.scheduled_date = fields.Datetime.to_string(fields.Datetime.now() + timedelta(days=9))
        form.engagement_reminder_condition = "no_reply"
        with self.assertRaises(UserError):
            form.save().action_schedule_message()

    def test_not_for_many_at_once(self):
        form = self._composer(
            default_composition_mode="mass_mail", default_res_ids=self.lead.ids, default_body="Hi"
        )
        composer = form.save()
        composer.engagement_reminder_condition = "anyway"  # hidden in the form
        composer._action_send_mail()
        self.assertFalse(self.env["mail.engagement.reminder"].search([]))

    def test_author_who_lost_his_rights_meanwhile(self):
        user = new_test_user(
            self.env, "left_sales", groups="base.group_user,base.group_partner_manager"
        )
        message = self.carla.with_user(user).message_post(
            body="Hi",
            engagement_reminder={"condition": CONDITIONS[0][0], "remind_at": "2030-01-01 09:00:00"},
        )
        self.assertTrue(message)
        self.assertFalse(message.sudo().engagement_reminder_ids)

    def test_tours(self):
        self.start_tour(
            f"/odoo/crm.lead/{self.lead.id}", "mail_engagement_reminder_compose", login="anna"
        )
        reminder = self.env["mail.engagement.reminder"].search([("note", "=", "Ring her")])
        self.assertEqual(reminder.condition, "no_reply")
        reminder.unlink()
        self.start_tour(
            f"/odoo/crm.lead/{self.lead.id}", "mail_engagement_reminder_chatter", login="anna"
        )
        self.assertFalse(self.env["mail.engagement.reminder"].search([]))
