"""A tour through each step of the set-up, in the real web client."""

from odoo.tests import HttpCase, tagged

from ..common import EngagementCase


@tagged("post_install", "-at_install")
class TestSetupTours(EngagementCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.company = self.env.company
        self.terms = self.env["mail.engagement.terms"]
        self.permissions = self.env["mail.engagement.permission"]

    def tour(self, name, url="/odoo/settings"):
        self.start_tour(url, f"mail_engagement_setup_{name}", login="admin")
        self.env.invalidate_all()

    def test_terms(self):
        self.terms.withdraw(self.company)
        self.tour("terms")
        last = self.terms._engagement_last(self.company)
        self.assertEqual((last.action, last.user_id.login), ("accept", "admin"))
        self.assertFalse(self.company.engagement_enabled)

    def test_withdraw(self):
        self.tour("withdraw")
        self.assertFalse(self.company.engagement_enabled)
        self.assertEqual(self.terms._engagement_last(self.company).action, "withdraw")

    def test_permission(self):
        self.company.engagement_enabled = False
        # Switching on granted them; nobody has decided in this test.
        self.env.cr.execute("DELETE FROM mail_engagement_permission")
        self.env.invalidate_all()
        self.tour("permission")
        self.assertEqual(self.permissions._engagement_grant_state(self.company), "granted")
        relay = self.env["mail.engagement.relay"].search([("company_id", "=", self.company.id)])
        self.assertEqual(relay.mapped("state"), ["waiting"])

    def test_relay(self):
        """The code, the relay's call, the question, the switch."""
        self.company.engagement_enabled = False
        self.tour("relay")
        self.assertTrue(self.company.engagement_enabled)
        self.assertEqual(self.company._engagement_edge_state(), "answering")
        self.assertEqual(self.company._engagement_base_url(), "https://track.test")
        self.assertEqual(self.permissions._engagement_last(self.company).edge, "relay")

    def test_relay_declined(self):
        """Paired by a host while nobody sat before Odoo."""
        self.company.engagement_enabled = False
        self.permissions.grant(self.company, "odoo")
        relay = self.env["mail.engagement.relay"].create({})
        relay._engagement_pair(relay.pairing_code, "Edge", "1", ["track.test"])
        self.tour("relay_declined")
        self.assertEqual(self.company.engagement_edge, "odoo")
        self.assertEqual((relay.state, relay.is_chosen), ("paired", False))

    def test_configure(self):
        self.company.engagement_enabled = False
        self.permissions.grant(self.company, "odoo")
        self.tour("configure")
        self.assertTrue(self.company.engagement_enabled)
        self.assertEqual(self.company.engagement_excluded_domains, "quiet.test")

    def test_folded(self):
        self.tour("folded")

    def test_try(self):
        inbox = self.start_inbox()
        # Odoo's demo data gives the administrator an address, a database without it does not.
        self.env.ref("base.user_admin").email = "admin@company.test"
        self.tour("try", "/odoo/engagement-test")
        (message,) = inbox.to("admin@company.test")
        self.assertIn("/e/o/", message.get_body(("html",)).get_content())
