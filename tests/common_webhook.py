"""A receiver of webhooks: a real server that keeps what it gets and answers as a test says."""

import json
import secrets
from datetime import timedelta

from odoo import fields

from ..dev.http_server import Handler, HttpServer
from .common import EngagementCase, observed


class _Requests(Handler):
    def do_POST(self):
        body = self.body().decode()
        self.owner.got.append((dict(self.headers), body))
        self.owner.answer(self)


class Receiver(HttpServer):
    """
    :ivar list got: of each request its headers and its body
    :ivar answer: a function that answers it
    """

    def __init__(self):
        super().__init__(_Requests)
        self.got = []
        self.says(200)

    def says(self, status, content=b"thanks", headers=()):
        self.answer = lambda request: request.reply(status, content, headers)

    @property
    def payloads(self):
        return [json.loads(body) for _headers, body in self.got]

    @property
    def ids(self):
        return [headers["webhook-id"] for headers, _body in self.got]


class WebhookCase(EngagementCase):
    """With a receiver, and a webhook to it that nobody has told anything yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deliveries = cls.env["mail.engagement.webhook.delivery"]

    def setUp(self):
        super().setUp()
        self.receiver = self.receiving()
        self.webhook = self.subscribe(self.receiver)

    def receiving(self):
        """Return a `Receiver` that runs."""
        receiver = Receiver().start()
        self.addCleanup(receiver.stop)
        return receiver

    def subscribe(self, receiver, **values):
        """Return a webhook to a receiver, with a secret."""
        webhook = self.env["mail.engagement.webhook"].create(
            {
                "name": "ERP",
                "url": f"{receiver.url}/hook",
                "allow_private": True,
                "allow_http": True,
                **values,
            }
        )
        webhook.action_new_secret()
        return webhook

    def mail(self, **values):
        """Return a followed mail to Carla, from Anna about her lead, a day old."""
        rfc_message_id = f"<{secrets.token_hex(8)}@seller.test>"
        mail = self.env["mail.engagement.tracking"].create(
            {
                "uid": secrets.token_hex(10),
                "rfc_message_id": rfc_message_id,
                "subject": "Your offer",
                "partner_id": self.carla.id,
                "email_normalized": self.carla.email,
                "author_id": self.anna.partner_id.id,
                "model": "crm.lead",
                "res_id": self.lead.id,
                "sent_at": fields.Datetime.now() - timedelta(days=1),
                "state": "sent",
                "company_id": self.env.company.id,
                **values,
            }
        )
        self.env["mail.engagement.link"].create(
            {
                "rfc_message_id": rfc_message_id,
                "reference": "0000002a",
                "url": "https://shop.test/offer",
                "label": "offer",
            }
        )
        return mail

    def happen(self, mail, type_="open", **values):
        """Have something happen to a mail, and have it acted on; nothing is sent yet."""
        event = observed(mail, type_, **values)
        self.act()
        return event

    def act(self):
        """Work off what happened; nothing is sent yet."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("mail_engagement.ir_cron_fact").method_direct_trigger()
        self.env.invalidate_all()

    def deliver(self):
        """Send what is due."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("mail_engagement.ir_cron_webhook").method_direct_trigger()
        self.env.invalidate_all()

    def due(self):
        """Let what waits be due now, with its receiver."""
        waiting = self.deliveries.search([("state", "in", ("waiting", "failed"))])
        waiting.write({"next_at": fields.Datetime.now()})
        waiting.webhook_id.write({"paused_until": False, "busy_until": False})

    def of(self, webhook=None):
        """Return a webhook's deliveries, the oldest first."""
        return self.deliveries.search(
            [("webhook_id", "=", (webhook or self.webhook).id)], order="id"
        )
