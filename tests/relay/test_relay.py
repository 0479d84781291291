"""Pairing, state, files through a relay, and what happens when it is gone."""

from base64 import b64decode
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...relay.engagement_relay.protocol import token, versions
from ...relay.engagement_relay.state import State
from ..common_relay import RelayCase


@tagged("post_install", "-at_install")
class TestRelay(RelayCase):
    def test_pairing(self):
        self.assertEqual((self.relay.state, self.relay.health), ("paired", "well"))
        self.assertEqual(self.relay.url, "https://track.test")
        self.assertEqual(self.env.company.engagement_relay_id, self.relay)
        self.assertEqual(len(b64decode(self.pairing["secret"])), 32)
        self.assertEqual(self.pairing["database"], self.env.cr.dbname)
        self.assertFalse(self.relay.pairing_code)

    @mute_logger("odoo.http")
    def test_code_works_once_and_not_for_long(self):
        another = self.env["mail.engagement.relay"].create({})
        code = another.pairing_code
        self.assertEqual(self.pair("").status_code, 403)
        self.assertEqual(self.pair("wrong").status_code, 403)
        another.code_expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.assertEqual(self.pair(code).status_code, 403)
        another.action_new_code()
        self.assertEqual(self.pair(code).status_code, 403)
        code = another.pairing_code
        self.assertEqual(self.pair(code.lower()).status_code, 200)
        self.assertEqual(self.pair(code).status_code, 403)
        for values in ({"hosts": None}, {"hosts": 5}):
            self.assertEqual(self.pair(code, **values).status_code, 400)

    def test_command(self):
        waiting = self.env["mail.engagement.relay"].create({})
        self.assertIn(waiting.pairing_code, waiting.command)
        self.assertFalse(self.relay.command)

    def test_state_is_what_a_relay_can_use(self):
        found = self.state()
        state = State().updated(found)
        self.assertTrue(state.enabled and found["full"])
        self.assertEqual(state.hosts, ("track.test",))
        keys = self.env["mail.engagement.key"]._engagement_keyring()
        tenant = bytes.fromhex(self.pairing["tenant"])
        for (kind, number), held in state.outer_keys().items():
            self.assertEqual(keys.get(tenant, kind, number), held)
        text = str(found)
        for key in self.env["mail.engagement.key"].search([]):
            self.assertNotIn(key.secret, text)

    def test_state_is_a_difference(self):
        before = State().updated(self.state())
        self.assertFalse(self.state(before.version)["suppressed"])
        mail = self.mail()
        self.carla.engagement_opens = "refused"
        found = self.state(before.version)
        self.assertFalse(found["full"])
        self.assertEqual(found["suppressed_kinds"], {mail.uid: ["open"]})
        after = before.updated(found)
        self.assertGreater(after.version, before.version)
        self.carla.write({"engagement_clicks": "refused", "engagement_attachments": "refused"})
        after = after.updated(self.state(after.version))
        self.assertEqual(after.suppressed, {mail.uid})
        self.assertEqual(State().updated(self.state()).suppressed, {mail.uid})
        self.carla.write({"engagement_clicks": False, "engagement_opens": "granted"})
        after = after.updated(self.state(after.version))
        self.assertEqual(after.suppressed, set())
        self.assertEqual(after.suppressed_kinds, {mail.uid: ["attachment"]})
        self.assertTrue(self.state(after.version + 1000)["full"])

    def test_new_key_is_told(self):
        before = self.state()
        self.env["mail.engagement.key"]._engagement_rotate(self.env.company)
        found = self.state(before["state_version"])
        self.assertEqual([key["state"] for key in found["keys"]], ["accepted", "signing"])
        self.assertGreater(found["state_version"], before["state_version"])

    def test_switches_are_told(self):
        before = self.state()
        self.env.company.engagement_enabled = False
        found = self.state(before["state_version"])
        self.assertFalse(found["enabled"])
        self.assertGreater(found["state_version"], before["state_version"])

    @mute_logger("odoo.http")
    def test_state_needs_a_signature(self):
        answer = self.ask("GET", "/mail_engagement/state?since=0", secret=b"x" * 32)
        self.assertEqual(answer.status_code, 401)
        answer = self.ask("GET", "/mail_engagement/state?since=x")
        self.assertTrue(answer.json()["full"])

    def test_mails_point_at_the_relay(self):
        inbox = self.start_inbox()
        self.lead.with_user(self.anna).message_post(
            body=self.markup('<p><a href="https://shop.test/">offer</a></p>'),
            partner_ids=self.carla.ids,
            subtype_xmlid="mail.mt_comment",
        )
        body = inbox.to(self.carla.email)[0].get_body(("html",)).get_content()
        self.assertIn('"https://track.test/o/', body)
        self.assertIn('"https://track.test/c/', body)
        self.assertNotIn("/e/o/", body)

    def file(self):
        """A followed file in a real mail.

        :return: content and token
        """
        inbox = self.start_inbox()
        content = b"%PDF-1.4" + bytes(range(256)) * 40
        file = (
            self.env["ir.attachment"]
            .with_user(self.anna)
            .create({"name": "Angebot.pdf", "raw": content, "engagement_follow": "follow"})
        )
        self.lead.with_user(self.anna).message_post(
            body="Here",
            partner_ids=self.carla.ids,
            attachment_ids=file.ids,
            subtype_xmlid="mail.mt_comment",
        )
        body = inbox.to(self.carla.email)[0].get_body(("html",)).get_content()
        url = body.partition('"https://track.test/a/')[2].partition('"')[0]
        return content, urlsplit(url).path.partition("/")[0]

    @mute_logger("odoo.http")
    def test_file_through_the_relay(self):
        content, text = self.file()
        path = f"/mail_engagement/attachment/{text}"
        answer = self.ask("GET", path)
        self.assertEqual((answer.status_code, answer.content), (200, content))
        self.assertTrue(answer.headers["Content-Disposition"].startswith("attachment"))
        part = self.ask("GET", path, headers={"Range": "bytes=8-99"})
        self.assertEqual((part.status_code, part.content), (206, content[8:100]))
        self.assertFalse(self.new_events())
        self.assertEqual(self.ask("GET", path, secret=b"x" * 32).status_code, 401)
        self.assertEqual(self.ask("GET", path[:-1]).status_code, 404)
        # A relay's keys are not enough for a file.
        ring = self.env["mail.engagement.key"]._engagement_keyring()
        parsed, _state = token.parse(text, ring)
        forged = token.Token(
            "a", parsed.key_id, parsed.tenant, parsed.policy, parsed.sent_at, b"u" * 10, 1,
            key=parsed.key, inner=parsed.inner,
        )  # fmt: skip
        outer, _state = ring.get(parsed.tenant, "a", parsed.key_id)
        forged = token.mint(forged, outer)
        answer = self.ask("GET", f"/mail_engagement/attachment/{forged}")
        self.assertEqual(answer.status_code, 404)

    def _sent(self):
        """Send a mail to Carla, as she gets it."""
        inbox = self.start_inbox()
        self.lead.with_user(self.anna).message_post(
            body=self.markup('<p><a href="https://shop.test/">offer</a></p>'),
            partner_ids=self.carla.ids,
            subtype_xmlid="mail.mt_comment",
        )
        [mail] = inbox.to(self.carla.email)
        return mail.get_body(("html",)).get_content()

    def assertUnfollowed(self, state):
        """Following is on, a mail leaves as Odoo made it, and whoever looks is told why."""
        company = self.env.company
        self.assertTrue(company.engagement_enabled)
        self.assertEqual(company.engagement_edge, "relay", "what was chosen stays chosen")
        self.assertEqual(company._engagement_edge_state(), state)
        body = self._sent()
        self.assertIn('"https://shop.test/"', body)
        self.assertNotIn("/o/", body)
        [(code, text)] = company._engagement_missing()
        self.assertEqual(code, "edge")
        self.assertIn("without being followed", text)
        step = next(
            step for step in company.engagement_setup_steps() if step["code"] == "configure"
        )
        self.assertEqual((step["state"], step["text"]), ("attention", text))
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.engagement_unanswered, text)

    def assertFollowed(self):
        self.assertEqual(self.env.company._engagement_edge_state(), "answering")
        self.assertFalse(self.env.company._engagement_missing())
        self.assertIn('"https://track.test/c/', self._sent())

    def test_revoked_relay_is_not_pointed_at(self):
        self.relay.action_revoke()
        self.assertFalse(self.relay.secret)
        self.assertUnfollowed("none")

    def test_new_keys(self):
        """The old key stays valid, and the relay hears of both."""
        before = self.env["mail.engagement.key"].search([("purpose", "=", "token")])
        known = self.state()
        self.relay.action_new_keys()
        after = self.env["mail.engagement.key"].search([("purpose", "=", "token")]) - before
        self.assertEqual((before.state, after.state), ("accepted", "signing"))
        told = self.state(known["state_version"])
        self.assertEqual(
            [(key["id"], key["state"]) for key in told["keys"]],
            [(before.number, "accepted"), (after.number, "signing")],
        )

    def test_lost_relay(self):
        before = self.env["mail.engagement.key"].search([("purpose", "=", "token")])
        self.relay.action_lost()
        after = self.env["mail.engagement.key"].search([("purpose", "=", "token")]) - before
        self.assertEqual((before.state, after.state), ("compromised", "signing"))
        self.assertEqual((self.relay.state, self.relay.health), ("lost", "lost"))
        self.assertUnfollowed("lost")

    def test_new_code(self):
        """Until it has paired again nobody answers; then it does, without another choice."""
        self.assertFollowed()
        self.relay.action_new_code()
        self.assertUnfollowed("none")
        self.pairing = self.pair(self.relay.pairing_code).json()
        self.assertFollowed()

    def test_another_relay_in_its_place(self):
        for end in ("action_revoke", "action_lost"):
            relay = self.env.company.engagement_relay_id
            getattr(relay, end)()
            another = self.env["mail.engagement.relay"].create({"name": end})
            self.pair(another.pairing_code)
            self.assertEqual(self.env.company.engagement_relay_id, another)
            self.assertFollowed()

    def test_deleted_relay(self):
        self.relay.unlink()
        self.assertUnfollowed("none")

    def test_silent_relay(self):
        """Links might lead nowhere; its next request has new mails followed again."""
        self.relay.last_seen_at = fields.Datetime.now() - timedelta(minutes=11)
        self.env["mail.engagement.relay"]._cron_engagement_silent()
        self.assertUnfollowed("silent")
        self.state()
        self.assertFollowed()

    def ask_state(self, protocol=None, **headers):
        """What Odoo says to a relay that understands these versions."""
        if protocol is not None:
            headers["X-Engagement-Protocol"] = protocol
        return self.ask("GET", "/mail_engagement/state?since=0", headers=headers)

    def test_protocol_is_said(self):
        self.assertEqual(self.state()["protocol"], versions.NEWEST)
        self.assertEqual(self.pairing["state"]["protocol"], versions.NEWEST)
        self.relay.last_seen_at = False
        self.assertEqual(self.ask_state("1-3", **{"User-Agent": "engagement-relay/1.2.3"}).ok, True)
        self.assertEqual((self.relay.protocol, self.relay.version), ("1-3", "1.2.3"))
        for protocol in (None, "1", versions.said()):
            self.assertEqual(self.ask_state(protocol).status_code, 200)
            self.assertEqual(self.relay.protocol or None, protocol)
            self.assertEqual(self.relay.health, "well")

    @mute_logger("odoo.http")
    def test_relay_of_before_what_is_understood(self):
        """It is told who is too old, nothing is taken from it, and it comes back upgraded."""
        self.relay.message_subscribe(self.env.user.partner_id.ids)
        self.patch(versions, "OLDEST", 2)
        self.patch(versions, "NEWEST", 3)
        for protocol in (None, "1", "1-1"):
            answer = self.ask_state(protocol)
            self.assertEqual(answer.status_code, 426)
            self.assertEqual(answer.json(), {"reason": "relay_too_old", "protocol": "2-3"})
        headers = {"X-Engagement-Protocol": "1-1"}
        self.assertEqual(self.ingest(self.line(), headers=headers).status_code, 426)
        self.assertFalse(self.new_events())
        self.assertEqual(self.relay.health, "relay_too_old")
        self.assertUnfollowed("relay_too_old")
        said = self.relay.message_ids.filtered(lambda found: "too old" in (found.body or ""))
        self.assertEqual(len(said), 1)
        self.assertEqual(self.ask_state("1-2").status_code, 200)
        self.assertFalse(self.relay.warned_at)
        self.assertFollowed()

    @mute_logger("odoo.http")
    def test_relay_of_after_what_is_understood(self):
        for protocol in ("2", "2-5"):
            answer = self.ask_state(protocol)
            self.assertEqual(answer.status_code, 426)
            self.assertEqual(answer.json(), {"reason": "odoo_too_old", "protocol": "1-1"})
        self.assertEqual(self.relay.health, "odoo_too_old")
        self.assertUnfollowed("odoo_too_old")

    @mute_logger("odoo.http")
    def test_protocol_that_is_none(self):
        for protocol in ("", "x", "1-", "-1", "1.0", "12345", "1-2-3", "\xb2"):
            self.assertEqual(self.ask_state(protocol).status_code, 400, protocol)
        self.assertFalse(self.relay.protocol)

    @mute_logger("odoo.http")
    def test_protocol_counts_only_once_signed(self):
        """Nobody else makes Odoo believe that its relay is too old."""
        answer = self.ask(
            "GET", "/mail_engagement/state?since=0", headers={"X-Engagement-Protocol": "9"},
            secret=b"x" * 32,
        )  # fmt: skip
        self.assertEqual(answer.status_code, 401)
        self.assertFalse(self.relay.protocol)

    @mute_logger("odoo.http")
    def test_code_of_a_relay_that_is_too_old_is_not_spent(self):
        another = self.env["mail.engagement.relay"].create({})
        code = another.pairing_code
        self.patch(versions, "OLDEST", 2)
        self.patch(versions, "NEWEST", 2)
        answer = self.pair(code)
        self.assertEqual(answer.status_code, 426)
        self.assertEqual(answer.json()["reason"], "relay_too_old")
        self.patch(versions, "OLDEST", 1)
        self.assertEqual(self.pair(code).status_code, 200)

    def test_only_the_chosen_relay_is_told_that_it_is(self):
        self.assertTrue(self.state()["chosen"])
        self.env.company.engagement_edge = "odoo"
        self.assertFalse(self.state()["chosen"])
        self.env.company.engagement_edge = "relay"
        other = self.env["mail.engagement.relay"].create({"name": "Behind the same name"})
        self.pair(other.pairing_code)
        self.assertTrue(other.is_chosen)
        other.url = "https://elsewhere.test"
        self.assertFalse(other.is_chosen)

    def test_edge_needs_a_paired_relay(self):
        self.env.company.engagement_edge = "odoo"
        waiting = self.env["mail.engagement.relay"].create({})
        with self.assertRaises(ValidationError):
            self.env.company.write({"engagement_edge": "relay", "engagement_relay_id": waiting.id})

    def test_silence_is_reported_once(self):
        self.relay.message_subscribe(self.env.user.partner_id.ids)
        self.relay.last_seen_at = fields.Datetime.now() - timedelta(hours=1)
        for _twice in range(2):
            self.env["mail.engagement.relay"]._cron_engagement_silent()
        said = self.relay.message_ids.filtered(lambda found: "heard of" in (found.body or ""))
        self.assertEqual(len(said), 1)
        self.relay.last_seen_at = fields.Datetime.now()
        self.env["mail.engagement.relay"]._cron_engagement_silent()
        self.assertFalse(self.relay.warned_at)

    def test_only_administrators(self):
        manager = new_test_user(
            self.env, "manfred", groups="base.group_user,mail_engagement.group_manager"
        )
        for model in ("relay", "state", "suppression"):
            records = self.env[f"mail.engagement.{model}"].with_user(manager)
            with self.assertRaises(AccessError):
                records.search([]).read([])
        with self.assertRaises(AccessError):
            self.relay.with_user(manager).read(["secret"])

    def test_settings(self):
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.engagement_relay_health, "well")
        action = settings.action_engagement_pair_relay()
        waiting = self.env["mail.engagement.relay"].browse(action["res_id"])
        self.assertEqual(waiting.state, "waiting")
        self.assertEqual(settings.action_engagement_pair_relay()["res_id"], waiting.id)
