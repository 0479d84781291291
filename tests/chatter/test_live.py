"""A record's own channel on the bus: for those who have it open and may read it."""

import json

from odoo.tests import new_test_user, tagged

from odoo.addons.bus.tests.common import WebsocketCase

from ...models.chatter import mail_message
from ..common import EngagementCase, observed


@tagged("post_install", "-at_install")
class TestLive(EngagementCase, WebsocketCase):
    def setUp(self):
        super().setUp()
        self.start_inbox()
        self.message = self.lead.with_user(self.anna).message_post(
            body=self.markup("<p>Our offer</p>"),
            partner_ids=self.carla.ids,
            subtype_xmlid="mail.mt_comment",
        )
        self.channel = f"mail_engagement/crm.lead/{self.lead.id}"

    def _chips(self, user, channel=None):
        """Return what the bus tells `user`, who has the lead open, when its mail is opened."""
        session = self.authenticate(user.login, user.login)
        socket = self.websocket_connect(cookie=f"session_id={session.sid};")
        self.subscribe(socket, [channel or self.channel], self.env["bus.bus"]._bus_last_id())
        observed(self.message.engagement_tracking_ids, "open")
        # Told to everybody: what comes before it is all there is.
        self.env["bus.bus"]._sendone("broadcast", "end", {})
        self.trigger_notification_dispatching(["broadcast", (self.lead, "mail_engagement")])
        chips = []
        while True:
            for notification in json.loads(socket.recv()):
                message = notification["message"]
                if message["type"] == "end":
                    return chips
                if message["type"] == "mail.record/insert":
                    chips += message["payload"].get("mail.message", [])

    def test_colleague_who_may_read_the_record(self):
        [chip] = self._chips(self.manager)
        self.assertEqual((chip["id"], chip["engagement"]["open_count"]), (self.message.id, 1))

    def test_colleague_who_may_not(self):
        """Ben sees no leads of others."""
        self.assertFalse(self._chips(self.ben))

    def test_without_engagement(self):
        clerk = new_test_user(self.env, "clerk_of_leads", groups="base.group_user")
        self.env["ir.rule"].search([("model_id.model", "=", "crm.lead")]).active = False
        self.env["ir.model.access"].create(
            {
                "name": "leads for clerks",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "group_id": self.env.ref("base.group_user").id,
                "perm_read": True,
            }
        )
        self.assertTrue(self.lead.with_user(clerk).has_access("read"))
        self.assertFalse(self._chips(clerk))

    def test_no_such_record(self):
        for channel in ("mail_engagement/crm.lead/99999999", "mail_engagement/no.model/1"):
            self.assertFalse(self._chips(self.manager, channel))

    def test_few_of_many(self):
        """A backlog of thousands is not told record by record: as numbers, to be asked about."""
        self.patch(mail_message, "RECORDS", 0)
        self.assertFalse(self._chips(self.manager))
        group = self.env.ref("mail_engagement.group_user")
        told = self.env["bus.bus"].search([("channel", "like", f'"res.groups",{group.id}]')])
        payloads = [json.loads(it.message)["payload"] for it in told]
        self.assertIn({"ids": self.message.ids}, payloads)

    def test_asked_about(self):
        """By whoever may read the message."""
        observed(self.message.engagement_tracking_ids, "open")
        ask = self.env["mail.message"].with_user
        [chip] = ask(self.manager).engagement_refresh(self.message.ids)
        self.assertEqual((chip["id"], chip["engagement"]["open_count"]), (self.message.id, 1))
        self.assertFalse(ask(self.ben).engagement_refresh(self.message.ids))
