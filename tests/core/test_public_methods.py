"""Who may call what: every public method of ours, by everybody who can reach it by RPC."""

import socket

from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .test_access import AccessData

OURS = ".mail_engagement."
ROLES = ("portal", "employee", "salesperson", "manager", "administrator")
GROUPS = {
    "portal": "base.group_portal",
    "employee": "base.group_user",
    "salesperson": "mail_engagement.group_user,sales_team.group_sale_salesman_all_leads",
    "manager": "mail_engagement.group_manager,sales_team.group_sale_manager",
    "administrator": "base.group_system",
}
# By model and method, the first of ROLES that may call it. Those of "portal" read and change
# nothing: they name an address or a window, which asks for access itself.
FIRST = {
    "crm.lead": {
        "action_engagement_tracking": "salesperson",
        "engagement_timeline": "salesperson",
    },
    "mail.engagement.alert": {
        "engagement_latest": "salesperson",
        "engagement_mark_read": "salesperson",
        "engagement_toasts": "salesperson",
    },
    "mail.engagement.dashboard": {"engagement_today": "salesperson"},
    "mail.engagement.erase.wizard": {"action_erase": "manager"},
    "mail.engagement.event": {
        "engagement_correct": "salesperson",
        "engagement_undo_correction": "salesperson",
    },
    "mail.engagement.fact": {"action_open_document": "manager"},
    "mail.engagement.mailbox": {
        "action_approve": "administrator",
        "action_test": "administrator",
    },
    "mail.engagement.permission": {"grant": "administrator", "revoke": "administrator"},
    "mail.engagement.permission.wizard": {
        "action_accept": "administrator",
        "action_ask": "administrator",
        "action_choose": "administrator",
        "action_decline": "administrator",
        "action_refresh": "administrator",
        "action_revoke": "administrator",
        "action_settings": "portal",
    },
    "mail.engagement.rejudge": {
        "action_continue": "administrator",
        "action_start": "administrator",
        "action_stop": "administrator",
    },
    "mail.engagement.relay": {
        "action_lost": "administrator",
        "action_new_code": "administrator",
        "action_new_keys": "administrator",
        "action_offer": "administrator",
        "action_refresh": "administrator",
        "action_revoke": "administrator",
    },
    "mail.engagement.reminder": {
        "action_open_document": "salesperson",
        "action_remove": "salesperson",
        "action_snooze_day": "salesperson",
        "action_snooze_week": "salesperson",
    },
    "mail.engagement.rate": {"action_open_mail": "salesperson"},
    "mail.engagement.report": {"action_open_mail": "salesperson"},
    "mail.engagement.send.again": {"action_save": "salesperson", "action_send": "salesperson"},
    "mail.engagement.terms": {"accept": "administrator", "withdraw": "administrator"},
    "mail.engagement.terms.wizard": {
        "action_accept": "administrator",
        "action_withdraw": "administrator",
    },
    "mail.engagement.tracking": {
        "action_engagement_blacklist": "manager",
        "action_engagement_done": "salesperson",
        "action_engagement_fix": "salesperson",
        "action_engagement_remind": "salesperson",
        "action_engagement_send_again": "salesperson",
        "action_open_document": "salesperson",
    },
    "mail.engagement.try": {
        "engagement_diagnose": "administrator",
        "engagement_send": "administrator",
        "engagement_state": "administrator",
    },
    "mail.engagement.webhook": {
        "action_deliveries": "portal",
        "action_enable": "administrator",
        "action_new_secret": "administrator",
        "action_test": "administrator",
    },
    "mail.engagement.webhook.delivery": {"action_send_again": "administrator"},
    "mail.message": {
        "action_engagement_remind": "salesperson",
        "engagement_refresh": "salesperson",
        "engagement_timeline": "salesperson",
    },
    "mail.template": {"engagement_rates": "employee"},
    "res.company": {
        "action_engagement_check": "administrator",
        "engagement_setup_steps": "administrator",
    },
    "res.config.settings": {
        "action_engagement_check": "administrator",
        "action_engagement_pair_relay": "administrator",
        "action_engagement_processing": "administrator",
    },
    "res.partner": {
        "action_engagement_export": "portal",
        "action_engagement_tracking": "employee",
        "engagement_timeline": "salesperson",
    },
}
ARGUMENTS = {
    "engagement_correct": ["machine"],
    "engagement_refresh": [[]],
    "engagement_toasts": [[]],
    "grant": ["odoo"],
    "engagement_send": ["anna@seller.test"],
}
OF_A_TEST_MAIL = {"engagement_state", "engagement_diagnose"}
# Called on the model, with the company first.
OF_A_COMPANY = {"grant", "revoke", "accept", "withdraw"}


