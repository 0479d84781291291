"""Somebody knows better than the rules."""

import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_verdicts import VerdictCase


@tagged("post_install", "-at_install")
class TestCorrections(VerdictCase):
    def setUp(self):
        super().setUp()
        self.event = self.see(t=70)
        self.as_anna = self.event.with_user(self.anna)

    def test_not_a_person(self):
        self.assertEqual((self.tracking.open_count, self.tracking.state), (1, "opened"))
        self.as_anna.engagement_correct("machine")
        self.assertEqual((self.event.verdict, self.event.verdict_by), ("machine", "user"))
        self.assertEqual(
            (self.tracking.open_count, self.tracking.machine_count, self.tracking.state),
            (0, 1, "sent"),
        )
        self.assertFalse(self.tracking.first_open_at)

    def test_that_was_a_person(self):
        machine = self.see(t=2, ip="20.50.7.9")
        machine.with_user(self.anna).engagement_correct("human")
        self.assertEqual(self.tracking.open_count, 2)

    def test_that_was_me(self):
        self.as_anna.engagement_correct("self")
        self.assertEqual(self.event.verdict, "self")
        self.assertEqual((self.tracking.open_count, self.tracking.machine_count), (0, 0))

    def test_clicks_of_the_link_follow(self):
        click = self.see("click", t=90)
        link = click.link_id
        self.assertEqual((self.tracking.click_count, link.click_count), (1, 1))
        click.with_user(self.anna).engagement_correct("machine")
        self.assertEqual((self.tracking.click_count, link.click_count), (0, 0))

    def test_who_when_and_what_the_rule_had_said(self):
        self.as_anna.engagement_correct("machine")
        correction = self.event.correction_id
        self.assertEqual(
            (correction.user_id, correction.verdict_before, correction.verdict, correction.reason),
            (self.anna, "human", "machine", "browser"),
        )
        self.assertTrue(correction.date)
        self.assertIn("anna", self.as_anna.reason_text)

    def test_undo(self):
        self.as_anna.engagement_correct("machine")
        correction = self.event.correction_id
        self.as_anna.engagement_undo_correction()
        self.assertEqual(
            (self.event.verdict, self.event.verdict_by, self.event.reason),
            ("human", "rule", "browser"),
        )
        self.assertEqual(self.tracking.open_count, 1)
        self.assertFalse(self.event.correction_id)
        self.assertTrue(correction.undone_at, "kept, and marked")
        self.assertEqual(correction.undone_by_id, self.anna)

    def test_corrected_twice(self):
        """The second takes the first's place; both say what the rule had said."""
        self.as_anna.engagement_correct("machine")
        first = self.event.correction_id
        self.as_anna.engagement_correct("self")
        second = self.event.correction_id
        self.assertTrue(first.undone_at)
        self.assertEqual((second.verdict_before, second.reason), ("human", "browser"))
        self.as_anna.engagement_correct("self")
        self.assertEqual(self.event.correction_id, second, "the same again is nothing new")

    def test_stands_above_later_evidence(self):
        self.as_anna.engagement_correct("machine")
        self.see(t=4000)
        self.assertEqual((self.event.verdict, self.event.verdict_by), ("machine", "user"))

    def test_only_those_who_may_read_the_mail(self):
        for method in (
            lambda event: event.engagement_correct("machine"),
            lambda event: event.engagement_undo_correction(),
        ):
            with self.assertRaises(AccessError):
                method(self.event.with_user(self.ben))
        self.assertEqual(self.event.verdict, "human")
        self.event.with_user(self.manager).engagement_correct("machine")
        self.assertEqual(self.event.verdict, "machine")

    def test_nothing_else_may_be_written(self):
        with self.assertRaises(UserError):
            self.as_anna.engagement_correct("unknown")
        with self.assertRaises(AccessError):
            self.as_anna.write({"verdict": "machine"})

    def test_the_authors_client_is_told(self):
        self.env.cr.precommit.run()
        bus = self.env["bus.bus"]
        before = bus.search([], order="id desc", limit=1).id or 0
        self.as_anna.engagement_correct("machine")
        self.env.cr.precommit.run()
        sent = bus.search([("id", ">", before)])
        counts = {
            shown["engagement"]["open_count"]
            for row in sent
            for shown in json.loads(row.message)["payload"].get("mail.message", [])
        }
        self.assertEqual(counts, {0})

    def test_managers_report(self):
        """What was corrected most, by rule and by network."""
        for number in range(3):
            event = self.see(t=2, ip="20.50.7.9", agent=f"Mozilla/5.0 Firefox/13{number}.0")
            event.with_user(self.anna).engagement_correct("human")
        self.as_anna.engagement_correct("machine")
        self.as_anna.engagement_undo_correction()
        corrections = self.env["mail.engagement.correction"].with_user(self.manager)
        groups = corrections._read_group(
            [("undone_at", "=", False)], ["reason", "network_name"], ["__count"]
        )
        self.assertIn(("early", "Microsoft Azure", 3), groups)
        self.assertNotIn("browser", [reason for reason, *_rest in groups])
        words = dict(corrections.fields_get(["reason"])["reason"]["selection"])
        self.assertEqual(words["early"], "From …, … s after sending")
        self.assertFalse(corrections.with_user(self.anna).has_access("read"))
        action = self.env["ir.actions.actions"]._for_xml_id(
            "mail_engagement.mail_engagement_correction_action"
        )
        for mode in action["view_mode"].split(","):
            corrections.get_view(view_type=mode)

    def test_time_line_offers_what_can_be_said(self):
        timeline = self.message.with_user(self.anna).engagement_timeline
        [line] = timeline()[0]["events"]
        self.assertEqual([action["verdict"] for action in line["actions"]], ["machine", "self"])
        self.as_anna.engagement_correct("machine")
        [line] = timeline()[0]["events"]
        self.assertEqual(line["verdict_by"], "user")
        self.assertIn("anna", line["reason"])
        self.assertEqual([action["verdict"] for action in line["actions"]], ["human", "self"])
