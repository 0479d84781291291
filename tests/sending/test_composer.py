"""The composers: the panel's switch, who blocks, files, send time, templates' rates."""

import json
from datetime import timedelta

from odoo import fields
from odoo.tests import Form, HttpCase, tagged

from ..common import EngagementCase, InboxCase, html, observed


@tagged("post_install", "-at_install")
class TestComposer(InboxCase, HttpCase):
    def _composer(self, **values):
        context = {
            "default_model": "crm.lead",
            "default_res_ids": self.lead.ids,
            "default_composition_mode": "comment",
            "default_partner_ids": (self.carla | self.chen).ids,
            "default_subject": "Offer",
            "default_body": "<p>Hello</p>",
            **values,
        }
        return Form(self.env["mail.compose.message"].with_user(self.anna).with_context(**context))

    def _send(self, form):
        form.save()._action_send_mail()
        return self.env["mail.engagement.tracking"].search([("subject", "=", "Offer")])

    def test_switch(self):
        form = self._composer()
        self.assertTrue(form.engagement_is_followed)
        self.assertEqual(set(self._send(form).mapped("state")), {"sent"})

    def test_switched_off_for_this_mail(self):
        form = self._composer()
        form.engagement_is_followed = False
        self.assertFalse(self._send(form))
        self.assertNotIn("/e/o/", html(self.inbox.to(self.carla.email)[0]))

    def test_users_preference(self):
        self.anna.with_user(self.anna).engagement_follow = "skip"
        self.assertFalse(self._composer().engagement_is_followed)
        message = self.lead.with_user(self.anna).message_post(
            body="Hello", partner_ids=self.carla.ids, subtype_xmlid="mail.mt_comment"
        )
        self.assertFalse(message.engagement_tracking_ids)
        form = self._composer()
        form.engagement_is_followed = True
        self.assertTrue(self._send(form))

    def test_who_blocks_and_look_again(self):
        self.chen.write(
            dict.fromkeys(
                ("engagement_opens", "engagement_clicks", "engagement_attachments"), "refused"
            )
        )
        composer = self._composer().save()
        [blocked] = composer.engagement_panel["blocked"]
        self.assertEqual((blocked["id"], blocked["is_whole"]), (self.chen.id, True))
        self.chen.engagement_opens = "granted"
        composer.engagement_retry += 1
        self.assertFalse(composer.engagement_panel["blocked"][0]["is_whole"])
        self.chen.write({"engagement_clicks": False, "engagement_attachments": False})
        composer.engagement_retry += 1
        self.assertFalse(composer.engagement_panel["blocked"])

    def test_one_who_refuses_does_not_stop_the_others(self):
        self.chen.write(
            dict.fromkeys(
                ("engagement_opens", "engagement_clicks", "engagement_attachments"), "refused"
            )
        )
        states = {row.partner_id: row.state for row in self._send(self._composer())}
        self.assertEqual(states, {self.carla: "sent", self.chen: "untracked"})

    def test_which_of_them_is_blocked_and_what_it_means(self):
        self.chen.engagement_opens = self.chen.engagement_clicks = "refused"
        panel = self._composer().engagement_panel
        self.assertEqual(panel["blocked"][0]["text"], "refused opens, link clicks")
        self.assertFalse(panel["blocked_text"])
        self.chen.engagement_attachments = "refused"
        text = self._composer().engagement_panel["blocked_text"]
        self.assertEqual(text, "1 of 2 recipients cannot be followed; the others are.")
        panel = self._composer(default_partner_ids=self.chen.ids).engagement_panel
        self.assertEqual(panel["blocked_text"], "Blocked: no recipient can be followed.")

    def test_domain_that_is_left_alone(self):
        self.env.company.engagement_excluded_domains = "customer.test"
        panel = self._composer().engagement_panel
        self.assertEqual(
            [person["id"] for person in panel["blocked"]], (self.carla | self.chen).ids
        )
        self.assertIn("excluded", panel["blocked"][0]["text"])

    def test_only_enabled_mailboxes(self):
        """Such a mail is not followed, so neither says the composer that it were."""
        self.env.company.engagement_only_mailboxes = True
        form = self._composer()
        self.assertFalse(form.engagement_is_followed)
        self.assertIn("mailbox", form.engagement_panel["missing"])
        self.assertIn("mailbox", form.engagement_panel["set_up"])
        self.assertFalse(self.anna._engagement_follows(self.env.company))
        self.assertFalse(self._send(form))
        mailbox = self.env["mail.engagement.mailbox"].search([("user_id", "=", self.anna.id)])
        mailbox.write({"approved_email": mailbox.email, "enabled_email": mailbox.email})
        self.assertTrue(self._composer().engagement_is_followed)

    def test_companys_default(self):
        self.env.company.engagement_follow_default = False
        form = self._composer()
        self.assertFalse(form.engagement_is_followed)
        form.engagement_is_followed = True
        self.assertTrue(self._send(form))

    def test_template_leaves_the_choice(self):
        template = self.env["mail.template"].create(
            {"name": "Offer", "model_id": self.env.ref("crm.model_crm_lead").id, "subject": "Offer"}
        )
        form = self._composer()
        form.engagement_is_followed = False
        form.template_id = template
        self.assertFalse(form.engagement_is_followed)
        self.assertFalse(self._send(form))

    def test_never_asked(self):
        self.carla.country_id = self.env.ref("base.fr")
        [blocked] = self._composer().engagement_panel["blocked"]
        self.assertIn("never asked", blocked["text"])

    def test_not_set_up(self):
        """While another company follows its mails, the composer says what this one lacks."""
        other = self.env["res.company"].create({"name": "Other"})
        self.env["mail.engagement.terms"].accept(other)
        other.engagement_enabled = True
        self.env["mail.engagement.terms"].withdraw(self.env.company)
        panel = self._composer().engagement_panel
        self.assertIn("terms", panel["missing"])
        self.assertFalse(panel["can_set_up"])
        self.assertFalse(self._composer().engagement_is_followed)
        self.env["mail.engagement.terms"].accept(self.env.company)
        self.assertIn("switched off", self._composer().engagement_panel["missing"])

    def test_files_one_by_one(self):
        files = (
            self.env["ir.attachment"]
            .with_user(self.anna)
            .create(
                [
                    {"name": f"{name}.pdf", "raw": b"%PDF " + name.encode()}
                    for name in ("one", "two")
                ]
            )
        )
        form = self._composer(default_attachment_ids=files.ids)
        self.assertFalse(form.engagement_file_ids[:])
        form.engagement_file_ids.add(files[0])
        self._send(form)
        [message] = self.inbox.to(self.carla.email)
        self.assertEqual([part.get_filename() for part in message.iter_attachments()], ["two.pdf"])
        self.assertRegex(html(message), r"/e/a/[^\"]+/one.pdf")
        self.assertRegex(
            html(message), r"one\.pdf</a>.*>PDF</span> (&middot;|·) <span[^>]*>8 byte<"
        )

    def test_files_of_others_are_not_looked_at(self):
        """Whoever searches files without saying which has Odoo read all that there are."""
        with self.assertLogs("odoo.sql_db", "DEBUG") as logged:
            form = self._composer()
            form.body = "<p>Hello again</p>"
            form.save()
        # That is how it looks for what the user may read, without a word of which.
        self.assertFalse(
            [line for line in logged.output if 'AND ("ir_attachment"."public" IS TRUE OR' in line]
        )

    def test_survives_waiting(self):
        """Scheduled: the choice of the mail and of its files holds when it leaves."""
        form = self._composer()
        form.engagement_is_followed = False
        form.scheduled_date = fields.Datetime.to_string(fields.Datetime.now() + timedelta(hours=1))
        composer = form.save()
        composer.action_schedule_message()
        waiting = self.env["mail.scheduled.message"].search([("subject", "=", "Offer")])
        parameters = json.loads(waiting.notification_parameters)
        self.assertEqual(parameters["engagement_follow"], "skip")
        waiting.with_user(self.anna).post_message()
        self.assertFalse(self.env["mail.engagement.tracking"].search([("subject", "=", "Offer")]))

    def test_send_time(self):
        self.carla.write({"tz": "Asia/Tokyo", "country_id": self.env.ref("base.jp").id})
        form = self._composer(default_partner_ids=self.carla.ids)
        advice = form.engagement_panel["send_time"]
        self.assertTrue(advice["text"])
        self.assertIn("for them", advice["text"])
        if advice["at"]:
            self.assertGreater(fields.Datetime.to_datetime(advice["at"]), fields.Datetime.now())

    def _in_the_world(self):
        """Carla in Tokyo, Moritz in Berlin; Chen, who follows the record, in Honolulu: at no time
        all work."""
        self.carla.write({"tz": "Asia/Tokyo", "country_id": self.env.ref("base.jp").id})
        self.chen.write({"tz": "Pacific/Honolulu", "country_id": self.env.ref("base.us").id})
        self.moritz = self.env["res.partner"].create(
            {"name": "Moritz", "email": "moritz@customer.test", "tz": "Europe/Berlin"}
        )
        self.lead.message_subscribe((self.chen + self.ben.partner_id).ids)

    def test_at_no_time_all_work(self):
        """Whom it does not suit is named with their clock; each can get it at their own time."""
        self._in_the_world()
        form = self._composer(default_partner_ids=(self.carla + self.moritz).ids)
        advice = form.engagement_panel["send_time"]
        self.assertIn("working hours of 2 of 3 recipients", advice["text"])
        self.assertRegex(advice["text"], r"not for (Chen|Carla|Moritz) \(\w+ \d\d:\d\d\)")
        form.body = "<p>Hello</p>"
        file = (
            self.env["ir.attachment"]
            .with_user(self.anna)
            .create(
                {
                    "name": "offer.txt",
                    "raw": b"offer",
                    "res_model": "mail.compose.message",
                    "res_id": 0,
                }
            )
        )
        form.attachment_ids.add(file)
        composer = form.save()
        composer.scheduled_date = composer.engagement_apart_at = advice["apart"]["at"]
        messages = composer._action_schedule_message()
        self.assertEqual(len(messages), 2)
        people = self.carla + self.chen + self.moritz + self.ben.partner_id
        self.assertEqual(messages.partner_ids, people)
        self.assertEqual(sum(len(it.partner_ids) for it in messages), len(people))
        early = messages.sorted("scheduled_date")[0]
        self.assertIn(self.ben.partner_id, early.partner_ids)
        self.assertEqual(early.attachment_ids, file)
        self.assertEqual(messages.attachment_ids.mapped("raw"), [b"offer"] * 2)
        for message in messages:
            expected = message.partner_ids
            message.with_user(self.anna).post_message()
            posted = self.lead.message_ids.sorted("id")[-1]
            self.assertEqual(posted.notified_partner_ids, expected)
            self.assertEqual(posted.attachment_ids.mapped("raw"), [b"offer"])

    def test_another_date_is_for_all(self):
        self._in_the_world()
        form = self._composer(default_partner_ids=(self.carla + self.moritz).ids)
        composer = form.save()
        composer.engagement_apart_at = form.engagement_panel["send_time"]["apart"]["at"]
        later = fields.Datetime.now() + timedelta(days=9)
        composer.scheduled_date = fields.Datetime.to_string(later)
        self.assertEqual(len(composer._action_schedule_message()), 1)

    def test_where_they_may_be(self):
        """Odoo gives a contact the zone of whoever adds them, wherever the contact lives."""
        creator = self.carla.create_uid
        creator.tz = self.carla.tz = "Europe/Paris"
        zones = self.carla._engagement_zones
        self.assertEqual(zones(self.carla.country_id), ("Europe/Paris",))
        self.carla.country_id = self.env.ref("base.jp")
        self.assertEqual(zones(self.carla.country_id), ("Asia/Tokyo",))
        self.carla.tz = "America/Lima"
        self.assertEqual(zones(self.carla.country_id), ("America/Lima",))
        self.carla.write({"tz": False, "country_id": self.env.ref("base.us").id})
        self.assertIn("Pacific/Honolulu", zones(self.carla.country_id))

    def test_who_gets_it(self):
        """Followers as far as they get what is written to followers."""
        self.lead.message_subscribe(self.chen.ids)
        form = self._composer(default_partner_ids=self.carla.ids)
        composer = form.save()
        self.assertEqual(composer._engagement_customers(), self.carla + self.chen)
        follower = self.lead.message_follower_ids.filtered(lambda it: it.partner_id == self.chen)
        follower.subtype_ids -= self.env.ref("mail.mt_comment")
        self.assertEqual(composer._engagement_customers(), self.carla)

    def test_opens_whatever_the_time_zone(self):
        """Also one that another machine has stored, which is UTC here, and said to be."""
        for name, is_utc in (("US/Eastern", False), ("Asia/Calcutta", False), ("Mars/One", True)):
            self.env.cr.execute("UPDATE res_partner SET tz = %s", [name])
            self.env.invalidate_all()
            form = self._composer(default_partner_ids=self.carla.ids)
            text = form.engagement_panel["send_time"]["text"]
            self.assertEqual(" UTC for them" in text, is_utc, text)

    def test_tours(self):
        self.start_tour(f"/odoo/crm.lead/{self.lead.id}", "mail_engagement_light", login="anna")
        [message] = self.lead.message_ids.filtered(lambda m: "untracked words" in m.body)
        self.assertEqual(message.engagement_follow, "skip")
        self.carla.write(
            dict.fromkeys(
                ("engagement_opens", "engagement_clicks", "engagement_attachments"), "refused"
            )
        )
        # It is night where she is: the best hour is still to come.
        ahead = (4 - fields.Datetime.now().hour) % 24
        self.carla.tz = f"Etc/GMT{-ahead:+d}" if ahead <= 12 else f"Etc/GMT{24 - ahead:+d}"
        self.start_tour(f"/odoo/crm.lead/{self.lead.id}", "mail_engagement_composer", login="anna")


