"""Nothing that a user can write lowers a protection: context keys, defaults, fields, arguments."""

import re

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged

from ...relay.engagement_relay.protocol import token
from ..common import EngagementCase, InboxCase, html

FIELDS = ("engagement_opens", "engagement_clicks", "engagement_attachments")
# Of a model whose fields a message passes through, each field of ours may come as a default.
PASSED = ("mail.message", "mail.mail", "ir.attachment", "res.partner", "mail.compose.message")
FORGED = {
    "engagement_consent_source": "page",
    "engagement_consent_text": "May we?",
    "engagement_consent_note": "at the fair",
    "import_file": True,
}


def defaults(env):
    """Contexts with each of our fields as a default, for each value that it may have."""
    for model in PASSED:
        for name, field in env[model]._fields.items():
            if not name.startswith("engagement") or field.type in ("one2many", "many2many"):
                continue
            values = field.get_values(env) if field.type == "selection" else [True]
            for value in values:
                yield {f"default_{name}": value}


@tagged("post_install", "-at_install")
class TestContexts(InboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unasked, cls.known = cls.env["res.partner"].create(
            [
                {
                    "name": "Uma",
                    "email": "uma@customer.test",
                    "country_id": cls.env.ref("base.fr").id,
                },
                {"name": "Kim", "email": "kim@customer.test"},
            ]
        )
        cls.carla.write(dict.fromkeys(FIELDS, "refused"))
        cls.env.company.engagement_policy = "no_ip"
        cls.people = cls.carla | cls.unasked | cls.known | cls.ben.partner_id

    def _levels(self, user=None, context=None, **values):
        """What is followed of each recipient of a message that a salesperson posts by RPC.

        :return: by address and kind's letter, token.Policy
        """
        self.inbox.envelopes.clear()
        call_kw(
            self.env["crm.lead"].with_user(user or self.anna),
            "message_post",
            [self.lead.ids],
            {
                "body": self.markup('<a href="https://shop.test/offer">offer</a>'),
                "partner_ids": self.people.ids,
                "subtype_xmlid": "mail.mt_comment",
                "context": context or {},
                **values,
            },
        )
        return self._followed()

    def _followed(self):
        """What is followed in the mails that left."""
        keyring = self.env["mail.engagement.key"]._engagement_keyring()
        found = {}
        for person in self.people:
            [mail] = self.inbox.to(person.email)
            for kind, text in re.findall(r"/e/([oca])/([\w-]+)", html(mail)):
                found[person.email, kind] = token.parse(text, keyring)[0].policy
        return found

    def assertNotMore(self, found, usual):
        for key, level in found.items():
            self.assertLessEqual(level, usual.get(key, 0), key)

    def test_no_key_of_the_context_follows_more(self):
        usual = self._levels()
        self.assertEqual(usual, {(self.known.email, kind): token.Policy.NO_IP for kind in "oc"})
        for context in (
            {"engagement_test": True},
            {"active_test": False},
            FORGED,
            *({key: value} for key, value in FORGED.items()),
            *defaults(self.env),
        ):
            with self.subTest(context=context):
                self.assertNotMore(self._levels(context=context), usual)

    def _lax_company(self):
        """A company that the salesperson does not work for, and that follows everybody."""
        other = self.env["res.company"].create({"name": "Lax"})
        self.env["mail.engagement.terms"].accept(other)
        other.engagement_enabled = True
        return other

    def test_a_waiting_mail_leaves_by_the_rules_that_it_was_written_under(self):
        usual = self._levels()
        lax = self._lax_company()
        message = self.lead.with_user(self.anna).message_post(
            body=self.markup('<a href="https://shop.test/offer">offer</a>'),
            partner_ids=self.people.ids,
            subtype_xmlid="mail.mt_comment",
            force_send=False,
        )
        call_kw(
            self.env["mail.message"].with_user(self.anna),
            "write",
            [message.ids, {"record_company_id": lax.id}],
            {},
        )
        self.env.invalidate_all()
        self.inbox.envelopes.clear()
        self.env["mail.mail"].search([("mail_message_id", "=", message.id)]).send()
        self.assertNotMore(self._followed(), usual)

    def test_no_argument_follows_more(self):
        usual = self._levels()
        other = self._lax_company()
        for values in (
            {"engagement_follow": "follow"},
            {"record_company_id": other.id},
        ):
            with self.subTest(values=values):
                self.assertNotMore(self._levels(**values), usual)
        for name in ("engagement_tracking_ids", "engagement_reminder_ids", "engagement"):
            with self.subTest(name=name), self.assertRaises(ValueError):
                self._levels(**{name: [(0, 0, {})]})
        with self.assertRaises(AccessError):
            self._levels(engagement_reminder={"condition": "no_reply", "user_id": self.ben.id})

    def test_a_customers_post_is_followed_as_the_company_has_it(self):
        """Whoever is no colleague does not switch the following on."""
        self.env.company.engagement_follow_default = False
        portal = new_test_user(self.env, "pia", groups="base.group_portal", email="pia@x.test")
        for values in ({"engagement_follow": "follow"}, {}):
            message = (
                self.lead.with_user(portal)
                .sudo()
                .message_post(
                    body="Hello",
                    partner_ids=self.known.ids,
                    subtype_xmlid="mail.mt_comment",
                    **values,
                )
            )
            self.assertFalse(message.engagement_follow)
            self.assertFalse(message.engagement_tracking_ids)


@tagged("post_install", "-at_install")
class TestWhoSaidIt(EngagementCase):
    def _write(self, values, user=None, context=None, partner=None):
        call_kw(
            self.env["res.partner"].with_user(user or self.anna),
            "write",
            [(partner or self.carla).ids, values],
            {"context": context or {}},
        )
        self.env.invalidate_all()

    def _refuse(self, kind="open"):
        self.carla.with_user(self.env.ref("base.user_root"))._engagement_set_consent(
            {kind: "refused"}, "page", text="May we?"
        )

    def test_a_salespersons_word_is_theirs(self):
        for context in ({}, FORGED, *({key: value} for key, value in FORGED.items())):
            for value in ("granted", "refused"):
                with self.subTest(context=context, value=value):
                    self._write({"engagement_opens": value}, context=context)
                    row = self.carla.engagement_consent_ids[0]
                    self.assertEqual((row.user_id, row.value), (self.anna, value))
                    self.assertIn(row.source, ("user", "import"))
                    self.assertFalse(row.text)
                    self.assertFalse(row.note)

    def test_the_note_is_kept(self):
        self._write({"engagement_opens": "granted", "engagement_consent_note": "by phone"})
        row = self.carla.engagement_consent_ids
        self.assertEqual((row.note, row.user_id), ("by phone", self.anna))
        new = self.env["res.partner"].with_user(self.anna).create(
            {"name": "New", "engagement_opens": "granted", "engagement_consent_note": "at a fair"}
        )  # fmt: skip
        self.assertEqual(new.sudo().engagement_consent_ids.note, "at a fair")

    def test_only_a_manager_with_a_proof_lifts_the_persons_own_refusal(self):
        self._refuse()
        for value in ("granted", False):
            for user, values in (
                (self.anna, {}),
                (self.anna, {"engagement_consent_note": "by phone"}),
                (self.manager, {}),
                (self.manager, {"engagement_consent_note": "  "}),
            ):
                for context in ({}, FORGED):
                    with (
                        self.subTest(value=value, user=user.login, values=values, context=context),
                        self.assertRaisesRegex(UserError, "refused themselves"),
                        self.cr.savepoint(),
                    ):
                        self._write({"engagement_opens": value, **values}, user, context)
        self.assertEqual(self.carla.engagement_opens, "refused")
        self.assertEqual(len(self.carla.engagement_consent_ids), 1)
        # Other kinds, and the same word again, are everybody's to note.
        self._write({"engagement_opens": "refused", "engagement_clicks": "granted"})
        self._write(
            {"engagement_opens": "granted", "engagement_consent_note": "by phone"}, self.manager
        )
        row = self.carla.engagement_consent_ids[0]
        self.assertEqual((row.user_id, row.note, row.value), (self.manager, "by phone", "granted"))
        # From here on it is a colleague's word again.
        self._write({"engagement_opens": False})

    def test_the_person_changes_their_mind_on_their_page(self):
        self._refuse()
        self.carla._engagement_set_consent({"open": "granted"}, "page", text="May we?")
        self.assertEqual(self.carla.engagement_opens, "granted")
        self.assertEqual(self.carla.engagement_consent_ids.mapped("source"), ["page", "page"])
        self.assertFalse(self.carla.engagement_consent_ids.user_id)

    def test_import(self):
        self._refuse()
        self.carla.email = "carla@customer.test"
        xmlid = self.carla.export_data(["id"])["datas"][0][0]
        partners = self.env["res.partner"].with_user(self.anna)
        result = call_kw(
            partners,
            "load",
            [["id", "engagement_opens"], [[xmlid, "Granted"]]],
            {"context": {"import_file": True}},
        )
        self.assertFalse(result["ids"])
        self.assertIn("on their own page", result["messages"][0]["message"])
        result = call_kw(
            partners,
            "load",
            [["id", "engagement_clicks"], [[xmlid, "Granted"]]],
            {"context": {"import_file": True}},
        )
        self.assertEqual(result["ids"], self.carla.ids)
        row = self.carla.engagement_consent_ids[0]
        self.assertEqual((row.source, row.user_id, row.kind), ("import", self.anna, "click"))

    def test_merging_keeps_the_persons_refusal(self):
        self._refuse()
        granted = self.env["res.partner"].create({"name": "C", "engagement_opens": "granted"})
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((granted | self.carla).ids, granted)
        self.assertEqual(granted.engagement_opens, "refused")
        self.assertEqual(granted.engagement_consent_ids[0].value, "refused")

    def test_a_twin_lifts_nothing(self):
        self._refuse()
        twin = self.env["res.partner"].with_user(self.anna).create(
            {"name": "C.", "email": self.carla.email, "engagement_opens": "granted"}
        )  # fmt: skip
        for partner in (self.carla, twin):
            standings = partner.sudo()._engagement_standings(self.env.company)[partner]
            self.assertEqual((standings["open"].level, standings["open"].said), (0, "refused"))

    def test_no_default_says_anything(self):
        """Neither the context's, nor one that a user keeps for themselves."""
        partners = self.env["res.partner"].with_user(self.anna)
        context = {f"default_{name}": "granted" for name in FIELDS}
        [named, _label] = call_kw(partners, "name_create", ["New"], {"context": context})
        [made] = call_kw(partners, "create", [[{"name": "New"}]], {"context": context})
        self.env["ir.default"].with_user(self.anna).set(
            "res.partner", "engagement_opens", "granted", user_id=True
        )
        [kept] = call_kw(partners, "create", [[{"name": "New"}]], {})
        for partner in self.env["res.partner"].browse([named, made, kept]):
            self.assertFalse(any(partner[name] for name in FIELDS))
            self.assertFalse(partner.engagement_consent_ids)

    def test_a_copy_said_nothing(self):
        self._write(dict.fromkeys(FIELDS, "granted"))
        [copy] = call_kw(self.env["res.partner"].with_user(self.anna), "copy", [self.carla.ids], {})
        copy = self.env["res.partner"].browse(copy)
        self.assertFalse(any(copy[name] for name in FIELDS))
        self.assertFalse(copy.engagement_consent_ids)

    def test_nobody_writes_the_history(self):
        self._write({"engagement_opens": "refused"})
        row = self.carla.engagement_consent_ids
        forged = {
            "partner_id": self.carla.id,
            "kind": "open",
            "value": "granted",
            "source": "page",
            "text": "May we?",
        }
        portal = new_test_user(self.env, "pia", groups="base.group_portal")
        for user in (self.anna, self.manager, portal, self.env.ref("base.user_admin")):
            consents = self.env["mail.engagement.consent"].with_user(user)
            partners = self.env["res.partner"].with_user(user)
            relation = "engagement_consent_ids"
            for model, method, *args in (
                (consents, "create", [forged]),
                (consents, "write", row.ids, {"value": "granted"}),
                (consents, "unlink", row.ids),
                (consents, "copy", row.ids),
                (consents, "name_create", "granted"),
                (consents, "_engagement_hear", self.carla.ids, {"open": "granted"}, "page"),
                (partners, "_engagement_set_consent", self.carla.ids, {"open": "granted"}, "page"),
                (partners, "write", self.carla.ids, {relation: [Command.create(forged)]}),
                (partners, "write", self.carla.ids, {relation: [Command.delete(row.id)]}),
                (partners, "write", self.carla.ids, {relation: [Command.clear()]}),
                (partners, "write", self.carla.ids,
                 {relation: [Command.update(row.id, {"value": "granted"})]}),
            ):  # fmt: skip
                with (
                    self.subTest(user=user.login, method=method, args=args),
                    self.assertRaises(UserError),
                    self.cr.savepoint(),
                ):
                    call_kw(model, method, list(args), {})
                    self.env.flush_all()
            if user == portal:
                continue
            with self.subTest(user=user.login, method="load"):
                fields = ["partner_id/.id", "kind", "value", "source"]
                result = call_kw(
                    consents,
                    "load",
                    [fields, [[str(self.carla.id), "open", "granted", "page"]]],
                    {},
                )
                self.assertFalse(result["ids"])
        self.assertEqual(self.carla.engagement_consent_ids, row)

    def test_an_action_of_the_server_writes_as_its_user(self):
        self._refuse()
        action = self.env["ir.actions.server"].create(
            {
                "name": "Grant",
                "model_id": self.env.ref("base.model_res_partner").id,
                "state": "object_write",
                "update_path": "engagement_opens",
                "evaluation_type": "value",
                "selection_value": self.env["ir.model.fields.selection"]
                .search(
                    [
                        ("field_id.name", "=", "engagement_opens"),
                        ("field_id.model", "=", "res.partner"),
                        ("value", "=", "granted"),
                    ]
                )
                .id,
            }
        )
        context = {"active_model": "res.partner", "active_id": self.carla.id, **FORGED}
        with self.assertRaisesRegex(UserError, "on their own page"):
            action.with_user(self.anna).with_context(**context).run()
        self.assertEqual(self.carla.engagement_opens, "refused")

    def test_what_users_write_of_ours(self):
        """Their own reminders, and forms that check who they are; a manager also the one that
        erases."""
        mine = {"mail.engagement.reminder", "mail.engagement.send.again"}
        portal = new_test_user(self.env, "pia_writes", groups="base.group_portal")
        for user, expected in (
            (portal, set()),
            (self.anna, mine),
            (self.manager, mine | {"mail.engagement.erase.wizard"}),
        ):
            writable = {
                name
                for name in self.env.registry
                if name.startswith("mail.engagement.")
                and not self.env[name]._abstract
                and any(
                    self.env[name].with_user(user).has_access(operation)
                    for operation in ("create", "write", "unlink")
                )
            }
            self.assertEqual(writable, expected, user.login)

    def test_who_reads_the_history(self):
        """With the contact, by who uses Email Engagement; nobody else."""
        self._write({"engagement_opens": "refused"})
        other = self.env["res.company"].create({"name": "Other"})
        consents = self.env["mail.engagement.consent"]
        domain = [("partner_id", "=", self.carla.id)]
        self.assertTrue(consents.with_user(self.anna).search(domain))
        self.carla.company_id = other
        self.assertFalse(consents.with_user(self.anna).search(domain))
        for groups in ("base.group_user", "base.group_portal", "base.group_public"):
            user = new_test_user(self.env, groups.rpartition("_")[2] + "_reads", groups=groups)
            with self.assertRaises(AccessError):
                consents.with_user(user).search(domain)
            with self.assertRaises(AccessError):
                self.carla.with_user(user).read(["engagement_consent_ids"])
