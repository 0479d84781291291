"""The set-up: who may decide, what is kept of it, what is missing, what each switch does."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ...models.setup import mail_engagement_permission, mail_engagement_terms
from ..common import EngagementCase, html, observed


class SetupCase(EngagementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "base.group_user,base.group_system"
        cls.root = new_test_user(cls.env, "rita", groups=groups, email="rita@seller.test")
        cls.other_root = new_test_user(cls.env, "otto", groups=groups, email="otto@seller.test")
        cls.company = cls.env.company
        cls.terms = cls.env["mail.engagement.terms"]
        cls.permissions = cls.env["mail.engagement.permission"]

    def steps(self, company=None):
        company = (company or self.company).with_user(self.root)
        return {step["code"]: step for step in company.engagement_setup_steps()}


@tagged("post_install", "-at_install")
class TestDecisions(SetupCase):
    def test_only_system_administrators(self):
        keys = new_test_user(self.env, "erp", groups="base.group_user,base.group_erp_manager")
        for user in (self.anna, self.manager, keys):
            with self.assertRaises(AccessError):
                self.terms.with_user(user).accept(self.company)
            with self.assertRaises(AccessError):
                self.terms.with_user(user).withdraw(self.company)
            with self.assertRaises(AccessError):
                self.permissions.with_user(user).grant(self.company, "odoo")
            with self.assertRaises(AccessError):
                self.permissions.with_user(user).revoke(self.company)
            with self.assertRaises(AccessError):
                self.company.with_user(user).engagement_setup_steps()
            with self.assertRaises(AccessError):
                self.env["mail.engagement.try"].with_user(user).engagement_send("a@b.test")
        self.assertTrue(self.company.engagement_enabled)

    def test_not_for_a_company_of_others(self):
        other = self.env["res.company"].create({"name": "Other"})
        for log, decide in ((self.terms, "accept"), (self.terms, "withdraw")):
            with self.assertRaises(AccessError):
                getattr(log.with_user(self.root), decide)(other)
        with self.assertRaises(AccessError):
            self.permissions.with_user(self.root).grant(other, "relay")

    def test_log_is_append_only(self):
        accepted = self.terms.with_user(self.root).accept(self.company)
        for change in (lambda: accepted.sudo().write({"version": 9}), accepted.sudo().unlink):
            with self.assertRaises(UserError):
                change()
        with self.assertRaises(AccessError):
            self.permissions.with_user(self.root).create(
                {
                    "company_id": self.company.id,
                    "user_id": self.root.id,
                    "version": 1,
                    "edge": "odoo",
                }
            )

    def test_two_administrators_at_once(self):
        """Both accept from pages opened before: two rows, one result; the last word counts."""
        pages = [
            self.env["mail.engagement.terms.wizard"].with_user(user).create({})
            for user in (self.root, self.other_root)
        ]
        before = self.terms.search([("company_id", "=", self.company.id)])
        for page in pages:
            page.action_accept()
        found = self.terms.search([("company_id", "=", self.company.id)]) - before
        self.assertEqual(found.user_id, self.root + self.other_root)
        pages[0].action_withdraw()
        self.assertFalse(self.terms._engagement_is_accepted(self.company))
        self.assertFalse(self.company.engagement_enabled)

    def test_two_administrators_ask_for_a_relay(self):
        pages = [
            self.env["mail.engagement.permission.wizard"].with_user(user).create({"edge": "relay"})
            for user in (self.root, self.other_root)
        ]
        for page in pages:
            page.action_accept()
        self.assertEqual(pages[0].relay_id, pages[1].relay_id)
        self.assertEqual(pages[0].pairing_code, pages[1].pairing_code)

    def test_new_version_asks_again(self):
        self.assertEqual(self.steps()["terms"]["state"], "done")
        with patch.object(mail_engagement_terms, "VERSION", 2):
            self.assertEqual(self.steps()["terms"]["state"], "attention")
            self.assertTrue(self.company.engagement_enabled)
            # Mails are followed as before, so the composer complains of nothing.
            self.assertFalse(self.company._engagement_missing())
            self.company.engagement_enabled = False
            with self.assertRaises(ValidationError):
                self.company.engagement_enabled = True
            self.terms.with_user(self.root).accept(self.company)
            self.assertEqual(self.steps()["terms"]["state"], "done")
            self.company.engagement_enabled = True

    def test_more_permissions_ask_again(self):
        self.permissions.with_user(self.root).grant(self.company, "odoo")
        self.assertEqual(self.steps()["permission"]["state"], "done")
        with patch.object(mail_engagement_permission, "VERSION", 2):
            self.assertEqual(self.steps()["permission"]["state"], "attention")

    def test_what_was_granted_to_one_edge_is_not_to_the_other(self):
        self.permissions.with_user(self.root).grant(self.company, "relay")
        step = self.steps()["permission"]
        self.assertEqual(step["state"], "attention")
        self.assertEqual(step["buttons"][0]["label"], "Pair the Relay")
        self.permissions.with_user(self.root).grant(self.company, "odoo")
        self.assertEqual(self.steps()["permission"]["state"], "done")

    def test_revoke(self):
        self.permissions.with_user(self.root).grant(self.company, "relay")
        page = (
            self.env["mail.engagement.permission.wizard"]
            .with_user(self.root)
            .create({"edge": "relay"})
        )
        page.action_accept()
        relay = page.relay_id
        page.action_revoke()
        self.assertEqual((page.state, relay.state), ("revoked", "revoked"))
        self.assertFalse(self.company.engagement_enabled)
        with self.assertRaises(ValidationError):
            self.company.engagement_enabled = True
        page.action_accept()
        self.company.engagement_enabled = True
        log = self.permissions.search([("company_id", "=", self.company.id)], limit=3)
        self.assertEqual(log.mapped("action"), ["grant", "revoke", "grant"])

    def test_never_on_without_permission(self):
        """Whoever switches on grants what is asked for, in their name."""
        company = self.env["res.company"].create({"name": "Third"})
        self.env["mail.engagement.terms"].accept(company)
        self.assertEqual(self.permissions._engagement_grant_state(company), "none")
        self.root.company_ids |= company
        company.with_user(self.root).engagement_enabled = True
        last = self.permissions._engagement_last(company)
        self.assertEqual((last.action, last.edge, last.user_id), ("grant", "odoo", self.root))
        company.write({"engagement_enabled": True})
        self.assertEqual(self.permissions.search_count([("company_id", "=", company.id)]), 1)


@tagged("post_install", "-at_install")
class TestWords(SetupCase):
    """What the page says: who does what next, what is missing, what the switch will do."""

    def mailbox(self, user, **values):
        box = self.env["mail.engagement.mailbox"].search([("user_id", "=", user.id)])
        box.write(values)
        return box

    def test_a_half_done_step_names_what_is_missing(self):
        self.env["mail.engagement.mailbox"]._engagement_ensure()
        step = self.steps()["mailbox"]
        self.assertEqual(step["state"], "todo")
        self.mailbox(self.anna).action_approve()
        step = self.steps()["mailbox"]
        self.assertEqual(
            (step["state"], "Approved: anna@seller.test." in step["text"]), ("todo", True)
        )
        self.mailbox(self.anna, state="enabled")
        step = self.steps()["mailbox"]
        self.assertEqual(step["state"], "done")
        self.assertIn("Not yet: ", step["text"])
        self.assertNotIn("anna@seller.test", step["text"])
        self.mailbox(self.ben, outgoing_result="failure")
        step = self.steps()["mailbox"]
        self.assertEqual(step["state"], "attention")
        self.assertIn("The test failed for ben@seller.test", step["text"])

    def test_the_switch_is_what_is_missing(self):
        self.company.engagement_enabled = False
        self.permissions.with_user(self.root).grant(self.company, "odoo")
        self.assertIn("a tracking domain", self.steps()["configure"]["text"])
        self.company.engagement_domain = "track.seller.test"
        self.assertIn("Missing: the switch", self.steps()["configure"]["text"])
        self.terms.with_user(self.root).withdraw(self.company)
        self.assertEqual(self.steps()["configure"]["text"], "First the open steps above.")

    def test_the_switch_says_what_it_will_do(self):
        settings = self.env["res.config.settings"].with_user(self.root).create({})
        self.assertIn("nothing is recorded", settings.engagement_switch_text)
        self.company.write({"engagement_enabled": False, "engagement_domain": "track.seller.test"})
        self.company.engagement_track_clicks = False
        settings = self.env["res.config.settings"].with_user(self.root).create({})
        told = settings.engagement_switch_text
        self.assertIn("are followed: opens and attachment views.", told)
        self.assertIn("https://track.seller.test/e", told)
        self.assertIn("nor of those in France and Italy who did not agree", told)
        self.assertNotIn("mailboxes", told)
        group = self.env.ref("mail_engagement.group_user")
        users = self.env["res.users"].search([("company_ids", "in", self.company.ids)])
        count = len(users.filtered(lambda user: group in user.all_group_ids))
        self.assertIn(f"{count} users see", told)
        self.mailbox(self.anna, state="enabled")
        settings.engagement_only_mailboxes = True
        self.assertIn("Only those of 1 enabled mailboxes", settings.engagement_switch_text)

    def test_four_entries_in_a_menu(self):
        """Ours in Configuration and in Reporting: nobody reads a list of nine."""
        menus = self.env["ir.ui.menu"]
        ours = menus.browse(
            self.env["ir.model.data"]
            .search([("model", "=", "ir.ui.menu"), ("module", "=", "mail_engagement")])
            .mapped("res_id")
        )
        for parent in (
            self.env.ref("mail_engagement.mail_engagement_config_menu"),
            self.env.ref("crm.crm_menu_report"),
        ):
            entries = ours.filtered(lambda menu, parent=parent: menu.parent_id == parent)
            self.assertTrue(0 < len(entries) <= 4, entries.mapped("name"))


@tagged("post_install", "-at_install")
class TestSwitches(SetupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox = cls.start_inbox()

    def send(self, partner=None, **values):
        body = '<p><a href="https://shop.test/offer">offer</a></p>'
        partner = partner or self.carla
        message = self.lead.with_user(self.anna).message_post(
            body=self.markup(body),
            partner_ids=partner.ids,
            subtype_xmlid="mail.mt_comment",
            **values,
        )
        return message, html(self.inbox.to(partner.email)[-1])

    def test_kinds_hold_when_sending(self):
        self.company.engagement_track_opens = False
        _message, body = self.send()
        self.assertNotIn("/e/o/", body)
        self.assertIn("/e/c/", body)
        self.company.write({"engagement_track_opens": True, "engagement_track_clicks": False})
        _message, body = self.send()
        self.assertIn("/e/o/", body)
        self.assertNotIn("/e/c/", body)

    def test_kinds_hold_when_recording(self):
        """For mails already sent too."""
        message, _body = self.send()
        tracking = message.engagement_tracking_ids
        for kind, switch in (("open", "opens"), ("click", "clicks"), ("attachment", "attachments")):
            self.company[f"engagement_track_{switch}"] = False
            self.assertFalse(observed(tracking, kind), kind)
            self.company[f"engagement_track_{switch}"] = True
            self.assertTrue(observed(tracking, kind), kind)

    def test_domains_left_alone(self):
        self.company.engagement_excluded_domains = "@customer.test\nother.test"
        message, body = self.send()
        self.assertNotIn("/e/", body)
        below = self.env["res.partner"].create({"name": "B", "email": "b@eu.customer.test"})
        self.assertNotIn("/e/", self.send(below)[1])
        near = self.env["res.partner"].create({"name": "N", "email": "n@mycustomer.test"})
        message, body = self.send(near)
        self.assertIn("/e/o/", body)
        tracking = message.engagement_tracking_ids
        self.assertTrue(observed(tracking, "open"))
        self.company.engagement_excluded_domains = "mycustomer.test"
        self.assertFalse(observed(tracking, "open"))

    def test_links_left_alone(self):
        self.company.engagement_excluded_links = "*://shop.test/*"
        _message, body = self.send()
        self.assertIn("https://shop.test/offer", body)
        self.assertIn("/e/o/", body)

    def test_switching_off_and_on(self):
        message, _body = self.send()
        tracking = message.engagement_tracking_ids
        observed(tracking, "open")
        self.assertEqual(message.engagement["open_count"], 1)
        self.company.engagement_enabled = False
        self.assertFalse(observed(tracking, "open"))
        self.env.invalidate_all()
        self.assertFalse(message.engagement)
        self.assertNotIn("/e/", self.send()[1])
        self.company.engagement_enabled = True
        self.env.invalidate_all()
        self.assertEqual(message.engagement["open_count"], 1)

    def test_companies_do_not_touch_each_other(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.root.company_ids += other
        self.assertEqual(self.steps(other)["terms"]["state"], "todo")
        self.terms.accept(other)
        self.permissions.grant(other, "odoo")
        other.write({"engagement_enabled": True, "engagement_track_opens": False})
        message, body = self.send()
        self.assertIn("/e/o/", body)
        self.permissions.revoke(other)
        self.terms.withdraw(other)
        self.assertTrue(self.company.engagement_enabled)
        self.assertTrue(observed(message.engagement_tracking_ids, "open"))

    def test_domain(self):
        self.company.engagement_domain = "track.seller.test"
        _message, body = self.send()
        self.assertIn("https://track.seller.test/e/o/", body)
        for wrong in ("https://x.test/path", "ftp://x.test", "a b@c", "x.test?y"):
            with self.assertRaises(ValidationError):
                self.company.engagement_domain = wrong


@tagged("post_install", "-at_install")
class TestTry(SetupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox = cls.start_inbox()
        cls.tester = cls.env["mail.engagement.try"].with_user(cls.root)

    def state(self, mail):
        return {step["code"]: step for step in self.tester.engagement_state(mail)}

    def test_way(self):
        """To the administrator's own address, who as a colleague is never followed otherwise."""
        mail = self.tester.engagement_send("rita@seller.test")
        body = html(self.inbox.to("rita@seller.test")[-1])
        for kind in "oca":
            self.assertIn(f"/e/{kind}/", body)
        self.assertEqual(
            {code: step["state"] for code, step in self.state(mail).items()},
            {"mail": "done", "open": "waiting", "click": "waiting", "attachment": "waiting"},
        )
        self.assertEqual(self.steps()["try"]["state"], "todo")
        message = self.env["mail.mail"].browse(mail).mail_message_id
        observed(message.engagement_tracking_ids, "open", hints=("session",))
        step = self.state(mail)["open"]
        self.assertEqual((step["state"], step["events"][0]["verdict"]), ("done", "self"))
        self.assertTrue(step["events"][0]["reason"])
        self.assertEqual(self.steps()["try"]["state"], "done")

    def test_server_refuses(self):
        self.inbox.refuse.add("rita@seller.test")
        self.addCleanup(self.inbox.refuse.clear)
        mail = self.tester.engagement_send("rita@seller.test")
        step = self.state(mail)["mail"]
        self.assertEqual(step["state"], "failed")
        self.assertIn("did not leave", self.tester.engagement_diagnose(mail))

    def test_nothing_came_back(self):
        mail = self.tester.engagement_send("rita@seller.test")
        self.company.engagement_domain = "nowhere.invalid"
        self.assertIn("leads nowhere", self.tester.engagement_diagnose(mail))
        self.assertEqual(self.steps()["configure"]["state"], "attention")
        self.company.engagement_enabled = False
        self.assertIn("switched off", self.tester.engagement_diagnose(mail))

    def test_what_is_not_tracked_is_not_waited_for(self):
        self.company.engagement_track_clicks = False
        mail = self.tester.engagement_send("rita@seller.test")
        self.assertEqual(self.state(mail)["click"]["state"], "off")

    def test_mails_of_others(self):
        mail = self.tester.engagement_send("rita@seller.test")
        with self.assertRaises(AccessError):
            self.tester.with_user(self.other_root).engagement_state(mail)

    def test_off_or_no_address(self):
        with self.assertRaises(UserError):
            self.tester.engagement_send("nobody")
        self.company.engagement_enabled = False
        with self.assertRaises(UserError):
            self.tester.engagement_send("rita@seller.test")