@tagged("post_install", "-at_install")
class TestTemplateRates(EngagementCase):
    def _mails(self, template, count, opened=0, replied=0):
        rows = self.env["mail.engagement.tracking"].create(
            [
                {
                    "uid": f"{template.id:010d}{number:010d}",
                    "rfc_message_id": f"<{template.id}-{number}@seller.test>",
                    "template_id": template.id,
                    "sent_at": fields.Datetime.now(),
                    "company_id": self.env.company.id,
                }
                for number in range(count)
            ]
        )
        for row in rows[:opened]:
            observed(row, "open")
        for row in rows[:replied]:
            observed(row, "reply")
        for row in rows[opened:]:
            observed(row, "open", agent="scanner", agent_name="Barracuda")

    def test_rates_count_people(self):
        model = self.env.ref("crm.model_crm_lead")
        good, usual, lucky = self.env["mail.template"].create(
            [{"name": name, "model_id": model.id} for name in ("good", "usual", "lucky")]
        )
        self._mails(good, 20, opened=15, replied=12)
        self._mails(usual, 20, opened=10, replied=1)
        self._mails(lucky, 1, opened=1, replied=1)
        templates = (good | usual | lucky).with_user(self.anna)
        templates.invalidate_recordset()
        self.assertEqual(templates.mapped("engagement_sent"), [20, 20, 1])
        self.assertEqual(templates.mapped("engagement_open_rate"), [0.75, 0.5, 1])
        self.assertEqual(templates.mapped("engagement_reply_rate"), [0.6, 0.05, 1])
        self.assertEqual(templates.mapped("engagement_is_recommended"), [True, False, False])
        self.assertIn("38–79", templates[0]._engagement_rates_text())
