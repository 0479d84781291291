"""Who answers the recipients is one decision, whatever is done first."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..common_relay import RelayCase

QUESTION = "Shall Edge at https://track.test answer the recipients from now on?"


@tagged("post_install", "-at_install")
class TestRelayChoice(RelayCase):
    def setUp(self):
        super().setUp()
        self.permissions = self.env["mail.engagement.permission"]
        self.company = self.env["res.company"].create({"name": "Second"})
        self.env.user.company_ids |= self.company
        self.env["mail.engagement.terms"].accept(self.company)

    def relay_pairs(self, host="track.test", company=None):
        """The relay's host calls, while nobody sits before Odoo."""
        company = company or self.company
        relay = self.env["mail.engagement.relay"].create({"company_id": company.id})
        answer = self.pair(relay.pairing_code, hosts=[host])
        self.assertEqual(answer.status_code, 200)
        return relay

    def page(self):
        """The page that asks."""
        wizard = self.env["mail.engagement.permission.wizard"]
        return wizard.create({"company_id": self.company.id})

    def step(self, code="permission"):
        return next(it for it in self.company.engagement_setup_steps() if it["code"] == code)

    def is_ready(self):
        settings = self.env["res.config.settings"].with_company(self.company)
        return settings.create({}).engagement_is_ready

    def assertAsked(self, relay):
        self.assertEqual(self.company.engagement_offered_relay_id, relay)
        self.assertEqual(self.step()["state"], "attention")
        self.assertEqual(self.step()["text"], QUESTION)
        self.assertEqual(self.step()["buttons"][0]["label"], "Answer")
        self.assertFalse(self.is_ready(), "nobody switches it on by the page without an answer")
        page = self.page()
        self.assertEqual((page.state, page.edge, page.question), ("offered", "relay", QUESTION))
        return page

    def assertSettled(self, edge):
        """Edge, permissions and set-up say the same, and nothing is asked any more."""
        self.assertEqual(self.company.engagement_edge, edge)
        self.assertEqual(self.permissions._engagement_last(self.company).edge, edge)
        self.assertEqual(self.step()["state"], "done", self.step()["text"])
        self.assertTrue(self.is_ready())
        self.assertEqual(self.page().state, "granted")

    def test_pair_then_yes_then_switch_on(self):
        relay = self.relay_pairs()
        page = self.assertAsked(relay)
        self.assertIn("What the relay may not do", page.text)
        page.action_choose()
        self.assertEqual((page.state, page.relay_name), ("granted", "Edge"))
        self.assertSettled("relay")
        self.company.engagement_enabled = True
        self.assertEqual(self.company._engagement_edge_state(), "answering")
        self.assertEqual(self.company._engagement_base_url(), "https://track.test")
        self.assertSettled("relay")

    def test_pair_then_no_then_switch_on(self):
        relay = self.relay_pairs()
        page = self.assertAsked(relay)
        page.action_decline()
        # Nobody has granted anything yet, so that comes next: to Odoo itself.
        self.assertEqual((page.state, page.edge), ("ask", "odoo"))
        page.action_accept()
        self.assertSettled("odoo")
        self.company.engagement_enabled = True
        self.assertSettled("odoo")
        self.assertEqual(relay.state, "paired")
        self.assertFalse(relay.is_chosen)

    def test_pair_then_switch_on_by_another_way_than_the_page(self):
        """By RPC, or from a page that was opened before: it answers, and the question stays."""
        relay = self.relay_pairs()
        self.company.engagement_enabled = True
        self.assertEqual(self.company._engagement_edge_state(), "answering")
        page = self.assertAsked(relay)
        page.action_decline()
        self.assertEqual(self.company.engagement_edge, "odoo")

    def test_switched_on_with_odoo_itself_then_pair(self):
        for answer, edge in (("action_decline", "odoo"), ("action_choose", "relay")):
            with self.subTest(answer):
                self.company.engagement_edge = "odoo"
                self.permissions.grant(self.company, "odoo")
                self.company.engagement_enabled = True
                relay = self.relay_pairs()
                self.assertEqual(self.company.engagement_edge, "odoo", "nobody has said otherwise")
                page = self.assertAsked(relay)
                getattr(page, answer)()
                self.assertSettled(edge)

    def test_a_second_relay(self):
        first = self.relay_pairs("first.test")
        self.page().action_choose()
        self.company.engagement_enabled = True
        second = self.relay_pairs()
        self.assertEqual(self.company.engagement_relay_id, first)
        page = self.assertAsked(second)
        self.assertIn("https://first.test", page.otherwise)
        page.action_decline()
        self.assertEqual(self.company.engagement_relay_id, first)
        self.assertSettled("relay")
        # Decided otherwise, from the relay's form.
        action = second.action_offer()
        self.assertEqual(action["res_model"], page._name)
        self.assertEqual(action["context"], {"default_company_id": self.company.id})
        self.assertAsked(second).action_choose()
        self.assertEqual(self.company.engagement_relay_id, second)
        self.assertSettled("relay")

    def test_another_host_behind_the_same_name(self):
        self.relay_pairs()
        self.page().action_choose()
        self.relay_pairs()
        self.assertSettled("relay")

    def test_granted_to_a_relay_then_pair(self):
        """Who answers was asked when it was granted, so it is not asked again."""
        self.permissions.grant(self.company, "odoo")
        self.company.engagement_enabled = True
        self.permissions.grant(self.company, "relay")
        self.assertEqual(self.company.engagement_edge, "odoo", "it still answers")
        self.assertIn("once it is paired", self.step()["text"])
        self.relay_pairs()
        self.assertSettled("relay")
        self.permissions.grant(self.company, "odoo")
        self.assertSettled("odoo")

    def test_granted_to_a_relay_then_thought_better_of(self):
        self.company.engagement_enabled = True
        self.permissions.grant(self.company, "relay")
        self.permissions.grant(self.company, "odoo")
        self.assertAsked(self.relay_pairs())
        self.assertEqual(self.company.engagement_edge, "odoo")

    def test_revoked_then_pair(self):
        self.permissions.grant(self.company, "relay")
        self.permissions.revoke(self.company)
        self.assertAsked(self.relay_pairs()).action_choose()
        self.assertSettled("relay")

    def test_set_in_the_settings(self):
        """Whoever chooses there has decided too."""
        self.relay_pairs()
        self.company.engagement_edge = "odoo"
        self.permissions.grant(self.company, "odoo")
        self.assertSettled("odoo")

    def test_somebody_else_was_faster(self):
        relay = self.relay_pairs()
        pages = [self.page(), self.page()]
        pages[0].action_choose()
        action = pages[1].action_decline()
        self.assertEqual(action["res_model"], pages[1]._name)
        self.assertSettled("relay")
        relay.action_offer()
        page = self.page()
        relay.action_revoke()
        page.action_choose()
        self.assertFalse(self.company._engagement_offered_relay())

    def test_has_it_paired(self):
        relay = self.env["mail.engagement.relay"].create({"company_id": self.company.id})
        self.assertIs(relay.action_refresh(), True)
        self.pair(relay.pairing_code)
        self.assertEqual(relay.action_refresh()["res_model"], self.page()._name)

    def test_only_administrators_decide(self):
        relay = self.relay_pairs()
        manager = new_test_user(
            self.env, "manfred", groups="base.group_user,mail_engagement.group_manager"
        )
        with self.assertRaises(AccessError):
            relay.with_user(manager).action_offer()
        with self.assertRaises(AccessError):
            self.page().with_user(manager).action_choose()
