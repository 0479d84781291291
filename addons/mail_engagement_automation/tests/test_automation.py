"""Automation rules that people set off with an e-mail: once, and no rule stops another."""

import time
from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.mail_engagement.tests.common import InboxCase, observed

from ..models import base_automation
from ..models.base_automation import FAILURES

WRITE = "record.message_post(body='Set off', subtype_xmlid='mail.mt_note')"


class AutomationCase(InboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["base.automation"].search([]).active = False
        cls.tracking = cls.send(cls.anna)

    def rule(self, kind, code=WRITE, model="crm.lead", **values):
        """Return a rule that waits for `kind`, with an action of Odoo's that runs `code`."""
        model = self.env["ir.model"]._get(model)
        return self.env["base.automation"].create(
            {
                "name": f"{kind}: {code}",
                "model_id": model.id,
                "trigger": "on_engagement",
                "engagement_kind": kind,
                "action_server_ids": [
                    (0, 0, {"name": "Act", "model_id": model.id, "state": "code", "code": code})
                ],
                **values,
            }
        )

    def work(self):
        """Have the scheduled action run what waits."""
        with self.enter_registry_test_mode():
            self.env.ref("mail_engagement.ir_cron_fact").method_direct_trigger()
        self.env.invalidate_all()

    def seen(self, kind, tracking=None, **values):
        """Have an edge see a request for a mail, and the rules run."""
        event = observed(tracking or self.tracking, kind, **values)
        self.work()
        return event

    def runs(self, record=None):
        """Return how often a rule ran on a record."""
        messages = (record or self.lead).message_ids
        return len(messages.filtered(lambda message: "Set off" in (message.body or "")))


@tagged("post_install", "-at_install")
class TestAutomation(AutomationCase):
    def test_each_kind_of_event(self):
        for kind in ("open", "click", "attachment", "reply"):
            with self.subTest(kind=kind):
                lead = self.lead.copy()
                tracking = self.send(self.anna, lead)
                rule = self.rule(kind)
                self.seen(kind, tracking)
                self.seen(kind, tracking, at=time.time() + 500)
                # Each reply is one.
                self.assertEqual(self.runs(lead), 2 if kind == "reply" else 1)
                rule.active = False

    def test_what_is_no_event(self):
        self.rule("bounce")
        self.env["mail.engagement.fact"]._engagement_add("bounce", self.tracking)
        self.work()
        self.assertEqual(self.runs(), 1)

    def test_odoos_own_actions(self):
        stage = self.env["crm.stage"].create({"name": "Interested"})
        self.rule("open").action_server_ids = [
            (5, 0, 0),
            (
                0,
                0,
                {
                    "name": "To-do",
                    "model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "state": "next_activity",
                    "activity_type_id": self.env.ref("mail.mail_activity_data_call").id,
                    "activity_summary": "Call them",
                    "activity_user_type": "generic",
                    "activity_user_field_name": "user_id",
                },
            ),
            (
                0,
                0,
                {
                    "name": "Stage",
                    "model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "state": "object_write",
                    "update_path": "stage_id",
                    "resource_ref": f"crm.stage,{stage.id}",
                },
            ),
        ]
        self.seen("open")
        self.assertEqual(self.lead.activity_ids.summary, "Call them")
        self.assertEqual(self.lead.activity_ids.user_id, self.anna)
        self.assertEqual(self.lead.stage_id, stage)

    def test_domain(self):
        self.rule("open", filter_domain="[('name', '=', 'Another')]")
        self.rule("click", filter_domain="[('name', '=', 'Solar roof')]")
        self.seen("open")
        self.assertFalse(self.runs())
        self.seen("click")
        self.assertEqual(self.runs(), 1)

    def test_link_address(self):
        self.rule("click", engagement_link="*/pricing*")
        self.seen("click")
        self.assertFalse(self.runs())
        self.rule("click", engagement_link="shop.test/OFFER")
        self.seen("click", self.send(self.anna))
        self.assertEqual(self.runs(), 1)

    def test_another_model(self):
        self.rule("open", model="crm.team")
        self.seen("open")
        self.assertFalse(self.runs())

    def test_on_the_recipient(self):
        self.rule("open", model="res.partner")
        self.seen("open")
        self.assertEqual(self.runs(self.carla), 1)
        self.assertFalse(self.runs())

    def test_of_a_mail_that_names_nobody(self):
        self.tracking.write({"is_anonymous": True, "partner_id": False})
        self.rule("open", model="res.partner")
        self.rule("open")
        self.seen("open")
        self.assertFalse(self.runs(self.carla))
        self.assertEqual(self.runs(), 1)

    def test_record_that_is_gone(self):
        self.rule("open")
        self.lead.unlink()
        self.seen("open")
        self.assertFalse(self.env["mail.engagement.fact"].search([("is_done", "=", False)]))

    def test_a_verdict_that_goes_back_and_forth(self):
        self.rule("open")
        event = self.seen("open")
        for verdict in ("machine", "human", "machine", "human"):
            event.write({"verdict": verdict})
            self.tracking._engagement_happened(event)
            self.work()
        self.assertEqual(self.runs(), 1)

    def test_people_only(self):
        for kind in ("open", "click", "attachment"):
            self.rule(kind)
        at = self.tracking.sent_at.timestamp()
        self.seen("open", agent="scanner", agent_name="Barracuda", at=at + 1)
        # A scanner that follows all links in one moment, as an unknown program.
        for seconds in (1, 1.1, 1.2):
            self.seen("click", agent="unknown", at=at + seconds)
        self.seen("open", hints=("session",))
        self.assertFalse(self.env["mail.engagement.fact"].search([]))
        self.assertFalse(self.runs())

    def test_a_rule_that_is_off_costs_nothing(self):
        self.rule("open", active=False)
        self.seen("open")
        self.assertFalse(self.env["mail.engagement.fact"].search([]))

    def test_switched_on_and_off(self):
        rule = self.rule("open")
        rule.active = False
        self.seen("open")
        rule.active = True
        self.seen("open", self.send(self.anna))
        self.assertEqual(self.runs(), 1)
        rule.unlink()
        self.assertFalse(self.env["mail.engagement.fact"]._engagement_wanted_rows())

    def test_one_that_fails_stops_no_other(self):
        self.rule("open")
        broken = self.rule("open", code=f"{WRITE}\nrecord.unknown_field")
        after = self.rule("open")
        self.seen("open")
        self.assertEqual(self.runs(), 2, "each of the others once, nothing of the one that failed")
        fact = self.env["mail.engagement.fact"].search([])
        self.assertEqual((fact.is_done, fact.failed_automation_ids), (True, broken))
        self.assertTrue(after.active)
        [log] = self.env["ir.logging"].search([("path", "=", f"base_automation({broken.id})")])
        self.assertIn("AttributeError", log.message)
        self.assertEqual(log.level, "ERROR")
        self.assertEqual(broken.engagement_failure_count, 1)

    def test_one_that_always_fails_is_switched_off(self):
        broken = self.rule("open", code="record.unknown_field")
        self.rule("open")
        for _ in range(FAILURES + 1):
            self.seen("open", self.send(self.anna))
        self.assertFalse(broken.active)
        self.assertEqual(broken.engagement_failure_count, FAILURES)
        told = self.env.ref("mail.channel_admin").message_ids[0] | broken.message_ids[0]
        for message in told:
            self.assertIn("is switched off after 5 failures in a row", message.body)
        self.assertEqual(self.runs(), FAILURES + 1)
        broken.active = True
        self.assertFalse(broken.engagement_failure_count)

    def test_one_that_works_again(self):
        rule = self.rule("open", code="record.unknown_field")
        self.seen("open")
        self.assertEqual(rule.engagement_failure_count, 1)
        rule.action_server_ids.code = WRITE
        self.seen("open", self.send(self.anna))
        self.assertEqual((self.runs(), rule.engagement_failure_count), (1, 0))

    def _writing(self, text):
        return (
            f"record.message_post(body='Set off {text}', subject='{text}', "
            "partner_ids=record.partner_id.ids, subtype_xmlid='mail.mt_comment')"
        )

    def _sent(self, subject):
        self.env["mail.mail"].search([("state", "=", "outgoing")]).send()
        return self.env["mail.engagement.tracking"].search([("subject", "=", subject)])

    def test_a_mail_that_a_rule_sent_sets_it_off_no_more(self):
        self.rule("open", code=self._writing("Thanks"))
        self.seen("open")
        answer = self._sent("Thanks")
        self.assertEqual(len(answer), 1)
        self.seen("open", answer)
        self.assertEqual(answer.open_count, 1)
        self.assertEqual(len(self._sent("Thanks")), 1)

    def test_two_rules_do_not_answer_each_other_for_ever(self):
        first = self.rule("open", code=self._writing("First"))
        self.seen("open")
        self.rule("open", code=self._writing("Second"))
        self.seen("open", self._sent("First"))
        self.assertEqual(len(self._sent("Second")), 1)
        first.flush_recordset()
        self.seen("open", self._sent("Second"))
        self.assertEqual((len(self._sent("First")), len(self._sent("Second"))), (1, 1))

    def test_a_mail_that_is_deleted_once_sent(self):
        template = self.env["mail.template"].create(
            {
                "name": "Thanks",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "subject": "Template",
                "body_html": "<p>Thanks</p>",
                "partner_to": "{{ object.partner_id.id }}",
                "email_from": "anna@seller.test",
                "auto_delete": True,
            }
        )
        self.rule("open").action_server_ids.write(
            {"state": "mail_post", "mail_post_method": "email", "template_id": template.id}
        )
        self.seen("open")
        [answer] = self._sent("Template")
        self.assertFalse(answer.message_id)
        self.seen("open", answer)
        self.assertEqual(answer.open_count, 1)
        self.assertFalse(self.env["mail.mail"].search([("subject", "=", "Template")]))
        self.assertEqual(len(self._sent("Template")), 1)

    def test_all_kinds_of_facts(self):
        kinds = self.env["mail.engagement.fact"]._fields["kind"]._description_selection(self.env)
        mine = self.env["base.automation"].fields_get(["engagement_kind"])["engagement_kind"]
        self.assertEqual(list(map(tuple, mine["selection"])), kinds)

    def test_what_a_rule_needs(self):
        for values in (
            {"engagement_kind": False},
            {"engagement_kind": "unanswered", "engagement_days": 0},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.rule("open").write(values)
        with self.assertRaises(ValidationError):
            self.rule("open", model="res.country", code="pass")

    def test_days_are_proposed(self):
        self.assertEqual(self.rule("unanswered").engagement_days, 3)
        self.assertEqual(self.rule("unanswered", engagement_days=9).engagement_days, 9)

    def test_another_trigger_forgets_it(self):
        rule = self.rule("click", engagement_link="*/pricing*")
        rule.engagement_kind = "unanswered"
        self.assertEqual((rule.engagement_days, rule.engagement_link), (3, False))
        rule.trigger = "on_create"
        self.assertFalse(rule.engagement_kind)
        self.assertFalse(rule.engagement_days)


@tagged("post_install", "-at_install")
class TestUnanswered(AutomationCase):
    def ago(self, days, tracking=None):
        """Make a mail older, and the rules as old as that."""
        (tracking or self.tracking).sent_at = fields.Datetime.now() - timedelta(days=days)
        self.env.flush_all()

    def look(self):
        """Have the scheduled actions look for mails without an answer, and run the rules."""
        with self.enter_registry_test_mode():
            cron = self.env.ref("mail_engagement_automation.ir_cron_unanswered")
            cron.method_direct_trigger()
        self.work()

    def old_rule(self, days=3, since=30):
        rule = self.rule("unanswered", engagement_days=days)
        rule.engagement_since = fields.Datetime.now() - timedelta(days=since)
        return rule

    def test_once(self):
        self.old_rule()
        self.look()
        self.assertFalse(self.runs(), "not yet")
        self.ago(4)
        self.look()
        self.look()
        self.assertEqual(self.runs(), 1)

    def test_opened_is_not_answered(self):
        self.old_rule()
        self.seen("open")
        self.ago(4)
        self.look()
        self.assertEqual(self.runs(), 1)

    def test_answered(self):
        self.old_rule()
        self.seen("reply")
        self.ago(4)
        self.look()
        self.assertFalse(self.runs())

    def test_a_program_answered(self):
        self.old_rule()
        self.seen("reply", hints=("auto_reply",))
        self.ago(4)
        self.look()
        self.assertEqual(self.runs(), 1)

    def test_one_of_several_recipients_answered(self):
        message = self.lead.with_user(self.anna).message_post(
            body="Hello",
            subject="Both",
            partner_ids=(self.carla | self.chen).ids,
            subtype_xmlid="mail.mt_comment",
        )
        both = message.sudo().engagement_tracking_ids
        self.assertEqual(len(both), 2)
        self.old_rule()
        self.ago(4)
        for tracking in both:
            self.ago(4, tracking)
        self.seen("reply", both[1])
        self.look()
        self.assertEqual(self.runs(), 1, "of the other mail only")

    def test_several_recipients_are_one_message(self):
        message = self.lead.with_user(self.anna).message_post(
            body="Hello",
            subject="Both",
            partner_ids=(self.carla | self.chen).ids,
            subtype_xmlid="mail.mt_comment",
        )
        self.old_rule()
        message.sudo().engagement_tracking_ids.sent_at = fields.Datetime.now() - timedelta(days=4)
        self.look()
        self.assertEqual(self.runs(), 1)

    def test_an_answer_before_the_rule_runs_stops_it(self):
        self.old_rule()
        self.ago(4)
        fact = self.env["mail.engagement.fact"]._engagement_add(
            "unanswered", self.tracking, key="3"
        )
        self.assertTrue(fact)
        observed(self.tracking, "reply")
        self.work()
        self.assertFalse(self.runs())

    def test_what_was_due_before_the_rule(self):
        self.rule("unanswered", engagement_days=3)
        self.ago(4)
        self.look()
        self.assertFalse(self.runs())

    def test_what_was_due_before_one_of_two_rules(self):
        self.old_rule()
        self.rule("unanswered", engagement_days=3)
        self.ago(4)
        self.look()
        self.assertEqual(self.runs(), 1, "of the old one")

    def test_each_rule_its_own_days(self):
        self.old_rule(3)
        self.old_rule(7)
        self.ago(4)
        self.look()
        self.assertEqual(self.runs(), 1)
        self.ago(8)
        self.look()
        self.assertEqual(self.runs(), 2)

    def test_what_did_not_arrive(self):
        self.old_rule()
        self.ago(4)
        self.tracking.state = "bounced"
        self.look()
        self.assertFalse(self.runs())

    def test_another_companys_mails_hold_up_none(self):
        """That of a company that is switched off never becomes a fact."""
        self.patch(base_automation, "BATCH", 1)
        mails = self.env["mail.engagement.tracking"]
        mails.search([("id", "!=", self.tracking.id)]).state = "untracked"  # the demo's
        later = self.send(self.anna)
        self.tracking.company_id = self.env["res.company"].create({"name": "Switched off"})
        self.old_rule()
        self.ago(4)
        self.ago(4, later)
        self.look()
        self.assertEqual(self.env["mail.engagement.fact"].search([]).tracking_id, later)
