"""Who has no web client open is told by mail or by Odoo's push notification, as they chose."""

import json
import os
import threading
from base64 import urlsafe_b64encode
from http.server import BaseHTTPRequestHandler, HTTPServer

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from odoo import fields
from odoo.tests import tagged

from ..common import html, observed
from .test_alerts import AlertCase


def encoded(value):
    """Return bytes as browsers write them in a push subscription."""
    return urlsafe_b64encode(value).decode().rstrip("=")


@tagged("post_install", "-at_install")
class TestAlertsOffline(AlertCase):
    def setUp(self):
        super().setUp()
        self.inbox.envelopes.clear()

    def _tell(self):
        with self.enter_registry_test_mode():
            self.env.ref("mail_engagement.ir_cron_alert").method_direct_trigger()
        return self.inbox.to("anna@seller.test")

    def test_by_mail(self):
        self.env.company.engagement_alert_offline = "mail"
        observed(self.tracking, "open")
        observed(self.tracking, "click")
        before = self.env["mail.engagement.tracking"].search_count([])
        [mail] = self._tell()
        self.assertEqual(mail["Subject"], "Carla clicked “offer” in “Your offer”, and 1 more")
        body = html(mail)
        self.assertIn("Carla opened “Your offer”", body)
        self.assertIn(f"/mail/view?model=crm.lead&amp;res_id={self.lead.id}", body)
        self.assertNotIn("/e/o/", body)
        self.assertNotIn("/e/c/", body)
        self.assertEqual(self.env["mail.engagement.tracking"].search_count([]), before)
        self.assertEqual(len(self._tell()), 1, "told once")

    def test_in_quiet_hours_it_waits(self):
        self.env.company.engagement_alert_offline = "mail"
        self.anna.engagement_alert_quiet = "meetings"
        meeting = self.meet()
        self.env.company.resource_calendar_id = False
        observed(self.tracking, "open")
        self.assertFalse(self._tell())
        cron = self.env.ref("mail_engagement.ir_cron_alert")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertIn(meeting.stop, triggers.mapped("call_at"))
        meeting.stop = fields.Datetime.now()
        self.assertEqual(len(self._tell()), 1)

    def test_in_his_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.anna.lang = "fr_FR"
        self.anna.engagement_alert_offline = "mail"
        observed(self.tracking, "open")
        [mail] = self._tell()
        self.assertIn("Your offer", mail["Subject"])

    def test_who_chose_nothing(self):
        self.env.company.engagement_alert_offline = "mail"
        self.anna.engagement_alert_offline = "nothing"
        observed(self.tracking, "open")
        self.assertFalse(self._tell())
        self.assertEqual(self.alerts(self.anna), ["open"])

    def test_who_has_a_web_client_open(self):
        self.anna.engagement_alert_offline = "mail"
        self.env["mail.presence"].create({"user_id": self.anna.id, "status": "away"})
        observed(self.tracking, "open")
        self.assertFalse(self._tell())

    def test_who_closed_it(self):
        self.anna.engagement_alert_offline = "mail"
        self.env["mail.presence"].create({"user_id": self.anna.id, "status": "offline"})
        observed(self.tracking, "open")
        self.assertEqual(len(self._tell()), 1)

    def test_read_meanwhile(self):
        self.anna.engagement_alert_offline = "mail"
        observed(self.tracking, "open")
        self.env["mail.engagement.alert"].with_user(self.anna).engagement_mark_read()
        self.assertFalse(self._tell())

    def test_by_push(self):
        received = self._push_service()
        self.anna.engagement_alert_offline = "push"
        observed(self.tracking, "open")
        self.assertFalse(self._tell())
        [request] = received
        self.assertEqual(request["Content-Encoding"], "aes128gcm")
        self.assertTrue(request["Authorization"].startswith("vapid "))

    def test_push_without_a_device(self):
        self.anna.engagement_alert_offline = "push"
        observed(self.tracking, "open")
        self.assertFalse(self._tell())

    def _push_service(self):
        """Start what browsers' makers run, with one device of Anna's; returns what it gets."""
        received = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                received.append(self.headers)
                self.send_response(201)
                self.end_headers()

            def log_message(self, *_args):
                """Stay silent."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        devices = self.env["mail.push.device"]
        devices.get_web_push_vapid_public_key()
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        devices.create(
            {
                "partner_id": self.anna.partner_id.id,
                "endpoint": f"http://127.0.0.1:{server.server_port}/push",
                "keys": json.dumps(
                    {
                        "p256dh": encoded(
                            key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
                        ),
                        "auth": encoded(os.urandom(16)),
                    }
                ),
            }
        )
        return received
