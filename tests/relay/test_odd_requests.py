"""Requests that no program of ours sends: a calm answer, nothing recorded, nothing in the log."""

import http.client
import json
from contextlib import closing
from urllib.parse import urlsplit

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...relay.engagement_relay.protocol import signature
from ..common_relay import RelayCase

PAIR, INGEST = "/mail_engagement/pair", "/mail_engagement/ingest"
EDGE = ("/e/o/", "/e/c/", "/e/a/", "/e/p/")


@tagged("post_install", "-at_install")
class TestOddRequests(RelayCase):
    def setUp(self):
        super().setUp()
        # What Odoo says of errors that nobody expected, and of every one that stands in a row.
        self.enterContext(self.assertNoLogs("odoo.http", "ERROR"))
        self.enterContext(self.assertNoLogs("odoo.sql_db", "ERROR"))

    def raw(self, method, path, body=b"", headers=None):
        """As it is, also what clients' libraries would not send."""
        where = urlsplit(self.base_url())
        connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
        connection._validate_path = lambda url: None
        with closing(connection), self.allow_requests(all_requests=True):
            connection.putrequest(method, path)
            for name, value in {
                "Content-Length": str(len(body)),
                **(headers or {}),
            }.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def signed(self, method, path, body=b"", **headers):
        made = signature.headers(
            self.relay._engagement_secret(),
            relay=self.pairing["relay"],
            tenant=self.pairing["tenant"],
            method=method,
            path=path,
            body=body,
        )
        return self.raw(method, path, body, {**made, **headers})

    def test_pairing(self):
        self.relay.action_new_code()
        good = {"code": "X" * 29, "name": "Edge", "version": "1", "hosts": ["track.test"]}
        bodies = [
            b"\0", b"\xff", b"{", b"[]", b"null", b"7" * 400, b"[" * 16_000, b'{"a":' * 3_000,
            *(
                json.dumps({**good, key: value}).encode()
                for key in good
                for value in (
                    "\0", "\ud83d", "X\0", 10**400, None, True, {}, [[]], [1], ["\0"], ["\udcff"],
                )
            ),
        ]  # fmt: skip
        for body in bodies:
            with self.subTest(body=body[:80]):
                self.assertEqual(self.raw("POST", PAIR, body)[0], 400)
        # What could be a code is looked for.
        self.assertEqual(self.raw("POST", PAIR, json.dumps(good).encode())[0], 403)

    def test_what_is_wrong_with_a_pairing_is_said_without_what_it_holds(self):
        log = "odoo.addons.mail_engagement.controllers.pair"
        body = json.dumps({"code": "S3CRET\0", "name": "", "version": "", "hosts": []}).encode()
        with self.assertLogs(log, "WARNING") as logs:
            self.assertEqual(self.raw("POST", PAIR, body)[0], 400)
        [line] = logs.output
        self.assertIn("code", line)
        self.assertNotIn("S3CRET", line)

    def test_relays_headers(self):
        for name in ("Relay", "Tenant", "Timestamp", "Signature"):
            for value in ("", "\0", "\xff", "\xb2", "9" * 5_000, "-1", "0" * 32):
                with self.subTest(header=name, value=value[:9]):
                    header = {f"X-Engagement-{name}": value}
                    self.assertEqual(self.signed("POST", INGEST, **header)[0], 401)

    def test_depth(self):
        for depth in ("9" * 5_000, "9" * 19, "\xb2", "\0", "-1", "1.5", "", "x"):
            with self.subTest(depth=depth[:9]):
                answer = self.signed("POST", INGEST, **{"X-Engagement-Depth": depth})
                self.assertEqual(answer[0], 400)
        # More than a column takes is told as the most.
        self.relay.last_seen_at = False
        self.env.flush_all()
        self.assertEqual(self.signed("POST", INGEST, **{"X-Engagement-Depth": "9" * 18})[0], 200)
        self.wait()
        self.assertEqual(self.relay.spool_depth, 2**31 - 1)

    def test_lines(self):
        line = json.loads(self.line())
        odd = [
            json.dumps(line | {key: value})
            for key in (*line, "city", "ip", "user_agent", "country", "hints", "source", "minimum")
            for value in (10**400, -(10**400), 1e308, "\0", "\ud83d", {}, [[]], "x" * 600, None)
        ] + ["[" * 16_000, '{"uid":' * 16_000, "1" + "0" * 400, "NaN", "\0", '"\\ud83d"', ""]
        mail = self.mail()
        body = "\n".join([self.line(mail=mail.uid), *odd, self.line(mail=mail.uid)])
        status, answer = self.signed("POST", INGEST, body.encode())
        self.assertEqual(status, 200)
        found = json.loads(answer)
        self.assertEqual((found["accepted"], len(found["rejected"])), (2, len(odd)))
        self.settle()
        self.assertEqual(mail.open_count, 2)

    def test_tokens(self):
        texts = [
            "%00",
            "%ff",
            "%ed%a0%bd",
            "A" * 5_000,
            "%2e%2e%2f",
            "%0d%0aX:%201",
            "%0a",
            "/%0ab",
            "/",
            "a%00b",
            "'",
        ]
        for path in (*EDGE, "/mail_engagement/attachment/", "/mail_engagement/preferences/"):
            for text in texts:
                with self.subTest(path=path, text=text[:9]):
                    self.assertLess(self.raw("GET", path + text)[0], 500)

    def test_what_programs_append_to_a_link_is_no_argument(self):
        with self.assertNoLogs("odoo.http", "WARNING"):
            for path in EDGE:
                for query in ("utm_source=a%40b.test", "self=1", "text=1&args=2", "%00=%ff"):
                    with self.subTest(path=path, query=query):
                        self.assertIn(self.raw("GET", f"{path}x?{query}")[0], (200, 404))

    def test_since(self):
        for since in ("", "9" * 5_000, "%00", "-1", "%C2%B2", "1e5"):
            with self.subTest(since=since[:9]):
                path = f"/mail_engagement/state?since={since}"
                self.assertEqual(self.signed("GET", path)[0], 200)

    @mute_logger("odoo.http")
    def test_export_of_nobody(self):
        self.authenticate("mona", "mona")
        for number in ("0", "9" * 9, "9" * 10, "9" * 19, "9" * 5_000, "%C2%B2", "%00", "-1", "1.0"):
            with self.subTest(number=number[:12]):
                answer = self.url_open(f"/mail_engagement/export/{number}")
                self.assertEqual(answer.status_code, 404)

    def test_other_methods_do_nothing(self):
        paths = (*(f"{path}x" for path in EDGE), PAIR, INGEST, "/mail_engagement/state",
                 "/mail_engagement/attachment/x", "/mail_engagement/preferences/x",
                 "/e/healthz", "/e/readyz", "/e/robots.txt")  # fmt: skip
        for path in paths:
            for method in ("OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"):
                with self.subTest(path=path, method=method):
                    self.assertIn(self.raw(method, path)[0], (404, 405))