@tagged("post_install", "-at_install")
class TestPublicMethods(AccessData):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            role: new_test_user(cls.env, f"{role}@roles.test", groups=groups)
            for role, groups in GROUPS.items()
        }
        admin = cls.users["administrator"]
        mine = cls.users["salesperson"]
        cls.message.author_id = mine.partner_id
        cls.tracking.author_id = mine.partner_id
        company = cls.env.company
        reminder = cls.env["mail.engagement.reminder"].create(
            {"message_id": cls.message.id, "user_id": mine.id}
        )
        cls.try_mail = cls.env["mail.mail"].create({"author_id": admin.partner_id.id})
        settings = cls.env["res.config.settings"].with_user(admin).create({})
        asked = cls.env["mail.engagement.permission.wizard"].with_user(admin)
        terms = cls.env["mail.engagement.terms.wizard"].with_user(admin)
        erase = cls.env["mail.engagement.erase.wizard"].with_user(cls.users["manager"])
        webhook = cls.env["mail.engagement.webhook"].create(
            {"name": "ERP", "url": "https://erp.example/hook"}
        )
        webhook.action_new_secret()
        cls.records = {
            "crm.lead": cls.lead,
            "mail.engagement.erase.wizard": erase.create({"partner_ids": cls.carla.ids}),
            "mail.engagement.event": cls.events[:1],
            "mail.engagement.fact": cls.env["mail.engagement.fact"].create(
                {
                    "uid": "0" * 32,
                    "kind": "bounce",
                    "tracking_id": cls.tracking.id,
                    "company_id": company.id,
                    "happened_at": "2030-01-01",
                    "act_at": "2030-01-01",
                }
            ),
            "mail.engagement.mailbox": cls.env["mail.engagement.mailbox"].search([], limit=1),
            "mail.engagement.permission.wizard": asked.create({}),
            "mail.engagement.rejudge": cls.env["mail.engagement.rejudge"].create(
                {"state": "stopped"}
            ),
            "mail.engagement.relay": cls.env["mail.engagement.relay"].create(
                {"name": "relay", "company_id": company.id}
            ),
            "mail.engagement.reminder": reminder,
            "mail.engagement.rate": cls.env["mail.engagement.rate"].browse(cls.tracking.ids),
            "mail.engagement.report": cls.env["mail.engagement.report"].browse(cls.events[:1].ids),
            "mail.engagement.send.again": cls.env["mail.engagement.send.again"]
            .with_user(mine)
            .create({"tracking_id": cls.tracking.id}),
            "mail.engagement.terms.wizard": terms.create({}),
            "mail.engagement.tracking": cls.tracking,
            "mail.engagement.webhook": webhook,
            "mail.engagement.webhook.delivery": cls.env[
                "mail.engagement.webhook.delivery"
            ]._engagement_test(webhook.id),
            "mail.message": cls.message,
            "mail.template": cls.env["mail.template"].search([], limit=1),
            "res.company": company,
            "res.config.settings": settings,
            "res.partner": cls.carla,
        }

    def setUp(self):
        super().setUp()
        self.asked = []
        self.patch(socket, "getaddrinfo", lambda *args, **kwargs: self.asked.append(args) or [])

    def test_buttons_hand_over_a_record(self):
        """A button calls its method with its record's id, which one of the model cannot take."""
        names = self.env["ir.model.data"].search(
            [("module", "=", "mail_engagement"), ("model", "=", "ir.ui.view")]
        )
        for view in self.env["ir.ui.view"].browse(names.mapped("res_id")):
            for button in etree.fromstring(view.arch_db).iterfind(".//button[@type='object']"):
                method = getattr(self.env.registry.get(view.model), button.get("name"), None)
                self.assertFalse(getattr(method, "_api_model", False), button.get("name"))

    def _own_methods(self):
        """Public methods that Odoo itself does not have, by model."""
        found = {}
        for name, model in self.env.registry.items():
            mine, others = set(), set()
            for part in model.__mro__:
                (mine if OURS in f"{part.__module__}." else others).update(
                    key
                    for key, value in vars(part).items()
                    if callable(value) and not key.startswith("_")
                )
            mixin = self.env[name]._abstract and name.endswith(".mixin")
            if mine - others - {"init"} and not mixin:
                found[name] = mine - others - {"init"}
        return found

    def _call(self, role, model, method, on_record):
        """Call it as a web client does.

        :param str on_record: ``one`` or ``none``
        :return: whether it was refused for want of access
        """
        records = self.env[model].with_user(self.users[role])
        arguments = [*ARGUMENTS.get(method, ())]
        if method in OF_A_TEST_MAIL:
            arguments = [self.try_mail.id]
        if method in OF_A_COMPANY:
            call = getattr(records, method)
            arguments = [self.env.company.with_user(self.users[role]), *arguments]
        else:
            is_model = getattr(getattr(type(records), method), "_api_model", False)
            ids = self.records[model].ids if on_record == "one" and not is_model else []
            arguments = arguments if is_model else [ids, *arguments]
            call = lambda *args: call_kw(records, method, args, {})  # noqa: E731
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.addons.base.models.ir_rule"):
                call(*arguments)
                self.env.flush_all()
        except AccessError:
            return True
        except (UserError, ValidationError, ValueError) as dbg:
            print("DBG", role, model, method, repr(dbg))
            return False
        finally:
            self.env.invalidate_all()
        return False

    def test_every_method_is_in_the_table(self):
        table = {model: set(methods) for model, methods in FIRST.items()}
        self.assertEqual(self._own_methods(), table)

    def test_who_may_call_it(self):
        for model, methods in FIRST.items():
            for method, first in methods.items():
                for role in ROLES:
                    # An administrator who sells nothing reads no reminder and no mail of others.
                    if role == "administrator" and first in ("salesperson", "manager", "employee"):
                        continue
                    with self.subTest(model=model, method=method, role=role):
                        refused = self._call(role, model, method, "one")
                        allowed = ROLES.index(role) >= ROLES.index(first)
                        if allowed and model == "mail.engagement.reminder" and role != first:
                            continue  # another person's reminder
                        self.assertEqual(refused, not allowed)
                        if refused:
                            self.assertFalse(self.asked, "it asked the network before")
                        self.asked.clear()

    def test_nothing_happens_before_access_is_checked(self):
        """On no record at all, which no record rule can refuse, an effect would be left."""
        triggers = self.env["ir.cron.trigger"]
        for model, methods in FIRST.items():
            for method, first in methods.items():
                if ROLES.index(first) < ROLES.index("administrator"):
                    continue
                for role in ("portal", "employee", "salesperson"):
                    with self.subTest(model=model, method=method, role=role):
                        before = triggers.search_count([])
                        self._call(role, model, method, "none")
                        self.assertEqual(triggers.search_count([]), before)
                        self.assertFalse(self.asked)

    def test_the_record_of_processing_is_for_managers(self):
        report = "mail_engagement.engagement_processing"
        for role in ROLES:
            render = self.env["ir.actions.report"].with_user(self.users[role])._render_qweb_html
            with self.subTest(role=role):
                if role in ("manager", "administrator"):
                    self.assertTrue(render(report, self.env.company.ids))
                else:
                    with self.assertRaises(AccessError):
                        render(report, self.env.company.ids)

    def test_no_mail_of_the_gateway_by_rpc(self):
        """Who knows a test message's name must not say that it came back."""
        mailbox = self.records["mail.engagement.mailbox"]
        mailbox.sudo().write(
            {
                "probe": "<mailbox-test-1@seller.test>",
                "test_state": "waiting",
                "incoming_method": "alias",
                "probe_sent_at": "2030-01-01 00:00:00",
            }
        )
        arguments = [{}, {"message_id": mailbox.sudo().probe, "to": "", "email_from": ""}]
        for role in ("portal", "salesperson"):
            thread = self.env["mail.thread"].with_user(self.users[role])
            try:
                with self.env.cr.savepoint():
                    call_kw(thread, "message_route", arguments, {})
            except Exception:
                pass  # Odoo's own answer to what is no mail
            self.assertEqual(mailbox.sudo().test_state, "waiting")
