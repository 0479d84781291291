"""The analysis, the digest's figure, and what the composer says of templates."""

from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

from odoo.tests import new_test_user, tagged

from ..common import EngagementCase, observed

# A Tuesday, 23:30 in UTC, older than what the demo brings.
TUESDAY = datetime.now() + relativedelta(
    days=-107, weekday=1, hour=23, minute=30, second=0, microsecond=0
)


@tagged("post_install", "-at_install")
class TestReport(EngagementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start_inbox()
        cls.team = cls.env["crm.team"].create({"name": "Roofs"})
        cls.lead.team_id = cls.team
        cls.mail = cls.send(cls.lead, cls.anna)
        observed(
            cls.mail,
            "open",
            at=TUESDAY.timestamp(),
            device_type="mobile",
            client="Mail",
            country="FR",
        )

    @classmethod
    def send(cls, lead, user):
        message = lead.with_user(user).message_post(
            body=cls.markup('<p><a href="https://shop.test/offer">offer</a></p>'),
            partner_ids=lead.partner_id.ids,
            subtype_xmlid="mail.mt_comment",
        )
        tracking = message.with_env(cls.env).engagement_tracking_ids
        tracking.sent_at = TUESDAY - timedelta(days=1)
        return tracking

    def lines(self, user, domain=(), zone="UTC"):
        report = self.env["mail.engagement.report"].with_user(user).with_context(tz=zone)
        return report.search([("company_id", "=", self.env.company.id), *domain])

    def mine(self, user=None, **keywords):
        return self.lines(user or self.anna, [("tracking_id", "=", self.mail.id)], **keywords)

    def test_by_whom_with_what_where(self):
        line = self.mine()
        self.assertEqual(len(line), 1)
        self.assertEqual(line.user_id, self.anna)
        self.assertEqual(line.team_id, self.team.with_user(self.anna))
        self.assertEqual(line.device_type, "mobile")
        self.assertEqual(line.country_id.code, "FR")
        self.assertEqual((line.type, line.verdict, line.repeat_count), ("open", "human", 1))
        self.assertEqual(line.action_open_mail()["res_id"], self.mail.id)

    def test_team_of_the_sender_without_an_opportunity(self):
        self.env["crm.team.member"].create({"user_id": self.ben.id, "crm_team_id": self.team.id})
        message = self.chen.with_user(self.ben).message_post(
            body="hello", partner_ids=self.chen.ids, subtype_xmlid="mail.mt_comment"
        )
        mail = message.with_env(self.env).engagement_tracking_ids
        mail.sent_at = TUESDAY - timedelta(days=1)
        observed(mail, "open", at=TUESDAY.timestamp())
        line = self.lines(self.ben, [("tracking_id", "=", mail.id)])
        self.assertEqual(line.team_id, self.team.with_user(self.ben))

    def test_hours_of_the_reader(self):
        for zone, weekday, hour in (
            ("UTC", "2", "23"),
            ("Asia/Tokyo", "3", "08"),
            ("America/Phoenix", "2", "16"),
            ("no/where", "2", "23"),
        ):
            line = self.mine(zone=zone)
            self.assertEqual((line.weekday, line.hour), (weekday, hour), zone)
            self.env.invalidate_all()

    def test_grouped_as_graph_and_pivot_do(self):
        for group in (
            "user_id",
            "team_id",
            "template_id",
            "weekday",
            "hour",
            "country_id",
            "device_type",
            "occurred_at:week",
        ):
            groups = (
                self.env["mail.engagement.report"]
                .with_user(self.anna)
                .formatted_read_group(
                    [("tracking_id", "=", self.mail.id)], [group], ["repeat_count:sum"]
                )
            )
            self.assertEqual([found["repeat_count:sum"] for found in groups], [1], group)

    def test_who_sees_what(self):
        """Salespeople what they may read, managers all, others nothing."""
        self.assertFalse(self.mine(self.ben))
        self.assertTrue(self.mine(self.manager))
        clerk = new_test_user(self.env, "clerk", groups="base.group_user")
        self.assertFalse(self.env["mail.engagement.report"].with_user(clerk).has_access("read"))

    def test_machines_only_where_asked_for(self):
        observed(self.mail, "click", agent="scanner", agent_name="Barracuda")
        self.assertEqual(set(self.mine().mapped("verdict")), {"human", "machine"})
        action = self.env.ref("mail_engagement.mail_engagement_report_action")
        self.assertIn("search_default_people", action.context)

    def test_digest(self):
        """A mail counts once, for its sender and managers, in the period of its events."""
        observed(self.mail, "click", at=TUESDAY.timestamp() + 60)
        digest = self.env["digest.digest"].create(
            {"name": "Weekly", "periodicity": "weekly", "kpi_engagement_mail": True}
        )
        digest = digest.with_context(
            start_datetime=TUESDAY - timedelta(days=1), end_datetime=TUESDAY + timedelta(days=6)
        )
        for user, count in ((self.anna, 1), (self.ben, 0), (self.manager, 1)):
            digest.invalidate_recordset(["kpi_engagement_mail_value"])
            self.assertEqual(digest.with_user(user).kpi_engagement_mail_value, count, user.name)
        later = digest.with_context(
            start_datetime=TUESDAY + timedelta(days=6), end_datetime=TUESDAY + timedelta(days=13)
        )
        later.invalidate_recordset(["kpi_engagement_mail_value"])
        self.assertEqual(later.with_user(self.anna).kpi_engagement_mail_value, 0)

    def test_digest_says_of_what_its_rate_is_one(self):
        digest = self.env["digest.digest"].create(
            {"name": "Weekly", "periodicity": "weekly", "kpi_engagement_open": True}
        )

        def shown(user):
            digest.invalidate_recordset()
            [kpi] = [
                kpi
                for kpi in digest._compute_kpis(self.env.company, user)
                if kpi["kpi_name"] == "kpi_engagement_open"
            ]
            columns = [kpi[f"kpi_col{number}"] for number in (1, 2, 3)]
            return [(one["value"], one["col_subtitle"].partition(": ")[2]) for one in columns]

        none = ("–", "of 0")
        self.assertEqual(shown(self.anna), [none] * 3, "the mail is older")
        self.mail.sent_at = datetime.now() - timedelta(days=3)
        self.assertEqual(shown(self.anna), [none, *[("20–100 %", "of 1")] * 2])
        self.assertEqual(shown(self.ben), [none] * 3, "a mail that he may not read")
        self.mail.write({"open_count": 0, "private_count": 1})
        self.assertEqual(shown(self.anna), [none] * 3, "Apple's proxy")

    def test_digest_as_it_is_sent(self):
        digest = self.env["digest.digest"].create(
            {"name": "Weekly", "periodicity": "weekly", "kpi_engagement_mail": True}
        )
        names = [kpi["kpi_name"] for kpi in digest._compute_kpis(self.env.company, self.anna)]
        self.assertIn("kpi_engagement_mail", names)
        clerk = new_test_user(self.env, "clerk", groups="base.group_user")
        names = [kpi["kpi_name"] for kpi in digest._compute_kpis(self.env.company, clerk)]
        self.assertNotIn("kpi_engagement_mail", names)


@tagged("post_install", "-at_install")
class TestTemplates(EngagementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        model = cls.env["ir.model"]._get("res.partner")
        cls.good, cls.usual, cls.lucky, cls.unused = cls.env["mail.template"].create(
            [
                {"name": name, "model_id": model.id, "subject": name}
                for name in ("Good", "Usual", "Lucky", "Unused")
            ]
        )
        for template, sent, answered in (
            (cls.good, 20, 12),
            (cls.usual, 40, 4),
            (cls.lucky, 1, 1),
        ):
            cls.env["mail.engagement.tracking"].create(
                [
                    {
                        "uid": f"{template.id:08x}{n:012x}",
                        "template_id": template.id,
                        "company_id": cls.env.company.id,
                        "open_count": 1,
                        "click_count": 0,
                        "attachment_open_count": 0,
                        "reply_count": int(n < answered),
                        # Machines do not make a template any better.
                        "machine_count": 5,
                    }
                    for n in range(sent)
                ]
            )

    def test_rates_and_recommendation(self):
        good = self.good.with_user(self.anna)
        self.assertEqual(good.engagement_sent, 20)
        self.assertEqual(good.engagement_open_rate, 1)
        self.assertEqual(good.engagement_reply_rate, 0.6)
        self.assertTrue(good.engagement_is_recommended)
        for template in (self.usual, self.lucky, self.unused):
            self.assertFalse(template.with_user(self.anna).engagement_is_recommended, template.name)

    def test_in_the_composer(self):
        templates = (self.good | self.lucky | self.unused).with_user(self.anna)
        rates = templates.engagement_rates()
        self.assertEqual(set(rates), {self.good.id, self.lucky.id})
        self.assertTrue(rates[self.good.id]["is_recommended"])
        self.assertEqual(
            rates[self.good.id]["text"],
            "20 sent · opened: 83–100 % of 20 measurable · answered: 38–79 % of 20",
        )
        self.assertFalse(rates[self.lucky.id]["is_recommended"])
        clerk = new_test_user(self.env, "clerk", groups="base.group_user")
        self.assertEqual(self.good.with_user(clerk).engagement_rates(), {})

    def test_a_rate_is_one_of_what_can_be_seen(self):
        """Refused, Apple's, pictures off and what came back is in no open rate."""
        mails = self.env["mail.engagement.tracking"].search([("template_id", "=", self.usual.id)])
        mails[:10].write({"open_count": 0, "opens_hidden": "refused", "state": "untracked"})
        mails[10:15].write({"open_count": 0, "private_count": 2})
        mails[15:17].write({"open_count": 0, "click_count": 1})
        mails[17:18].write({"open_count": 0, "reply_count": 0, "state": "bounced"})
        mails[18:24].open_count = 0
        mails[39:].state = "failed"
        usual = self.usual.with_user(self.anna)
        self.assertEqual((usual.engagement_sent, usual.engagement_measurable), (39, 21))
        self.assertEqual(usual.engagement_open_rate, 15 / 21)
        self.assertEqual(usual.engagement_open_text, "50–87 % of 21 measurable")
        # Answers need neither picture nor link: of all that somebody got.
        self.assertIn("% of 38", usual.engagement_reply_text)
        mails.write({"opens_hidden": "off", "open_count": 0})
        usual.invalidate_recordset()
        self.assertEqual(usual.engagement_open_text, "nothing measurable")
        self.assertEqual(usual.engagement_open_rate, 0)

    def test_recommended_are_found(self):
        templates = self.env["mail.template"].with_user(self.anna)
        mine = [("model", "=", "res.partner")]
        found = templates.search([*mine, ("engagement_is_recommended", "=", True)])
        self.assertIn(self.good.id, found.ids)
        self.assertNotIn(self.lucky.id, found.ids)
        rest = templates.search([*mine, ("engagement_is_recommended", "=", False)])
        self.assertIn(self.lucky.id, rest.ids)
        self.assertNotIn(self.good.id, rest.ids)
