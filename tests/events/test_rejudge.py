"""Judging again, after rules or knowledge changed."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.events import mail_engagement_rejudge
from .test_verdicts import OFFICE, VerdictCase


@tagged("post_install", "-at_install")
class TestRejudge(VerdictCase):
    def setUp(self):
        super().setUp()
        self.runs = self.env["mail.engagement.rejudge"]
        self.event = self.see(ip=OFFICE)
        self.private = self.see(t=4000, ip=OFFICE, policy=2)
        self.private.write({"ip": False, "user_agent": False})
        self.env["mail.engagement.knowledge"].create(
            {"kind": "network", "match": "93.184.216.0/24", "name": "Our gateway"}
        )

    def _run(self):
        while self.runs._engagement_rejudge_batch(self.env.registry):
            pass

    def test_new_knowledge_reaches_the_past(self):
        self.assertEqual(self.tracking.open_count, 2)
        action = self.runs.action_start()
        run = self.runs.browse(action["res_id"])
        self.assertEqual((run.state, run.done), ("running", 0))
        self._run()
        self.assertEqual((run.state, run.progress), ("done", 100))
        self.assertTrue(run.ended_at)
        self.assertEqual((self.event.verdict, self.event.reason), ("machine", "scanner_network"))
        self.assertEqual((self.event.network_name, run.changed), ("Our gateway", 1))
        self.assertEqual(self.tracking.open_count, 1)

    def test_without_address_and_agent_the_verdict_stays(self):
        self.runs.action_start()
        self.env.company.engagement_open_window = 100_000
        self._run()
        self.assertEqual(self.private.verdict, "human")

    def test_a_forgotten_mail_keeps_its_verdicts(self):
        """What belonged together cannot be told any more."""
        clicks = [self.see("click", t=71 + n, ip="20.50.7.9", link=n) for n in range(3)]
        self.assertEqual({click.reason for click in clicks}, {"burst"})
        self.tracking.write({"partner_id": False, "email_normalized": False, "is_anonymous": True})
        self.runs.action_start()
        self._run()
        self.see(t=9000)
        self.assertEqual({click.verdict for click in clicks}, {"machine"})
        self.assertEqual(self.tracking.click_count, 0)

    def test_a_correction_stays(self):
        self.event.with_user(self.anna).engagement_correct("self")
        self.runs.action_start()
        self._run()
        self.assertEqual((self.event.verdict, self.event.verdict_by), ("self", "user"))

    def test_an_assistant_that_signed_its_request_stays_one(self):
        """Its agent is a browser's, and what it signed is not kept."""
        event = self.see(signer="chatgpt.com")
        self.assertEqual((event.verdict, event.reason), ("machine", "assistant"))
        self.runs.action_start()
        self._run()
        self.assertEqual((event.verdict, event.agent_name), ("machine", "chatgpt.com"))

    def test_nobody_is_alerted(self):
        told = []
        trackings = type(self.env["mail.engagement.tracking"])
        with patch.object(
            trackings, "_engagement_after_events", lambda *args: told.append(args), create=True
        ):
            self.runs.action_start()
            self._run()
        self.assertFalse(told)

    def _more_mails(self, count):
        for number in range(count):
            partner = self.env["res.partner"].create(
                {"name": f"C{number}", "email": f"c{number}@customer.test"}
            )
            message = self.lead.with_user(self.anna).message_post(
                body=self.markup("<p>Hello</p>"),
                partner_ids=partner.ids,
                subtype_xmlid="mail.mt_comment",
            )
            tracking = message.with_env(self.env).engagement_tracking_ids
            sent_at = int(tracking.sent_at.timestamp())
            self.tracking, self.sent_at = tracking, sent_at
            yield self.see(ip=OFFICE, network="", network_name="", agent_name="")

    def test_stopped_and_continued_in_batches(self):
        events = [self.event, *self._more_mails(4)]
        for event in events[1:]:
            event.write({"verdict": "human", "reason": "browser", "network_class": False})
        self.startPatcher(patch.object(mail_engagement_rejudge, "BATCH", 2))
        run = self.runs.browse(self.runs.action_start()["res_id"])
        self.runs._engagement_count_mails()
        total = run.total
        self.assertGreaterEqual(total, 5)
        self.runs._engagement_rejudge_batch(self.env.registry)
        self.assertEqual(run.done, 2)
        run.action_stop()
        self.assertEqual(self.runs._engagement_rejudge_batch(self.env.registry), 0)
        self.assertEqual((run.state, run.done), ("stopped", 2), "nothing more is done")
        run.action_continue()
        self._run()
        self.assertEqual((run.state, run.done), ("done", total))
        self.assertEqual({event.verdict for event in events}, {"machine"})

    def test_killed_within_a_batch(self):
        """The batch is undone as a whole, and done again."""
        run = self.runs.browse(self.runs.action_start()["res_id"])
        trackings = type(self.env["mail.engagement.tracking"])
        with (
            patch.object(trackings, "_engagement_recount", side_effect=MemoryError),
            self.assertRaises(MemoryError),
            self.cr.savepoint(),
        ):
            self.runs._engagement_rejudge_batch(self.env.registry)
        self.env.invalidate_all()
        self.assertEqual((run.state, run.done, self.event.verdict), ("running", 0, "human"))
        self._run()
        self.assertEqual(self.event.verdict, "machine")

    def test_one_at_a_time(self):
        self.runs.action_start()
        with self.assertRaises(UserError):
            self.runs.action_start()

    def test_the_cron_works(self):
        run = self.runs.browse(self.runs.action_start()["res_id"])
        with self.enter_registry_test_mode():
            self.env.ref("mail_engagement.ir_cron_rejudge").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(run.state, "done")

    def test_started_from_the_list_of_runs(self):
        action = self.env.ref("mail_engagement.mail_engagement_rejudge_start_action")
        self.assertIn(f'name="{action.id}"', self.runs.get_view(view_type="list")["arch"])
        opened = action.run()
        self.assertEqual(self.runs.browse(opened["res_id"]).state, "running")

    def test_administrators_only(self):
        for user in (self.anna, self.manager):
            with self.assertRaises(AccessError):
                self.runs.with_user(user).action_start()
