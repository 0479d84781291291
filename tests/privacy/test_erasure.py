"""Access and erasure: nothing of a person is left in any column of any table that is ours."""

import json

from odoo.exceptions import AccessError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import SQL

from ..common import EngagementCase, html, observed

ADDRESS = "zelda.unmistakable@customer.test"
IP = "198.51.100.77"
AGENT = "Mozilla/5.0 Unmistakable/7"
TEXTUAL = ("character varying", "text", "jsonb", "json", "USER-DEFINED")


@tagged("post_install", "-at_install")
class TestErasure(EngagementCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox = cls.start_inbox()
        cls.zelda = cls.env["res.partner"].create({"name": "Zelda", "email": ADDRESS})

    def setUp(self):
        super().setUp()
        self.env.company.engagement_page_link = True
        self.tracking = self._send(self.zelda)
        self.event = observed(
            self.tracking, "click", ip=IP, user_agent=AGENT, city="Unmistakable City"
        )
        observed(self.tracking, "attachment", ip=IP)
        self.tracking.sudo().delivery_text = f"250 <{ADDRESS}> taken"
        self.zelda._engagement_set_consent({"open": "granted"}, "user", note=f"said {ADDRESS}")
        self.env.flush_all()

    def _send(self, partners, **values):
        file = self.env["ir.attachment"].with_user(self.anna)
        file = file.create({"name": f"for {ADDRESS}.pdf", "raw": b"%PDF unmistakable"})
        file.engagement_follow = "follow"
        message = self.lead.with_user(self.anna).message_post(
            body=self.markup(f'<a href="https://shop.test/?to={ADDRESS}">offer</a>'),
            partner_ids=partners.ids,
            attachment_ids=file.ids,
            subtype_xmlid="mail.mt_comment",
            **values,
        )
        self.env.flush_all()
        return message.engagement_tracking_ids

    def _found(self, text, tables="mail_engagement%"):
        """:return: table.column in which the text stands, of all that can hold text

        :param str tables: a pattern; by default ours
        """
        columns = self.env.execute_query(
            SQL(
                """SELECT table_name, column_name FROM information_schema.columns
                     JOIN information_schema.tables USING (table_schema, table_name)
                    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
                      AND data_type IN %s AND table_name LIKE %s""",
                TEXTUAL,
                tables,
            )
        )
        self.assertGreater(len(columns), 40)
        found = [
            f"{table}.{column}"
            for table, column in columns
            if self.env.execute_query(
                SQL(
                    "SELECT 1 FROM %s WHERE %s::text ILIKE %s LIMIT 1",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    f"%{text}%",
                )
            )
        ]
        # What else the addon writes: copies of files, and bus messages to the sender.
        files = """SELECT 1 FROM ir_attachment WHERE res_model LIKE 'mail.engagement%%'
                      AND concat_ws(' ', name, url, description, index_content) ILIKE %s"""
        if self.env.execute_query(SQL(files, f"%{text}%")):
            found.append("ir_attachment")
        return found

    def test_the_search_finds_what_is_there(self):
        self.assertIn("mail_engagement_tracking.email_normalized", self._found(ADDRESS))
        self.assertIn("mail_engagement_tracking.delivery_text", self._found(ADDRESS))
        self.assertIn("mail_engagement_consent.note", self._found(ADDRESS))
        self.assertIn("mail_engagement_link.label", self._found(ADDRESS))
        self.assertIn("mail_engagement_link.url", self._found(ADDRESS))
        self.assertIn("ir_attachment", self._found(ADDRESS))
        self.assertIn("mail_engagement_event.ip", self._found(IP))
        self.assertIn("mail_engagement_event.user_agent", self._found(AGENT))

    def _assert_nothing_left(self):
        self.env.flush_all()
        for text in (ADDRESS, IP, AGENT, "Unmistakable City", "unmistakable"):
            self.assertEqual(self._found(text), [], text)

    def test_wizard_erases_all(self):
        wizard = self.env["mail.engagement.erase.wizard"].with_user(self.manager)
        form = Form(wizard.with_context(active_ids=self.zelda.ids, active_model="res.partner"))
        self.assertEqual((form.mail_count, form.event_count), (1, 2))
        form.save().action_erase()
        self._assert_nothing_left()
        self.assertEqual(self.zelda.engagement_opens, "refused")
        self.assertEqual(set(self.zelda.engagement_consent_ids.mapped("value")),
                         {"granted", "refused"})  # fmt: skip

    def test_nothing_is_left_in_the_whole_database(self):
        """But for what Odoo itself keeps of a contact that is written to."""
        self.env.cr.precommit.run()  # what goes over the bus
        self.zelda._engagement_erase()
        self.env.cr.precommit.run()
        self.env.flush_all()
        for text in (IP, AGENT, "Unmistakable City"):
            self.assertEqual(self._found(text, "%"), [], text)
        odoos = {"res_partner", "mail_message", "mail_mail", "ir_attachment"}
        self.assertLessEqual({it.split(".")[0] for it in self._found(ADDRESS, "%")}, odoos)

    def test_only_managers_erase(self):
        with self.assertRaises(AccessError):
            self.env["mail.engagement.erase.wizard"].with_user(self.anna).create(
                {"partner_ids": self.zelda.ids}
            )

    def test_an_erased_person_does_not_come_back(self):
        values = {"uid": self.tracking.uid, "sent_at": self.tracking.sent_at}
        company, message = self.env.company, self.tracking.rfc_message_id
        self.zelda._engagement_erase()
        ghost = self.env["mail.engagement.tracking"].new(
            {**values, "company_id": company.id, "rfc_message_id": message}
        )
        self.assertFalse(observed(ghost, "open", ip=IP, user_agent=AGENT))
        self.assertNotIn(values["uid"], str(self._tombstones()))
        self.assertEqual(len(self._tombstones()), 1)
        self._assert_nothing_left()
        # A later mail is a new one.
        self.assertTrue(observed(self._send(self.zelda), "open"))

    def _tombstones(self):
        return self.env["mail.engagement.tombstone"].search([]).mapped("uid_hash")

    def test_an_event_that_came_before_its_row_goes_too(self):
        self.env.cr.execute(
            SQL("UPDATE mail_engagement_event SET tracking_id = NULL, verdict = NULL")
        )
        self.zelda._engagement_erase()
        self._assert_nothing_left()

    def test_others_keep_theirs(self):
        both = self._send(self.zelda | self.carla)
        hers = both.filtered(lambda mail: mail.partner_id == self.carla)
        event = observed(hers, "open")
        self.zelda._engagement_erase()
        self.assertEqual((hers.exists(), event.exists()), (hers, event))
        self.assertEqual(self._found(ADDRESS), [])

    def test_a_shared_copy_loses_the_address(self):
        self.chen.email = f"{ADDRESS}, chen@customer.test"
        shared = self._send(self.chen)
        self.assertIn(ADDRESS, shared.email_normalized)
        shared.sudo().delivery_text = f"550 <{ADDRESS}> unknown"
        self.zelda._engagement_erase()
        self.assertEqual(shared.exists().email_normalized, "chen@customer.test")
        self.assertEqual(self._found(ADDRESS), [])

    def test_an_address_within_another_is_another(self):
        """Its owner keeps the links, and copies of files."""
        other = self.env["res.partner"].create({"name": "N", "email": "n.zelda@customer.test"})
        self.zelda.email = "zelda@customer.test"
        message = self.lead.with_user(self.anna).message_post(
            body=self.markup('<a href="https://shop.test/?to=n.zelda@customer.test">offer</a>'),
            partner_ids=other.ids,
            subtype_xmlid="mail.mt_comment",
        )
        links = self.env["mail.engagement.link"].search([("message_id", "=", message.id)])
        self.assertTrue(links)
        for near in ("zelda@customer.test", "n_zelda@customer.test"):
            self.zelda.email = near
            self.zelda._engagement_erase()
            self.assertEqual(links.exists(), links, near)
        self.zelda.email = "N.Zelda@customer.test"
        self.zelda._engagement_erase()
        self.assertFalse(links.exists())

    def test_deleting_the_contact_erases(self):
        self.zelda.unlink()
        self._assert_nothing_left()
        self.assertEqual(len(self._tombstones()), 1)
        self.assertFalse(self.env["mail.engagement.contact"].search(
            [("contact_id", "=", self.zelda.id)]))  # fmt: skip

    def test_archiving_keeps_what_was_said(self):
        self.zelda._engagement_set_consent(dict.fromkeys(("open", "click"), "refused"), "user")
        self.zelda.active = False
        twin = self.env["res.partner"].create({"name": "Zelda again", "email": ADDRESS})
        self.inbox.envelopes.clear()
        self._send(twin)
        [mail] = self.inbox.to(ADDRESS)
        self.assertIn("/e/p/", html(mail))
        self.assertNotIn("/e/o/", html(mail))
        self.assertNotIn("/e/c/", html(mail))

    def test_merging_keeps_all_and_the_strictest(self):
        twin = self.env["res.partner"].create({"name": "Zelda", "email": "z@customer.test"})
        twin._engagement_set_consent({"open": "refused", "click": "granted"}, "page")
        keys = self.env["mail.engagement.contact"]._engagement_page_keys([twin.id, self.zelda.id])
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((twin | self.zelda).ids, self.zelda)
        self.assertEqual(
            (self.zelda.engagement_opens, self.zelda.engagement_clicks), ("refused", "granted")
        )
        self.assertEqual(self.tracking.partner_id, self.zelda)
        pages = self.env["mail.engagement.contact"].search([("contact_id", "=", self.zelda.id)])
        self.assertEqual({bytes.fromhex(page.key) for page in pages}, set(keys.values()))
        # The person's own words came along: nobody notes them again.
        said = self.zelda.engagement_consent_ids.grouped("kind")
        self.assertEqual({said[kind][0].source for kind in ("open", "click")}, {"page"})

    def test_export(self):
        self.authenticate("mona", "mona")
        answer = self.url_open(f"/mail_engagement/export/{self.zelda.id}")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        held = json.loads(answer.text)
        self.assertEqual(held["contact"]["addresses"], [ADDRESS])
        [mail] = held["mails"]
        self.assertEqual({event["type"] for event in mail["events"]}, {"click", "attachment"})
        self.assertEqual({event["ip"] for event in mail["events"]}, {IP})
        self.assertEqual(held["consents"][0]["value"], "granted")
        self.authenticate("anna", "anna")
        self.assertEqual(self.url_open(f"/mail_engagement/export/{self.zelda.id}").status_code, 404)

    def test_export_tells_of_shared_copies_without_the_others(self):
        self.chen.email = f"{ADDRESS}, chen@customer.test"
        shared = self._send(self.chen)
        observed(shared, "open")
        mails = self.zelda._engagement_export()["mails"]
        self.assertEqual(len(mails), 2)
        self.assertEqual({mail["email_normalized"] for mail in mails}, {ADDRESS})
        self.assertNotIn("chen@", json.dumps(mails))
        self.assertEqual(len([mail for mail in mails if mail["is_shared"]]), 1)
        # Who shares a part of the address only, is somebody else.
        self.zelda.email = ADDRESS.removeprefix("zelda.")
        self.assertEqual(len(self.zelda._engagement_export()["mails"]), 1)

    def test_privacy_lookup_finds_and_deletes_it(self):
        lines = self._look_up("Zelda", ADDRESS)
        self.assertEqual(set(lines.mapped("res_model")), {"mail.engagement.tracking"})
        lines.action_unlink_all()
        self.assertEqual(len(self._tombstones()), 1)
        lines = self._look_up("anna", self.anna.email)
        self.assertIn("mail.engagement.mailbox", lines.mapped("res_model"))
        lines.action_unlink_all()

    def _look_up(self, name, address):
        """What Odoo's Privacy Lookup finds in the models of this addon."""
        if "privacy.lookup.wizard" not in self.env:
            self.skipTest("privacy_lookup is not installed")
        wizard = self.env["privacy.lookup.wizard"].create({"name": name, "email": address})
        wizard.action_lookup()
        return wizard.line_ids.filtered(lambda line: line.res_model.startswith("mail.engagement."))
