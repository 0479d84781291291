"""Contacts, opportunities, reports and templates in a real browser, and the newcomers' tour."""

from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from ..common import EngagementCase, observed


@tagged("post_install", "-at_install")
class TestRecordTours(EngagementCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start_inbox()
        # Their own pipeline only.
        cls.quiet = cls.env["crm.lead"].create(
            {
                "name": "Quiet",
                "partner_id": cls.chen.id,
                "user_id": cls.anna.id,
                "type": "opportunity",
            }
        )

    def send(self, count=1):
        """Send mails from the lead; the last one is opened."""
        messages = self.env["mail.message"]
        for _number in range(count):
            messages |= self.lead.with_user(self.anna).message_post(
                body=self.markup("<p>hello</p>"),
                partner_ids=self.carla.ids,
                subtype_xmlid="mail.mt_comment",
                subject="About the roof",
            )
        tracking = messages.with_env(self.env).engagement_tracking_ids.sorted("id")[-1]
        tracking.sent_at -= timedelta(hours=2)
        return observed(tracking, "open", at=fields.Datetime.now().timestamp() - 3600)

    def test_record(self):
        self.send(12)
        self.start_tour(
            "/odoo/action-crm.crm_lead_action_pipeline?view_type=list",
            "mail_engagement_record",
            login="anna",
        )

    def test_kanban(self):
        self.quiet.priority = "3"
        self.send()
        self.start_tour(
            "/odoo/action-crm.crm_lead_action_pipeline?view_type=kanban",
            "mail_engagement_kanban",
            login="anna",
        )

    def test_report(self):
        self.send()
        self.start_tour(
            "/odoo/action-mail_engagement.mail_engagement_report_action",
            "mail_engagement_report",
            login="anna",
        )

    def test_template(self):
        templates = self.env["mail.template"].create(
            [
                {
                    "name": name,
                    "model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "subject": name,
                    "body_html": "<p>Shall we start?</p>",
                }
                for name in ("Short offer", "Long story")
            ]
        )
        self.env["mail.engagement.tracking"].create(
            [
                {
                    "uid": f"{template.id:08x}{n:012x}",
                    "template_id": template.id,
                    "company_id": self.env.company.id,
                    "open_count": 1,
                    "reply_count": int(n < answered),
                }
                for template, answered in zip(templates, (18, 2), strict=True)
                for n in range(30)
            ]
        )
        self.start_tour(f"/odoo/crm.lead/{self.lead.id}", "mail_engagement_template", login="anna")

    def test_newcomer(self):
        self.quiet.unlink()
        self.lead.message_subscribe(self.carla.ids)
        self.start_tour("/odoo", "mail_engagement_welcome", login="anna")
        self.assertTrue(self.lead.message_ids.engagement_tracking_ids)
