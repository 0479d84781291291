"""Lists on a phone: cards, as Odoo's own have them."""

from odoo.tests import HttpCase, tagged

from .common import EngagementCase, observed


@tagged("post_install", "-at_install")
class TestPhoneLists(EngagementCase, HttpCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_each_list_has_cards(self):
        """A list is nothing to be read on a phone; a card is shown there by Odoo itself."""
        actions = self.env["ir.actions.act_window"].search(
            [("res_model", "like", "mail.engagement")]
        )
        lists = actions.filtered(lambda action: "list" in action.view_mode)
        self.assertIn(self.env.ref("mail_engagement.mail_engagement_tracking_action"), lists)
        for action in lists:
            with self.subTest(action.name):
                self.assertIn("kanban", [mode for _view, mode in action.views])
                shown = self.env[action.res_model].get_views(action.views)["views"]
                self.assertIn('t-name="card"', shown["kanban"]["arch"])

    def test_followed(self):
        self.start_inbox()
        message = self.lead.with_user(self.anna).message_post(
            body=self.markup("<p>hello</p>"),
            partner_ids=self.carla.ids,
            subtype_xmlid="mail.mt_comment",
            subject="About the roof",
        )
        tracking = message.engagement_tracking_ids
        observed(tracking, "open")
        self.env["mail.engagement.reminder"].with_user(self.anna).create(
            {"message_id": message.id, "condition": "no_reply", "note": "Ring about the roof"}
        )
        self.start_tour("/odoo/followed-emails", "mail_engagement_phone_lists", login="anna")

    def test_mailbox(self):
        """The buttons that a list has for chosen rows stand on the card."""
        self.start_tour(
            "/odoo/engagement-mailboxes", "mail_engagement_phone_mailbox", login="admin"
        )
