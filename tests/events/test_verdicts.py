"""Verdicts in Odoo: windows and knowledge of an administrator, the sender's own device, words."""

import base64
import secrets
import time
from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from ...relay.engagement_relay.detection.classify import Knowledge, classify
from ...relay.engagement_relay.detection.knowledge import Knowledge as SharedKnowledge
from ...relay.engagement_relay.detection.observe import bucket
from ...tools.judge import Rules
from ...tools.judge.reason import REASONS
from ..common import EngagementCase, observed

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)
# Public, and nobody's that matters here.
OFFICE, HOME = "93.184.216.34", "81.2.69.142"


class VerdictCase(EngagementCase):
    """A mail of Anna's to Carla with three links."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start_inbox()
        cls.message = (
            cls.lead.with_user(cls.anna)
            .message_post(
                body=cls.markup(
                    "".join(f'<p><a href="https://shop.test/{n}">offer {n}</a></p>' for n in "abc")
                ),
                partner_ids=cls.carla.ids,
                subtype_xmlid="mail.mt_comment",
            )
            .with_env(cls.env)
        )
        cls.tracking = cls.message.engagement_tracking_ids
        cls.links = cls.env["mail.engagement.link"].search([("message_id", "=", cls.message.id)])
        cls.sent_at = int(cls.tracking.sent_at.timestamp())

    def see(self, type_="open", t=3000, ip=HOME, agent=CHROME, link=0, signer="", **values):
        """Have an edge see a request `t` seconds after sending, and judge the mail."""
        headers = {"user-agent": agent, "signature-agent": signer and f'"https://{signer}"'}
        traits = classify("GET", headers, ip, self._knowledge())
        return observed(
            self.tracking,
            type_,
            **{
                "sent_at": self.sent_at,
                "at": self.sent_at + t,
                "link": int(self.links[link].reference, 16) if type_ != "open" else None,
                "agent": traits.agent,
                "agent_name": traits.agent_name,
                "network": traits.network,
                "network_name": traits.network_name,
                "device_type": traits.device_type,
                "client": traits.client,
                "os": traits.os,
                "source": bucket(b"s", b"", ip) or 1,
                "ip": ip,
                "user_agent": agent,
                **values,
            },
        )

    def _knowledge(self):
        return self.env["mail.engagement.knowledge"]._engagement_knowledge()


@tagged("post_install", "-at_install")
class TestVerdicts(VerdictCase):
    def setUp(self):
        super().setUp()
        # The past: an event from the future is none.
        self.tracking.sent_at -= timedelta(days=2)
        self.sent_at -= 2 * 86400
        self.env.flush_all()

    def test_links_of_the_mail_are_counted(self):
        """Three of three links: the judge knows how many there are."""
        message_id = self.tracking.rfc_message_id
        counts = self.tracking._engagement_link_counts([message_id])
        self.assertEqual(counts, {message_id: 3})

    def test_a_sweep_takes_the_open_back(self):
        """Later evidence changes an earlier verdict, and the counts with it."""
        opened = self.see(t=70, ip="20.50.7.9")
        self.assertEqual((opened.verdict, self.tracking.open_count), ("human", 1))
        self.assertEqual(self.tracking.state, "opened")
        for number in range(3):
            clicked = self.see("click", t=71 + number, ip="20.50.7.9", link=number)
        self.assertEqual((opened.verdict, opened.reason), ("machine", "scanner_visit"))
        self.assertEqual(clicked.reason_text, "3 links within 2 s")
        self.assertEqual((self.tracking.open_count, self.tracking.click_count), (0, 0))
        self.assertEqual((self.tracking.machine_count, self.tracking.state), (4, "sent"))

    def test_one_view_counts_once(self):
        first, again = self.see(t=900), self.see(t=901)
        self.assertEqual((first.reason, again.reason), ("browser", "same_view"))
        self.assertEqual(again.verdict, "human")
        self.assertEqual(self.tracking.open_count, 1)

    def test_on_the_loopback_address_each_counts(self):
        for _time in range(5):
            event = self.see(t=2, ip="127.0.0.1")
        self.assertEqual(event.verdict, "human")
        self.assertEqual(self.tracking.open_count, 5)

    def test_privacy_protection_is_neither_counted_nor_dropped(self):
        event = self.see(ip="172.226.10.9", agent="Mozilla/5.0")
        self.assertEqual((event.verdict, event.reason), ("unknown", "privacy"))
        self.assertEqual((self.tracking.open_count, self.tracking.machine_count), (0, 0))

    def test_windows_of_the_company(self):
        self.env.company.engagement_open_window = 120
        event = self.see(t=100, ip="20.50.7.9")
        self.assertEqual((event.verdict, event.reason), ("machine", "early"))
        self.assertEqual(event.reason_text, "From Microsoft Azure, 100 s after sending")

    def test_default_windows_are_the_judges(self):
        self.assertEqual(self.env.company._engagement_rules(), Rules())

    def test_settings_change_the_windows(self):
        settings = Form(self.env["res.config.settings"])
        settings.engagement_click_window = 45
        settings.save().execute()
        self.assertEqual(self.env.company._engagement_rules().click_window, 45)

    def test_an_own_gateway(self):
        """Entered today, it holds with the next visit, on every edge."""
        before = self.env.company._engagement_knowledge().pack()
        state = self.env["mail.engagement.state"]
        version = state._engagement_versions(self.env.company)[1]
        self.assertEqual(self.see(ip=OFFICE).verdict, "human")
        entry = self.env["mail.engagement.knowledge"].create(
            {"kind": "network", "match": "93.184.216.0/24", "name": "Our gateway"}
        )
        event = self.see(t=4000, ip=OFFICE)
        self.assertEqual((event.verdict, event.reason), ("machine", "scanner_network"))
        self.assertEqual(event.reason_text, "Our gateway, which checks mail for its customers")
        self.assertGreater(state._engagement_versions(self.env.company)[1], version)
        packed = self.env.company._engagement_knowledge().pack()
        self.assertNotEqual(packed["version"], before["version"])
        relays = SharedKnowledge.unpack(packed)
        self.assertEqual(relays.network(OFFICE), ("scanner", "Our gateway"))
        entry.active = False
        self.assertEqual(self._knowledge().network(OFFICE), ("", ""))
        self.assertEqual(self.env.company._engagement_knowledge().pack(), before)

    def test_a_deleted_entry_holds_no_longer(self):
        entry = self.env["mail.engagement.knowledge"].create(
            {"kind": "network", "match": "93.184.216.0/24", "name": "Our gateway"}
        )
        state = self.env["mail.engagement.state"]
        self.assertEqual(self._knowledge().network(OFFICE)[0], "scanner")
        version = state._engagement_versions(self.env.company)[1]
        entry.unlink()
        self.assertEqual(self._knowledge().network(OFFICE), ("", ""))
        self.assertGreater(state._engagement_versions(self.env.company)[1], version)

    def test_an_own_agent_holds_before_what_ships(self):
        self.env["mail.engagement.knowledge"].create(
            {"kind": "agent", "match": "OurBot/", "agent_class": "browser", "name": "Our app"}
        )
        self.assertEqual(self._knowledge().agent("OurBot/2"), ("browser", "Our app"))
        self.assertEqual(Knowledge.default().agent("OurBot/2")[0], "bot")

    def test_a_list(self):
        rows = "172.99.0.0/16,US,US-CA,San Francisco,\n2a0f:1::/32,US,,,\n"
        self.env["mail.engagement.knowledge"].create(
            {
                "kind": "list",
                "name": "iCloud Private Relay",
                "network_class": "privacy_relay",
                "data": base64.b64encode(rows.encode()),
            }
        )
        for ip in ("172.99.3.4", "2a0f:1::9"):
            self.assertEqual(
                self._knowledge().network(ip), ("privacy_relay", "iCloud Private Relay")
            )

    def test_nonsense_is_refused(self):
        model = self.env["mail.engagement.knowledge"]
        for values in (
            {"kind": "network", "match": "300.1.1.1/24"},
            {"kind": "network", "match": False},
            {"kind": "agent", "match": "("},
            {"kind": "list", "data": base64.b64encode(b"no network here\n")},
            {"kind": "list", "data": base64.b64encode(b"\xff\xfe\x00")},
        ):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                model.create({"name": "Nonsense", **values})

    def test_only_administrators_change_knowledge(self):
        model = self.env["mail.engagement.knowledge"]
        for user in (self.anna, self.manager):
            with self.assertRaises(AccessError):
                model.with_user(user).create({"match": "192.0.2.0/24", "name": "Mine"})
        self.assertFalse(model.with_user(self.anna).has_access("read"))

    def _device(self, **values):
        return self.env["res.device.log"].create(
            {
                "session_identifier": secrets.token_hex(21),
                "platform": "windows",
                "browser": "chrome",
                "ip_address": OFFICE,
                "user_id": self.anna.id,
                "first_activity": self.tracking.sent_at,
                "last_activity": self.tracking.sent_at + timedelta(hours=1),
                **values,
            }
        )

    def test_the_senders_device(self):
        self._device()
        event = self.see(ip=OFFICE)
        self.assertEqual((event.verdict, event.reason), ("self", "own_device"))
        self.assertEqual(self.see(t=5000, ip=HOME).verdict, "human")
        self.assertEqual(self.tracking.open_count, 1)

    def test_the_senders_address_with_another_program_is_a_colleague_or_a_customer(self):
        self._device(browser="firefox")
        self.assertEqual(self.see(ip=OFFICE).verdict, "human")

    def test_an_inner_address_proves_nothing(self):
        self._device(ip_address="192.168.1.5")
        self.assertEqual(self.see(ip="192.168.1.5").verdict, "human")

    def test_an_old_device_proves_nothing(self):
        old = self.tracking.sent_at - timedelta(days=90)
        self._device(first_activity=old, last_activity=old)
        self.assertEqual(self.see(ip=OFFICE).verdict, "human")

    def test_the_senders_device_where_no_address_was_kept(self):
        """Both edges' buckets are compared: no address is needed."""
        self._device()
        salts = self.env.company._engagement_salts()[self.env.company.id]
        self.assertGreaterEqual(len(salts), 2)
        for number, salt in enumerate(salts):
            event = self.see(
                t=3000 + 100 * number,
                ip=OFFICE,
                source=bucket(salt, bytes.fromhex(self.tracking.uid), OFFICE),
                **{"policy": 2},
            )
            event.write({"ip": False, "user_agent": False, "verdict": False})
            self.env.flush_all()
            self.env["mail.engagement.tracking"]._engagement_judge_pending()
            self.assertEqual(event.verdict, "self")

    def test_every_reason_has_words(self):
        texts = self.env["mail.engagement.event"].with_context(lang=None)._engagement_reasons()
        self.assertEqual(texts.keys(), REASONS.keys())
        for code, names in REASONS.items():
            words = texts[code] % {name: f"<{name}>" for name in names}
            self.assertTrue(all(f"<{name}>" in words for name in names), words)

    def test_reasons_are_translated(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"].search(
            [("name", "=", "mail_engagement")]
        )._update_translations(["fr_FR"])
        event = self.see(t=3, ip="20.50.7.9")
        self.assertIn("Microsoft Azure", event.with_context(lang="fr_FR").reason_text)
        self.assertIn("après l'envoi", event.with_context(lang="fr_FR").reason_text)

    def test_an_odd_reason_is_no_error(self):
        event = self.see(t=3, ip="20.50.7.9")
        event.write({"reason": "burst", "reason_params": {}})
        self.assertIn("links", event.reason_text)
        event.write({"reason": "of_tomorrow"})
        self.assertEqual(event.reason_text, "of_tomorrow")

    def test_time_line(self):
        self.see(t=3, ip="20.50.7.9")
        [line] = self.message.with_user(self.anna).engagement_timeline()[0]["events"]
        self.assertEqual(line["verdict"], "machine")
        self.assertEqual(line["reason"], "From Microsoft Azure, 3 s after sending")

    def test_an_assistant_is_shown_as_such_and_not_counted(self):
        self.see("click", agent="Mozilla/5.0 (compatible; Claude-User/1.0)")
        [line] = self.message.with_user(self.anna).engagement_timeline()[0]["events"]
        self.assertEqual(line["verdict"], "machine")
        self.assertEqual(line["reason"], "Somebody's assistant looked at it for them: Claude")
        self.assertEqual((self.tracking.click_count, self.tracking.machine_count), (0, 1))

    def test_before_the_sending(self):
        self.see(t=-7)
        [line] = self.message.with_user(self.anna).engagement_timeline()[0]["events"]
        self.assertEqual(line["verdict"], "unknown")
        self.assertEqual(line["reason"], "Before the e-mail was sent: a clock is wrong")
        self.assertEqual(self.tracking.open_count, 0)

    def test_another_device_is_shown_as_such(self):
        self.see(t=900)
        self.see(t=9000, ip=OFFICE, agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0")
        second, first = self.message.with_user(self.anna).engagement_timeline()[0]["events"]
        self.assertTrue(first["is_plain"])
        self.assertFalse(second["is_plain"])
        self.assertEqual(second["reason"], "A person, on another device than before")

    def test_machines_do_not_crowd_people_out_of_the_time_line(self):
        self.see(t=900)
        for second in range(60):
            self.see(t=2000 + second, ip="20.50.7.9", agent="curl/8")
        [recipient] = self.message.with_user(self.anna).engagement_timeline()
        shown = [line["verdict"] for line in recipient["events"]]
        self.assertEqual((shown.count("human"), shown.count("machine")), (1, 50))
        self.assertEqual((shown[-1], recipient["machine_count"]), ("human", 60))

    def test_ages_come_from_the_token(self):
        """A browser on the loopback address now, seconds after sending."""
        event = observed(self.tracking, "open", network="loopback", at=time.time())
        self.assertEqual(event.verdict, "human")
