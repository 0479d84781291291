"""The administrator's way from its first step to its last, then a mail and what came of it."""

import os
import re
from functools import partial

import pytest

from dev.dovecot import PASSWORD, Dovecot

PAGE = ".settings_tab .tab[data-key=mail_engagement]"


@pytest.fixture
def administrator(browser, odoo):
    """The administrator's page, logged in."""
    context = browser.new_context(base_url=odoo.url, viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.complaints = []
    page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
    page.goto("/web/login")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "admin")
    page.click("button[type=submit]")
    page.wait_for_url(re.compile("/odoo"))
    yield page
    context.close()


@pytest.fixture
def incoming(inbox, odoo):
    """The name of an incoming server, a real one, that all mails arrive in."""
    imap = Dovecot()
    imap.start()
    inbox.also.append(partial(imap.deliver, "all"))
    server = {"name": "Our mailboxes", "server_type": "imap", "server": "127.0.0.1"}
    login = {"port": imap.port, "user": "all", "password": PASSWORD}
    odoo.call("fetchmail.server", "create", {**server, **login})
    yield server["name"]
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
    page.wait_for_selector(".o-mail-EngagementSetup [data-step=try]")


def step(code, state):
    return f".o-mail-EngagementSetup [data-step={code}][data-state={state}]"


def begin_anew(page):
    """As on the first day: nothing accepted, nothing granted."""
    open_setup(page)
    page.click("[data-step=permission] button >> nth=0")
    page.click("button[name=action_revoke]")
    page.click(".modal-footer .btn-primary")
    page.wait_for_selector("text=The permissions were revoked")
    open_setup(page)
    page.click("[data-step=terms] button >> nth=0")
    page.click(".modal button[name=action_withdraw]")
    page.click(".modal:has-text('Withdraw?') .modal-footer .btn-primary")
    page.wait_for_selector(step("terms", "todo"))


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


def arrived(inbox, address):
    while True:
        message = inbox.received.get(timeout=90)
        if address in message["To"]:  # the demo's own reminders arrive too
            return message.get_body(("html",)).get_content()


def read_in(browser, body, wait_until_seen):
    """The recipient opens the mail, follows the link, and fetches the file."""
    context = browser.new_context()
    context.route("https://www.odoo.com/**", lambda route: route.fulfill(body="Odoo"))
    for act in (
        lambda page: None,
        lambda page: page.click("a:text('Click this link')"),
        lambda page: page.click("a:text('test.txt')"),
    ):
        page = context.new_page()
        page.set_content(body)
        act(page)
        wait_until_seen()
    context.close()


def test_article(administrator, browser, inbox, incoming, lead, odoo):
    """Each step of the way, a test mail to oneself, then a mail to a contact."""
    page = administrator
    begin_anew(page)
    enable_mailbox(page, incoming)
    open_setup(page)
    set_up(page, odoo.url)

    page.click("[data-step=try] button")
    page.fill(".o-mail-EngagementTry input", "tester@outside.example.com")
    page.click(".o-mail-EngagementTry button[type=submit]")
    page.wait_for_selector("[data-step=mail][data-state=done]")
    picture(page, "setup_6_waiting")
    body = arrived(inbox, "tester@outside.example.com")
    waiting = iter(("open", "click", "attachment"))
    read_in(
        browser,
        body,
        lambda: page.wait_for_selector(f"[data-step={next(waiting)}][data-state=done]"),
    )
    page.wait_for_selector("text=Everything came back")
    picture(page, "setup_7_everything")
    open_setup(page)
    page.wait_for_selector(step("try", "done"))
    picture(page, "setup_8_done")

    page.goto(f"/odoo/contacts/{lead['partner']}")
    page.click("button.o-mail-Chatter-sendMessage")
    page.fill(".o-mail-Composer-input", "Dear Carla, this is our offer.")
    picture(page, "setup_9_composing")
    page.click(".o-mail-Composer-send:enabled")
    customer = browser.new_page()
    customer.set_content(arrived(inbox, lead["address"]))
    page.wait_for_selector(".o-mail-EngagementChip .fa-eye + :text('1')")
    customer.close()
    picture(page, "setup_10_opened")
    assert not page.complaints
