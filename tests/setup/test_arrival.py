"""Found in the Apps menu, and on the set-up page once it is installed."""

from odoo import http
from odoo.tests import HttpCase, tagged

from ...hooks import post_init_hook
from ..common import EngagementCase

SETUP = "/odoo/engagement-setup"


@tagged("post_install", "-at_install")
class TestArrival(EngagementCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.todo = self.env.ref("mail_engagement.mail_engagement_setup_todo")
        self.todos = self.env["ir.actions.todo"]
        self.todos.search([]).state = "done"

    def install(self, by_browser):
        """What Odoo calls at the end of an installation, and what the web client does next."""
        if by_browser:
            http._request_stack.push(object())
            self.addCleanup(http._request_stack.pop)
        post_init_hook(self.env)

    def next(self):
        # pylint: disable=next-method-called
        return self.env["ir.module.module"].next()

    def test_installed_in_the_apps_menu(self):
        self.install(by_browser=True)
        action = self.next()
        self.assertEqual((action["type"], action["url"]), ("ir.actions.act_url", SETUP))
        self.assertEqual(action["target"], "self", "with the scripts that are new")
        self.assertNotEqual(self.next()["url"], SETUP, "it does not come back")

    def test_installed_by_command_line(self):
        self.install(by_browser=False)
        self.assertNotEqual(self.next()["url"], SETUP)

    def test_installed_together_with_others(self):
        """A configurator goes first; a page to look at does not."""
        opens = {"action_id": self.todo.action_id.id, "state": "open"}
        page = self.todos.create({**opens, "name": "Page", "sequence": 100})
        self.install(by_browser=True)
        self.assertEqual((self.todo.state, page.state), ("open", "done"))
        configurator = self.todos.create({**opens, "name": "Configurator", "sequence": 10})
        self.assertEqual((self.todo.state, configurator.state), ("done", "open"))

    def test_tour(self):
        """Under the filter Apps; its page; then where one stands after installing."""
        self.env["mail.engagement.terms"].withdraw(self.env.company)
        self.env["mail.engagement.permission"].revoke(self.env.company)
        self.env["mail.engagement.mailbox"].search([]).state = "draft"
        self.start_tour("/odoo/apps", "mail_engagement_setup_apps", login="admin")
        self.start_tour(SETUP, "mail_engagement_setup_arrival", login="admin")
