"""The administrator's way from its first step to its last, then a mail and what came of it."""

import pytest

from dev import setup_walk
from dev.setup_walk import enable_mailbox, open_setup, picture, set_up, step


@pytest.fixture
def administrator(browser, odoo):
    """The administrator's page, logged in."""
    context = browser.new_context(base_url=odoo.url, viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.complaints = []
    page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
    setup_walk.log_in(page)
    yield page
    context.close()


@pytest.fixture
def incoming(inbox, odoo):
    with setup_walk.incoming_server(odoo, inbox) as name:
        yield name


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


def html(message):
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
    body = html(inbox.next_to("tester@outside.example.com"))
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
    customer.set_content(html(inbox.next_to(lead["address"])))
    page.wait_for_selector(".o-mail-EngagementChip .fa-eye + :text('1')")
    customer.close()
    picture(page, "setup_10_opened")
    assert not page.complaints
