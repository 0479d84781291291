"""Others act on each fact, once, whatever else fails."""

from odoo.tests import BaseCase, tagged

from ...models.facts.mail_engagement_fact import DELAYS
from ..common import OwnTransaction
from .test_facts import LOST, FactCase


class WorkedOffCase(FactCase):
    def setUp(self):
        super().setUp()
        self.acted = []
        self.broken = self.fact.browse()

        def act(fact):
            self.acted.append(fact.id)
            fact.tracking_id.subject = "Acted on"
            if fact in self.broken:
                raise KeyError(self.carla.email)

        self.patch(self.env.registry[self.fact._name], "_engagement_act", act)

    def work(self):
        """Have the scheduled action work off what waits."""
        with self.enter_registry_test_mode():
            self.env.ref("mail_engagement.ir_cron_fact").method_direct_trigger()
        self.env.invalidate_all()

    def later(self):
        """Make it time for the next attempt."""
        self.env.cr.execute("UPDATE mail_engagement_fact SET act_at = act_at - INTERVAL '1 day'")
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestFactsWorkedOff(WorkedOffCase):
    def setUp(self):
        super().setUp()
        self.mails = [self.send(self.anna) for _ in range(3)]
        self.facts_ = self.fact.union(
            *(self.fact._engagement_add("bounce", mail) for mail in self.mails)
        )

    def test_soon(self):
        triggers = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref("mail_engagement.ir_cron_fact").id)]
        )
        self.assertTrue(triggers)

    def test_each_once_in_the_order_of_what_happened(self):
        self.work()
        self.work()
        self.assertEqual(self.acted, self.facts_.sorted("id").ids)
        self.assertEqual(self.facts_.mapped("is_done"), [True] * 3)

    def test_one_that_fails(self):
        self.broken = self.facts_.sorted("id")[0]
        with self.assertLogs(LOST, "WARNING") as logs:
            self.work()
        self.assertEqual(len(self.acted), 3)
        self.assertEqual(self.facts_.sorted("id").mapped("is_done"), [False, True, True])
        self.assertEqual(self.broken.failure, "KeyError: '…'")
        self.assertNotIn("carla@", "".join(logs.output))
        self.assertEqual(self.broken.tracking_id.subject, "Your offer", "what was done is undone")
        # Not yet time for it.
        self.work()
        self.assertEqual(len(self.acted), 3)
        self.later()
        broken, self.broken = self.broken, self.fact.browse()
        self.work()
        self.assertEqual((broken.is_done, broken.failure), (True, False))
        self.assertEqual(broken.tracking_id.subject, "Acted on")

    def test_one_that_never_works_is_given_up(self):
        self.broken = self.facts_[0]
        for _attempt in range(len(DELAYS) + 3):
            with self.assertLogs(LOST, "WARNING") if not self.broken.is_done else self.subTest():
                self.work()
            self.later()
        self.assertEqual(self.acted.count(self.broken.id), len(DELAYS) + 1)
        self.assertTrue(self.broken.is_done)
        self.assertTrue(self.broken.failure)


@tagged("post_install", "-at_install")
class TestFactsAtOnce(BaseCase):
    """Two workers, two real transactions; it takes away again what it commits."""

    def setUp(self):
        super().setUp()
        with OwnTransaction() as env:
            self.tracking = (
                env["mail.engagement.tracking"]
                .create({"uid": "facts-at-once", "company_id": env.ref("base.main_company").id})
                .id
            )
            self.ids = (
                env["mail.engagement.fact"]
                .create(
                    [
                        {
                            "uid": f"{key:032x}",
                            "kind": "unanswered",
                            "key": str(key),
                            "tracking_id": self.tracking,
                            "company_id": env.ref("base.main_company").id,
                            "happened_at": "2026-01-01",
                            "act_at": "2020-01-01",
                        }
                        for key in range(2)
                    ]
                )
                .ids
            )
        self.addCleanup(self._clean)

    def _clean(self):
        with OwnTransaction() as env:
            env["mail.engagement.tracking"].browse(self.tracking).unlink()

    def test_neither_waits_nor_takes_the_others(self):
        with OwnTransaction() as first, OwnTransaction() as second:
            # Both have their snapshot before either of them has written.
            first.cr.execute("SELECT 1")
            second.cr.execute("SELECT 1")
            one = first["mail.engagement.fact"]._engagement_take()
            two = second["mail.engagement.fact"]._engagement_take()
            self.assertEqual({one.id, two.id}, set(self.ids))
            one.write({"is_done": True})
            one.env.cr.commit()
            two.env.cr.rollback()
            self.assertEqual(second["mail.engagement.fact"]._engagement_take().id, two.id)

    def test_a_worker_that_looked_before_the_other_was_done(self):
        with OwnTransaction() as late:
            late.cr.execute("SELECT 1")
            with OwnTransaction() as early:
                for _ in self.ids:
                    early["mail.engagement.fact"]._engagement_take().write({"is_done": True})
                    early.flush_all()
            with self.assertLogs(LOST):
                left = late["mail.engagement.fact"]._engagement_take()
            self.assertFalse(left)
