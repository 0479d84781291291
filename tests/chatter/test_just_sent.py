"""The chip of a mail just sent: there with the answer to posting it, before the mail has left."""

from odoo.tests import tagged

from odoo.addons.mail.tools.discuss import Store

from ..common import InboxCase


@tagged("post_install", "-at_install")
class TestJustSent(InboxCase):
    def _post(self, user=None, **values):
        """Return the web client's data of a message just posted."""
        message = self.lead.with_user(user or self.anna).message_post(
            body="Our offer",
            partner_ids=self.carla.ids,
            subtype_xmlid="mail.mt_comment",
            **values,
        )
        [data] = Store().add(message).get_result()["mail.message"]
        return message, data

    def test_before_it_leaves(self):
        message, data = self._post(force_send=False)
        self.assertFalse(message.sudo().engagement_tracking_ids)
        self.assertNotIn("engagement", data)
        self.assertEqual(data["engagement_expected"]["states"], ["sent"])
        self.assertEqual(data["engagement_expected"]["recipients"], 1)

    def test_when_it_has_left(self):
        message, data = self._post()
        self.assertTrue(message.sudo().engagement_tracking_ids)
        self.assertNotIn("engagement_expected", data)
        self.assertEqual(data["engagement"]["states"], ["sent"])

    def test_asks_nothing(self):
        message, _data = self._post(force_send=False)
        who = [{"notif": "email", "share": True}]
        with self.assertQueryCount(0):
            message._engagement_expect(who)

    def test_nothing_is_expected_of_what_is_not_followed(self):
        for values in ({"engagement_follow": "skip"}, {"subtype_xmlid": "mail.mt_note"}):
            with self.subTest(values):
                message = self.lead.with_user(self.anna).message_post(
                    **{
                        "body": "Our offer",
                        "subtype_xmlid": "mail.mt_comment",
                        "partner_ids": self.ben.partner_id.ids,
                        "force_send": False,
                        **values,
                    }
                )
                self.assertNotIn(message.id, message._engagement_expected())

    def test_it_turns_out_otherwise(self):
        """Who refused is not followed: the web client is told, by the bus."""
        consents = ("engagement_opens", "engagement_clicks", "engagement_attachments")
        self.carla.write(dict.fromkeys(consents, "refused"))
        told = []
        self.patch(
            self.registry["mail.message"],
            "_engagement_left",
            lambda message, is_plain: told.append(is_plain),
        )
        self._post()
        self.carla.write(dict.fromkeys(consents, False))
        self._post()
        self.assertEqual(told, [False, True])
