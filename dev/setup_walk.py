"""The administrator's way through the set-up page, in a browser."""

import contextlib
import os
import re
from functools import partial

from .dovecot import PASSWORD, Dovecot

SETUP = ".o-mail-EngagementSetup [data-step=try]"
PAGE = ".settings_tab .tab[data-key=mail_engagement]"


def log_in(page, password="admin"):
    """Log in as administrator, whatever is installed."""
    page.goto("/web/login")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(re.compile("/odoo"))


@contextlib.contextmanager
def incoming_server(odoo, inbox):
    """Have an incoming server, a real one, that all mails of `inbox` arrive in.

    :return: its name in Odoo
    """
    imap = Dovecot()
    imap.start()
    inbox.also.append(partial(imap.deliver, "all"))
    server = {"name": "Our mailboxes", "server_type": "imap", "server": "127.0.0.1"}
    login = {"port": imap.port, "user": "all", "password": PASSWORD}
    odoo.call("fetchmail.server", "create", {**server, **login})
    try:
        yield server["name"]
    finally:
        inbox.also.clear()
        imap.stop()


def picture(page, name):
    """Keep what the page looks like, where somebody asked for it."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def open_setup(page):
    """Settings › Email Engagement."""
    page.goto("/odoo/settings")
    page.click(PAGE)
    page.wait_for_selector(SETUP)


def step(code, state):
    return f".o-mail-EngagementSetup [data-step={code}][data-state={state}]"


def enable_mailbox(page, incoming):
    """Say how the administrator's mailbox is synchronised; approve it, test and enable it."""
    open_setup(page)
    page.click("[data-step=mailbox] button")
    row = ".o_data_row:has-text('admin@')"
    page.click(f"{row} [name=email]")
    page.click("[name=incoming_method] input")
    page.click(".o_select_menu_item:has-text('chosen')")
    page.fill("[name=fetchmail_server_id] input", incoming)
    page.click(f".o-autocomplete--dropdown-item:has-text('{incoming}')")
    page.click(".o_form_button_save")
    page.wait_for_selector(".o_form_button_save", state="hidden")
    picture(page, "setup_1_method")
    open_setup(page)
    page.click("[data-step=mailbox] button")
    for action in ("action_approve", "action_test"):
        page.check(f"{row} .o_list_record_selector input")
        page.click(f".o_control_panel button[name={action}]")
        page.wait_for_selector(f"{row}:has-text('Approved'), {row}:has-text('Enabled')")
        # A click on a chosen row edits it, so it has to be let go first.
        page.wait_for_selector(f"{row} .o_list_record_selector input:not(:checked)")
    page.wait_for_selector(f"{row}:has-text('Enabled')")
    page.click(f"{row} [name=email]")
    for result in ("outgoing_result", "incoming_result", "sync_result"):
        page.wait_for_selector(f".o_form_view [name={result}]:has-text('Success')")
    page.wait_for_selector("[name=alert_ids] .o_data_row:has-text('It came back')")
    picture(page, "setup_1_mailbox")


def set_up(page, url):
    """Terms, permissions, switch, check."""
    picture(page, "setup_1_todo")
    page.click(f"{step('terms', 'todo')} button:has-text('Read and Accept')")
    page.wait_for_selector(".modal h3")
    picture(page, "setup_2_terms")
    page.click(".modal button[name=action_accept]")
    page.wait_for_selector(step("terms", "done"))
    page.click(f"{step('permission', 'todo')} button:has-text('Grant Permissions')")
    page.wait_for_selector("text=What Odoo itself does")
    picture(page, "setup_3_permissions")
    page.click("button[name=action_accept]")
    page.wait_for_selector("h1:text('Permissions granted')")
    picture(page, "setup_4_granted")
    page.click("button[name=action_settings]")
    page.wait_for_selector(step("permission", "done"))
    page.click(f"{step('configure', 'todo')} button")
    page.click("[name=engagement_enabled] input")
    with page.expect_navigation():
        page.click(".o_form_button_save")
    page.wait_for_selector(step("configure", "attention"))
    page.click("button[name=action_engagement_check]")
    page.wait_for_selector(f"[name=engagement_checks_html] :text('A pixel answers at {url}/e')")
    page.locator("#engagement_checks").scroll_into_view_if_needed()
    picture(page, "setup_5_checks")
