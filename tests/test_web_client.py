"""The web client: its unit tests, and tours through the real thing."""

from odoo.tests import HttpCase, tagged

from .common import EngagementCase, observed


class UnitTests(EngagementCase, HttpCase):
    def run_unit_tests(self, preset):
        # In quotes: as it stands, not somewhere in the letters of Odoo's own tests.
        self.browser_js(
            f"/web/tests?headless&preset={preset}&loglevel=2&timeout=30000"
            "&filter=%22@mail_engagement%22",
            "",
            "",
            login="admin",
            timeout=180,
            success_signal="[HOOT] Test suite succeeded",
        )


@tagged("post_install", "-at_install")
class TestPhone(UnitTests):
    browser_size = "390x844"
    touch_enabled = True

    def test_unit_tests(self):
        self.run_unit_tests("mobile")


@tagged("post_install", "-at_install")
class TestWebClient(UnitTests):
    def test_unit_tests(self):
        self.run_unit_tests("desktop")

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
