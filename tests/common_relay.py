"""A relay as Odoo sees it: signed requests over real HTTP."""

import base64
import gzip
import json
import secrets

from odoo.tests import HttpCase

from ..relay.engagement_relay.protocol import signature
from .common import EngagementCase, observation


class RelayCase(EngagementCase, HttpCase):
    """A company with a paired relay."""

    def setUp(self):
        super().setUp()
        self._events_before = self.env["mail.engagement.event"].search([])
        self.relay = self.env["mail.engagement.relay"].create({"name": "Edge"})
        answer = self.pair(self.relay.pairing_code)
        self.assertEqual(answer.status_code, 200, answer.text)
        self.pairing = answer.json()
        self.env.invalidate_all()
        self.env.company.engagement_edge = "relay"

    def new_events(self):
        """Events that this test made; the demo data have others."""
        return self.env["mail.engagement.event"].search([]) - self._events_before

    def settle(self):
        """Wait for what is done after the answers, and judge what is left."""
        self.wait()
        self.env["mail.engagement.tracking"]._engagement_judge_pending()
        self.env.invalidate_all()

    def wait(self):
        """Wait for what is done after the answers."""
        with self.allow_requests(all_requests=True):
            self._wait_remaining_requests()
            # Once more for the summary, which the end of the request started.
            self._wait_remaining_requests()
        self.env.invalidate_all()

    def pair(self, code, **values):
        values = {"code": code, "name": "Edge", "version": "1", "hosts": ["track.test"]} | values
        answer = self.opener.post(
            self.base_url() + "/mail_engagement/pair", data=json.dumps(values), timeout=30
        )
        self.env.invalidate_all()
        return answer

    def ask(self, method, path, body=b"", headers=None, secret=None, now=None, **changes):
        """A signed request. `changes`: of what is signed and said."""
        signed = signature.headers(
            secret or base64.b64decode(self.pairing["secret"]),
            **{
                "relay": self.pairing["relay"],
                "tenant": self.pairing["tenant"],
                "method": method,
                "path": path,
                "body": body,
                **changes,
            },
            now=now,
        )
        answer = self.opener.request(
            method,
            self.base_url() + path,
            data=body,
            headers={**signed, "Connection": "close", **(headers or {})},
            allow_redirects=False,
            timeout=30,
        )
        self.settle()
        return answer

    def ingest(self, body, zipped=True, **options):
        body = body if isinstance(body, bytes) else body.encode()
        headers = {"Content-Type": "application/x-ndjson", **options.pop("headers", {})}
        if zipped:
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        return self.ask("POST", "/mail_engagement/ingest", body, headers, **options)

    def state(self, since=0):
        answer = self.ask("GET", f"/mail_engagement/state?since={since}")
        self.assertEqual(answer.status_code, 200)
        return answer.json()

    @staticmethod
    def line(**values):
        """An observation as a relay sends it."""
        return observation(**values).to_json()

    def mail(self):
        """A followed mail to Carla."""
        return self.env["mail.engagement.tracking"].create(
            {
                "uid": secrets.token_hex(10),
                "rfc_message_id": f"<{secrets.token_hex(8)}@seller.test>",
                "subject": "Offer",
                "partner_id": self.carla.id,
                "email_normalized": self.carla.email,
                "sent_at": "2026-01-01 00:00:00",
                "state": "sent",
                "company_id": self.env.company.id,
            }
        )
