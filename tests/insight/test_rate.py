"""The report of rates: of what each is one, and at which domains machines visit."""

import random

from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ...models.insight.mail_engagement_rate import HIGH, LOW, interval_sql
from ...tools.wilson import interval
from ..common import EngagementCase, any_mail, observed

CASES = 400
DOMAINS = ("customer.test", "other.test")
# Each rate with its counts.
RATES = {
    "open_rate": ("opened", "open_measurable"),
    "click_rate": ("clicked", "click_measurable"),
    "reply_rate": ("replied", "reply_measurable"),
}
COUNTS = ("sent", *(name for pair in RATES.values() for name in pair))
VISITS = ("people", "machines", "unknowns", "visits")


@tagged("post_install", "-at_install")
class TestRates(EngagementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        dice = random.Random(5)
        cls.mails = cls.env["mail.engagement.tracking"].create(
            [
                {
                    **any_mail(dice, n, cls.env.company),
                    "author_id": cls.anna.partner_id.id,
                    "sent_at": "2026-01-01 10:00:00",
                    "email_normalized": f"c{n}@{dice.choice(DOMAINS)}",
                    "unknown_count": 2,
                    "machine_count": dice.choice((0, 3)),
                }
                for n in range(CASES)
            ]
        )

    def _group(self, by, aggregates, user=None):
        rates = self.env["mail.engagement.rate"].with_user(user or self.anna)
        return rates._read_group([("tracking_id", "in", self.mails.ids)], by, aggregates)

    def _sums(self, user=None):
        [counts] = self._group([], [f"{name}:sum" for name in COUNTS], user)
        return dict(zip(COUNTS, counts, strict=True))

    def test_what_is_counted_is_among_what_can_be_seen(self):
        sums = self._sums()
        self.assertEqual(sums["sent"], len(self.mails.filtered(lambda it: it.state != "failed")))
        for hits, trials in RATES.values():
            self.assertLess(0, sums[hits])
            self.assertLessEqual(sums[hits], sums[trials])
            self.assertLess(sums[trials], sums["sent"])
        for line in self.env["mail.engagement.rate"].search([]):
            for hits, trials in RATES.values():
                self.assertLessEqual(line[hits], line[trials])
                self.assertLessEqual(line[trials], line.sent)

    def test_reasons_and_the_measurable_are_all_that_was_sent(self):
        sums = self._sums()
        groups = self._group(["opens_unseen"], ["sent:sum", "open_measurable:sum"])
        self.assertEqual(sum(sent for _why, sent, _seen in groups), sums["sent"])
        without = {why: sent for why, sent, _seen in groups if why}
        self.assertEqual(sum(without.values()) + sums["open_measurable"], sums["sent"])
        self.assertGreater(len(without), 8)
        for why, sent, seen in groups:
            self.assertEqual(seen, 0 if why else sent, why)

    def test_a_groups_rate_is_that_of_its_mails(self):
        for rate, (hits, trials) in RATES.items():
            names = [f"{rate}:avg", f"{rate}_low:avg", f"{rate}_high:avg"]
            for _domain, share, low, high, hit, tried in self._group(
                ["domain"], [*names, f"{hits}:sum", f"{trials}:sum"]
            ):
                self.assertAlmostEqual(share, hit / tried)
                for bound, expected in zip((low, high), interval(hit, tried), strict=True):
                    self.assertAlmostEqual(bound, expected)

    def test_a_group_without_anything_measurable_has_no_rate(self):
        self.mails.write({"opens_hidden": "off", "open_count": 0})
        [values] = self._group([], ["open_rate:avg", "open_rate_low:avg"])
        self.assertFalse(any(values))

    def test_bounds_in_sql(self):
        for trials in (0, 1, 7, 40, 2000):
            for successes in {0, trials // 3, trials}:
                found = [
                    self.env.execute_query(
                        SQL("SELECT %s", interval_sql(SQL("%s", successes), SQL("%s", trials), it))
                    )[0][0]
                    for it in (LOW, HIGH)
                ]
                expected = interval(successes, trials)
                if expected is None:
                    self.assertEqual(found, [None, None])
                    continue
                for one, other in zip(found, expected, strict=True):
                    self.assertAlmostEqual(one, other)

    def test_as_graph_and_pivot_group(self):
        rates = self.env["mail.engagement.rate"].with_user(self.anna)
        for by in ("user_id", "team_id", "template_id", "domain", "gateway", "sent_at:week"):
            groups = rates.formatted_read_group(
                [("tracking_id", "in", self.mails.ids)],
                [by],
                ["open_rate:avg", "machine_share:avg", "sent:sum"],
            )
            self.assertEqual(sum(group["sent:sum"] for group in groups), self._sums()["sent"], by)

    def test_who_sees_what(self):
        """Salespeople what they may read, managers all, others nothing."""
        self.assertTrue(self._sums(self.manager)["sent"])
        self.assertFalse(self._sums(self.ben)["sent"])
        clerk = new_test_user(self.env, "clerk", groups="base.group_user")
        self.assertFalse(self.env["mail.engagement.rate"].with_user(clerk).has_access("read"))
        other = self.env["res.company"].create({"name": "Other"})
        self.mails.company_id = other
        self.env.flush_all()
        self.assertFalse(self._sums(self.manager)["sent"], "another company's")

    def test_machines_by_domain(self):
        shown = self.mails.filtered(lambda it: it.state != "failed")
        for domain, share, *visits in self._group(
            ["domain"], ["machine_share:avg", *(f"{name}:sum" for name in VISITS)]
        ):
            mine = shown.filtered(lambda it, to=domain: it.email_normalized.endswith(f"@{to}"))
            self.assertIn(domain, DOMAINS)
            people, machines, unknowns, every = visits
            self.assertEqual(machines, sum(mine.mapped("machine_count")))
            self.assertEqual(unknowns, 2 * len(mine))
            self.assertEqual(people + machines + unknowns, every)
            self.assertAlmostEqual(share, machines / every)

    def test_nobodys_domain(self):
        """All recipients together, and several with one copy, stand for no domain."""
        mail = self.mails[0]
        mail.write({"state": "sent", "email_normalized": False, "is_anonymous": True})
        line = self.env["mail.engagement.rate"].browse(mail.id)
        self.assertFalse(line.domain)
        mail.write({"email_normalized": "a@a.test, b@b.test", "is_shared": True})
        line.invalidate_recordset()
        self.assertFalse(line.domain)

    def test_the_machines_name(self):
        mail = self.mails[0]
        mail.write({"state": "sent", "is_anonymous": False, "rfc_message_id": "<1@seller.test>"})
        line = self.env["mail.engagement.rate"].browse(mail.id)
        self.assertFalse(line.gateway)
        observed(mail, "open", client="Mail")
        observed(
            mail,
            "open",
            agent="browser",
            network="scanner",
            network_name="Microsoft Exchange Online",
        )
        self.assertEqual(line.gateway, "Microsoft Exchange Online")
        self.assertEqual(line.action_open_mail()["res_id"], mail.id)
