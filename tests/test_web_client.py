"""The web client: its unit tests, and tours through the real thing."""

from odoo.tests import HttpCase, tagged

from .common import EngagementCase, observed


@tagged("post_install", "-at_install")
class TestWebClient(EngagementCase, HttpCase):
    def test_unit_tests(self):
        self.browser_js(
            # Quoted: else every test whose name has these letters in this order.
            '/web/tests?headless&preset=desktop&loglevel=2&timeout=30000&filter="@mail_engagement"',
            "",
            "",
            login="admin",
            timeout=180,
            success_signal="[HOOT] Test suite succeeded",
        )

    def test_chip(self):
        self.start_inbox()
        message = self.lead.with_user(self.anna).message_post(
            body=self.markup('<p><a href="https://shop.test/offer">offer</a></p>'),
            partner_ids=self.carla.ids,
            subtype_xmlid="mail.mt_comment",
        )
        tracking = message.engagement_tracking_ids
        observed(tracking, "click")
        observed(tracking, "click", agent="scanner", agent_name="Barracuda")
        self.start_tour(f"/odoo/crm.lead/{self.lead.id}", "mail_engagement_chip", login="anna")
