"""Links that stay as they are: whoever writes wants it, or they open an app."""

from markupsafe import Markup

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged

from ..common import InboxCase, html

LEFT_ALONE = "o_mail_engagement_left_alone"
CALL = "https://us02web.zoom.us/j/95551234567"


@tagged("post_install", "-at_install")
class TestLinksLeftAlone(InboxCase, HttpCase):
    def _sent(self, body):
        self.lead.with_user(self.anna).message_post(
            body=Markup(body),
            partner_ids=self.carla.ids,
            subtype_xmlid="mail.mt_comment",
            mail_auto_delete=False,
        )
        return html(self.inbox.to(self.carla.email)[-1])

    def test_what_the_writer_marked(self):
        sent = self._sent(
            f'<a class="btn {LEFT_ALONE}" href="https://shop.test/private">private</a>'
            '<a href="https://shop.test/offer">offer</a>'
        )
        self.assertIn('href="https://shop.test/private"', sent)
        self.assertNotIn('href="https://shop.test/offer"', sent)

    def test_what_opens_an_app(self):
        body = f'<a href="{CALL}">our call</a><a href="https://shop.test/offer">offer</a>'
        sent = self._sent(body)
        self.assertIn(f'href="{CALL}"', sent)
        self.assertNotIn('href="https://shop.test/offer"', sent)
        self.env.ref("mail_engagement.app_link_zoom_meeting").active = False
        self.assertNotIn(f'href="{CALL}"', self._sent(body))
        self.env["mail.engagement.app.link"].create({"place": "shop.test/offer"})
        self.assertIn('href="https://shop.test/offer"', self._sent(body))

    def test_a_place_is_a_host_and_a_path(self):
        for place in ("https://wa.me/", "*", "wa.me?x=1", "wa me"):
            with self.subTest(place=place), self.assertRaises(ValidationError):
                self.env["mail.engagement.app.link"].create({"place": place})

    def test_salespeople_do_not_change_it(self):
        with self.assertRaises(AccessError):
            self.env.ref("mail_engagement.app_link_whatsapp").with_user(self.anna).active = False

    def test_tour(self):
        template = self.env["mail.template"].create(
            {
                "name": "Offer",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "body_html": '<p><a href="https://shop.test/offer">our offer</a> is ready</p>',
            }
        )
        action = self.env.ref("mail.action_email_template_tree_all").id
        url = f"/odoo/action-{action}/{template.id}"
        self.start_tour(url, "mail_engagement_link_left_alone", login="admin")
        self.assertIn(f'class="{LEFT_ALONE}"', template.body_html)
