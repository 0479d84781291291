"""Terms, switch, keys, companies."""

from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from ..common import EngagementCase


@tagged("post_install", "-at_install")
class TestSettings(EngagementCase):
    def test_off_until_the_terms_are_accepted(self):
        company = self.env["res.company"].create({"name": "New"})
        self.assertFalse(company.engagement_enabled)
        with self.assertRaises(ValidationError):
            company.engagement_enabled = True
        terms = self.env["mail.engagement.terms"].accept(company)
        self.assertEqual((terms.user_id, terms.company_id), (self.env.user, company))
        company.engagement_enabled = True

    def test_withdrawal_switches_off(self):
        self.env["mail.engagement.terms"].withdraw(self.env.company)
        self.assertFalse(self.env.company.engagement_enabled)
        with self.assertRaises(ValidationError):
            self.env.company.engagement_enabled = True

    def test_companies_have_keys_of_their_own(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["mail.engagement.terms"].accept(other)
        self.assertNotEqual(other.engagement_tenant, self.env.company.engagement_tenant)
        secrets = self.env["mail.engagement.key"]._engagement_secrets()
        mine, theirs = (
            secrets[bytes.fromhex(company.engagement_tenant)]
            for company in (self.env.company, other)
        )
        self.assertNotEqual(mine["uid"], theirs["uid"])

    def test_only_the_company_that_wants_it(self):
        other = self.env["res.company"].create({"name": "Other"})
        mail = self.env["mail.mail"].create(
            {
                "subject": "S",
                "body_html": "<p>x</p>",
                "recipient_ids": self.carla.ids,
                "record_company_id": other.id,
            }
        )
        (prepared,) = mail._prepare_outgoing_list()
        self.assertNotIn("/e/o/", prepared["body"])

    def test_several_databases_without_filter(self):
        """Odoo's own edge could not tell whose mail it is: the switch says so and refuses."""
        self.env.company.engagement_enabled = False
        with patch("odoo.http.db_list", return_value=["one", "two"]):
            with self.assertRaisesRegex(ValidationError, "2 databases"):
                self.env.company.engagement_enabled = True

    def test_settings_page(self):
        with Form(self.env["res.config.settings"]) as form:
            form.engagement_track_opens = False
        form.save().execute()
        self.assertFalse(self.env.company.engagement_track_opens)

    def test_rotation_keeps_old_mails_alive(self):
        """A new key signs, the old one is accepted still."""
        keys = self.env["mail.engagement.key"]
        mail = self.env["mail.mail"].create(
            {"subject": "S", "body_html": "<p>x</p>", "recipient_ids": self.carla.ids}
        )
        (before,) = mail._prepare_outgoing_list()
        keys._engagement_rotate(self.env.company)
        (after,) = mail._prepare_outgoing_list()
        self.assertNotEqual(before["body"], after["body"])
        from ...relay.engagement_relay.protocol import token  # noqa: PLC0415

        for prepared in (before, after):
            text = prepared["body"].partition("/e/o/")[2].partition(".gif")[0]
            parsed, _state = token.parse(text, keys._engagement_keyring())
            self.assertEqual(parsed.kind, "o")

    def test_base_url_changes(self):
        """Tokens made after a change of the address point at the new one."""
        mail = self.env["mail.mail"].create(
            {"subject": "S", "body_html": "<p>x</p>", "recipient_ids": self.carla.ids}
        )
        mail._prepare_outgoing_list()
        self.env["ir.config_parameter"].set_param("web.base.url", "https://new.test")
        (prepared,) = mail._prepare_outgoing_list()
        self.assertIn("https://new.test/e/o/", prepared["body"])
