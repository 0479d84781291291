"""What Odoo takes from a relay, and what it refuses."""

import gzip
import json
import os
import time
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ...relay.engagement_relay.protocol import signature
from ..common_relay import RelayCase


@tagged("post_install", "-at_install")
class TestIngest(RelayCase):
    def events(self, mail):
        return self.new_events().filtered(lambda event: event.mail_uid == mail.uid)

    def test_events_are_stored_judged_and_counted(self):
        mail = self.mail()
        lines = [self.line(mail=mail.uid, repeat=2, ip="192.0.2.1"), self.line()]
        answer = self.ingest("\n".join(lines) + "\n")
        self.assertEqual(answer.status_code, 200)
        found = answer.json()
        self.assertEqual((found["accepted"], found["duplicates"], found["rejected"]), (2, 0, []))
        self.assertEqual(found["state_version"], self.state()["state_version"])
        self.assertEqual((mail.open_count, mail.state), (2, "opened"))
        self.assertEqual(self.events(mail).verdict, "human")

    def test_summary_follows_the_answer_by_itself(self):
        mail = self.mail()
        self.settle = self.wait
        self.ingest(self.line(mail=mail.uid))
        self.assertEqual(self.events(mail).verdict, "human")
        self.assertEqual(mail.open_count, 1)

    def test_summary_follows_though_nobody_can_note_that_the_relay_was_seen(self):
        def fail(*args, **kwargs):
            raise ValueError(f"nothing of {self.carla.email}")

        mail = self.mail()
        self.settle = self.wait
        relays = self.env.registry["mail.engagement.relay"]
        log = "odoo.addons.mail_engagement.controllers.signed"
        with patch.object(relays, "_engagement_seen", fail), self.assertLogs(log, "ERROR") as logs:
            self.ingest(self.line(mail=mail.uid))
        self.assertEqual(mail.open_count, 1)
        [line] = logs.output
        self.assertNotIn(self.carla.email, line)

    def test_same_batch_twice_changes_nothing(self):
        mail = self.mail()
        body = self.line(mail=mail.uid) + "\n" + self.line(mail=mail.uid)
        self.assertEqual(self.ingest(body).json()["accepted"], 2)
        for zipped in (True, False):
            found = self.ingest(body, zipped).json()
            self.assertEqual((found["accepted"], found["duplicates"]), (0, 2))
        self.assertEqual((len(self.events(mail)), mail.open_count), (2, 2))

    def test_what_cannot_be_stored_is_refused_alone(self):
        """Else the relay would bring that batch for ever. PostgreSQL quotes the whole row, and
        Odoo the statement: neither is logged."""
        table = SQL.identifier("mail_engagement_event")
        self.env.cr.execute(
            SQL("ALTER TABLE %s ADD CHECK (ip IS DISTINCT FROM '192.0.2.77') NOT VALID", table)
        )
        mail = self.mail()
        lines = [self.line(mail=mail.uid, ip=f"192.0.2.{number}") for number in range(70, 80)]
        log = "odoo.addons.mail_engagement.models.events.mail_engagement_event"
        with self.assertNoLogs("odoo.sql_db", "ERROR"), self.assertLogs(log, "ERROR") as logs:
            found = self.ingest("\n".join(lines)).json()
        uid = json.loads(lines[7])["uid"]
        self.assertEqual(found["accepted"], 9)
        self.assertEqual(found["rejected"], [{"uid": uid, "reason": "storage"}])
        self.assertEqual(mail.open_count, 9)
        [told] = logs.output
        self.assertIn("CheckViolation", told)
        self.assertNotIn("192.0.2.77", told)

    def test_one_uid_twice_within_a_batch(self):
        line = self.line()
        found = self.ingest(f"{line}\n{line}\n").json()
        self.assertEqual((found["accepted"], found["duplicates"]), (1, 1))

    def test_bad_events_are_refused_alone(self):
        good, bad = self.line(), json.loads(self.line())
        lines = [
            good,
            json.dumps(bad | {"policy": 9}),
            "no JSON",
            json.dumps(bad | {"uid": "0" * 32, "surprise": 1}),
            self.line(at=time.time() + 10 * 86_400, uid="1" * 32),
            self.line(at=time.time() - 10 * 86_400, uid="2" * 32),
            json.dumps(bad | {"repeat": 10**9}),
            json.dumps(bad | {"at": -1}),
            json.dumps(bad | {"user_agent": "nul \0"}),
            json.dumps(bad | {"city": "half a pair \ud83d"}),
        ]
        body = "\n".join(lines).encode() + b'\n{"city": "no UTF-8 \xff"}\n'
        found = self.ingest(body).json()
        self.assertEqual(found["accepted"], 1)
        self.assertEqual(
            [(item["uid"], item["reason"]) for item in found["rejected"]],
            [
                (bad["uid"], "policy"),
                ("", "json"),
                ("0" * 32, "keys"),
                (bad["uid"], "repeat"),
                (bad["uid"], "at"),
                (bad["uid"], "user_agent"),
                (bad["uid"], "city"),
                ("", "keys"),
                ("1" * 32, "future"),
                ("2" * 32, "before"),
            ],
        )

    def test_any_text_arrives_as_it_was(self):
        mail = self.mail()
        text = "\"quoted\" \\ back, {a,b} 'NULL' %s \u2028 \u00e9 \U0001f600"
        found = self.ingest(self.line(mail=mail.uid, user_agent=text, city="NULL")).json()
        self.assertEqual((found["accepted"], found["rejected"]), (1, []))
        self.assertEqual((self.events(mail).user_agent, self.events(mail).city), (text, "NULL"))

    def test_whoever_refused_is_not_recorded(self):
        mail = self.mail()
        self.carla.engagement_opens = "refused"
        found = self.ingest(self.line(mail=mail.uid)).json()
        self.assertEqual((found["accepted"], found["rejected"]), (1, []))
        self.assertFalse(self.events(mail))

    def test_switched_off_nothing_is_recorded(self):
        mail = self.mail()
        self.env.company.engagement_enabled = False
        self.assertEqual(self.ingest(self.line(mail=mail.uid)).json()["accepted"], 1)
        self.assertFalse(self.events(mail))

    @mute_logger("odoo.http")
    def test_wrong_signatures(self):
        line = self.line()
        now = time.time()
        for change in (
            {"secret": b"x" * 32},
            {"now": now - 301},
            # Time goes by until it is asked.
            {"now": now + 420},
            {"relay": "0" * 32},
            {"relay": ""},
            {"tenant": "00000000"},
            {"method": "PUT"},
            {"path": "/mail_engagement/state"},
            {"body": b"something else"},
        ):
            with self.subTest(change=change):
                body = gzip.compress(line.encode())
                headers = {"Content-Encoding": "gzip"}
                answer = self._altered(body, headers, change)
                self.assertEqual(answer.status_code, 401)
        self.assertFalse(self.new_events())

    def _altered(self, body, headers, change):
        """What was signed differs from what is sent."""
        parts = {
            "relay": self.pairing["relay"],
            "tenant": self.pairing["tenant"],
            "method": "POST",
            "path": "/mail_engagement/ingest",
            "body": body,
            "now": None,
            "secret": self.relay._engagement_secret(),
            **change,
        }
        signed = signature.headers(parts.pop("secret"), **parts)
        return self.opener.post(
            self.base_url() + "/mail_engagement/ingest",
            data=body,
            headers=signed | headers,
            timeout=30,
        )

    @mute_logger("odoo.http")
    def test_unsigned_and_by_get(self):
        url = self.base_url() + "/mail_engagement/ingest"
        self.assertEqual(self.opener.post(url, data=b"x", timeout=30).status_code, 401)
        self.assertIn(self.opener.get(url, timeout=30).status_code, (404, 405))

    @mute_logger("odoo.http")
    def test_revoked(self):
        self.relay.action_revoke()
        self.assertEqual(self.ingest(self.line()).status_code, 401)

    @mute_logger("odoo.http")
    def test_too_large(self):
        self.assertEqual(self.ingest(os.urandom(5 * 2**20), zipped=False).status_code, 413)
        bomb = b"\n" * (64 * 2**20)
        self.assertEqual(self.ingest(bomb).status_code, 413)
        self.assertEqual(self.ingest(b"\n" * 20_000).status_code, 413)

    @mute_logger("odoo.http")
    def test_damaged(self):
        path = "/mail_engagement/ingest"
        body = gzip.compress(self.line().encode())
        # The last would lose what comes after the first end.
        for content, encoding in (
            (body[:-9], "gzip"),
            (b"no gzip", "gzip"),
            (body, "br"),
            (body + body, "gzip"),
        ):
            with self.subTest(encoding=encoding):
                answer = self.ask("POST", path, content, {"Content-Encoding": encoding})
                self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.new_events())

    def test_only_its_own_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        mail = self.mail()
        mail.company_id = other
        self.ingest(self.line(mail=mail.uid))
        self.assertEqual(self.events(mail).company_id, self.env.company)
        self.assertFalse(mail.open_count)

    def test_relay_was_seen(self):
        self.relay.write({"last_seen_at": "2026-01-01 00:00:00", "spool_depth": 0})
        self.assertEqual(self.relay.health, "silent")
        self.ingest(self.line(), headers={"X-Engagement-Depth": "42"})
        self.assertEqual((self.relay.health, self.relay.spool_depth), ("well", 42))
