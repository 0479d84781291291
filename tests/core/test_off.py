"""Installed and not switched on: Odoo works as without the addon, and asks the database nothing
more. What Odoo's own tests count is compared by ``make test-odoo``; this is the fast half of it."""

import itertools
import re

from odoo.fields import Command
from odoo.tests import Form, HttpCase, new_test_user, tagged

from odoo.addons.mail.tools.discuss import Store

from ..common import EngagementCase

# Of the addon's own tables, or of nothing but its columns on a table of Odoo's.
OURS = re.compile(
    r'(?:FROM|JOIN|INTO|UPDATE) "?mail_engagement'
    r'|"mail_compose_message_engagement_file_rel"'
    r'|SELECT (?:"\w+"\."id", )?"\w+"\."engagement_\w+"(?:, "\w+"\."engagement_\w+")* FROM'
)


@tagged("post_install", "-at_install")
class TestOff(EngagementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.company"].search([]).engagement_enabled = False
        cls.anna.notification_type = "inbox"
        cls.lead.message_subscribe(cls.anna.partner_id.ids)
        cls.lead.with_user(cls.manager).message_post(body="Before")

    def _ours(self, act):
        """:return: queries of ours that `act` makes when the caches are warm"""
        act()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertLogs("odoo.sql_db", "DEBUG") as logged:
            self.env.cr.execute("SELECT 1")
            act()
            self.env.flush_all()
        texts = [" ".join(line.split()) for line in logged.output]
        return [text for text in texts if OURS.search(text)]

    def assertNoQuery(self, act):
        """`act` asks the database nothing of the addon's."""
        self.assertFalse(self._ours(act))

    def _compose(self):
        context = {
            "default_model": "crm.lead",
            "default_res_ids": self.lead.ids,
            "default_composition_mode": "comment",
        }
        composer = self.env["mail.compose.message"].with_user(self.manager).with_context(**context)
        form = Form(composer)
        form.body = "<p>Hello</p>"
        form.partner_ids.add(self.carla)
        file = self.env["ir.attachment"].with_user(self.manager).create({"name": "a", "raw": b"a"})
        form.attachment_ids.add(file)
        form.save()._action_send_mail()

    def _show_messages(self):
        store = Store(bus_channel=self.anna)
        store.add(self.lead.message_ids.with_user(self.anna))
        return store.get_result()

    def test_the_counting_counts(self):
        self.env.company.engagement_enabled = True
        self.assertTrue(self._ours(lambda: self.lead.engagement_score))

    def test_posting(self):
        self.assertNoQuery(lambda: self.lead.with_user(self.manager).message_post(body="Hello"))

    def test_logging(self):
        self.assertNoQuery(lambda: self.lead.with_user(self.manager)._message_log(body="Hello"))

    def test_showing(self):
        self.assertNoQuery(self._show_messages)

    def test_incoming_mail(self):
        numbers = itertools.count()
        mail = (
            "From: Carla <carla@customer.test>\nTo: sales@seller.test\nSubject: Re: Offer\n"
            "In-Reply-To: {}\nMessage-ID: <{}.off@customer.test>\n\nYes, please."
        )

        def come_in():
            text = mail.format(self.lead.message_ids[:1].message_id, next(numbers))
            self.env["mail.thread"].message_process("crm.lead", text)

        self.assertNoQuery(come_in)

    def test_composing(self):
        self.assertNoQuery(self._compose)

    def test_reading_records(self):
        names = {
            "crm.lead": ["name", "engagement_score", "engagement_tracking_count"],
            "res.partner": ["name", "engagement_last_at", "engagement_tracking_count"],
        }
        for model, wanted in names.items():
            with self.subTest(model):
                records = self.env[model].with_user(self.anna)
                read = {name: {} for name in wanted}
                self.assertNoQuery(
                    lambda r=records, read=read: r.web_search_read([], read, limit=9)
                )

    def test_composer_has_no_field_of_ours(self):
        """Each would ask the server again whenever a recipient or a file is added."""
        composer = self.env["mail.compose.message"].with_user(self.anna)
        arch = composer.get_view(view_type="form")["arch"]
        self.assertNotIn('name="engagement_follow"', arch)
        self.assertNotIn("engagement_panel", arch)
        self.assertIn("switched off", arch)
        self.env.company.engagement_enabled = True
        arch = composer.get_view(view_type="form")["arch"]
        self.assertIn("engagement_panel", arch)
        self.assertNotIn("switched off", arch)

    def test_switched_on_again(self):
        """What is read once for each process follows the switch, and each user's choice."""
        self.env.company.engagement_enabled = True
        self.assertEqual(self.anna._engagement_follows(self.env.company), "follow")
        self.anna.engagement_follow = "skip"
        self.assertEqual(self.anna._engagement_follows(self.env.company), "skip")
        self.env.company.engagement_enabled = False
        self.assertEqual(self.anna._engagement_follows(self.env.company), "")


@tagged("post_install", "-at_install")
class TestCustomersPost(EngagementCase):
    """Odoo tells nobody but colleagues which groups somebody else is in."""

    def test_portal_user_answers_where_a_colleague_follows(self):
        portal = new_test_user(self.env, "customer", groups="base.group_portal")
        self.anna.write(
            {
                "notification_type": "inbox",
                "group_ids": [Command.link(self.env.ref("base.group_partner_manager").id)],
            }
        )
        for enabled in (True, False):
            with self.subTest(enabled=enabled):
                self.env.company.engagement_enabled = enabled
                partner = portal.partner_id
                partner.message_subscribe(self.anna.partner_id.ids)
                question = partner.message_post(
                    body="Hello?", partner_ids=partner.ids, subtype_xmlid="mail.mt_comment"
                )
                message = partner.with_user(portal).message_post(
                    body="Hello", parent_id=question.id, subtype_xmlid="mail.mt_comment"
                )
                told = message.sudo().notification_ids
                self.assertEqual(told.res_partner_id, self.anna.partner_id)
                self.assertEqual(told.notification_type, "inbox")


@tagged("post_install", "-at_install")
class TestDeveloperMode(HttpCase):
    def test_web_client_loads(self):
        """Odoo checks what is registered only there: a mistake is an error in its console."""
        self.browser_js(
            "/odoo?debug=1",
            "console.log('test successful')",
            "odoo.isReady === true",
            login="admin",
        )
