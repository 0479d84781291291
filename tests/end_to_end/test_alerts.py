"""The customer's browser, the salesperson's and a colleague's: what one does, the others see."""

import re
import secrets

import pytest

from dev import chromium

MENU = ".o-mail-EngagementMenu"
TOAST = ".o-mail-EngagementToast"
# When the toast appeared, by the machine's clock, which all browsers here share.
WATCH = """() => {
    window.toasts = [];
    new MutationObserver(() => {
        const seen = document.querySelectorAll(".o-mail-EngagementToast").length;
        if (seen > window.toasts.length) {
            window.toasts.push(Date.now());
        }
    }).observe(document.body, {childList: true, subtree: true});
}"""


@pytest.fixture
def log_in(browser, odoo):
    """Return a function that opens a browser of its own and logs somebody in."""
    contexts = []

    def start(login, password, **options):
        context = browser.new_context(base_url=odoo.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto("/web/login")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", password)
        page.click("button[type=submit]")
        page.wait_for_url(re.compile("/odoo"))
        page.wait_for_selector(f"{MENU}-toggle")
        page.complaints = []
        page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
        return page

    yield start
    for context in contexts:
        context.close()


@pytest.fixture
def customer(browser):
    """The customer's browser, with an empty page."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def manager(odoo):
    """A colleague who may read all leads; login and password are the same."""
    login = f"mona-{secrets.token_hex(4)}"
    groups = odoo.call(
        "ir.model.data", "search_read", [["name", "=", "group_sale_manager"]], ["res_id"]
    )
    odoo.call(
        "res.users",
        "create",
        {
            "name": "Mona",
            "login": login,
            "password": login,
            "group_ids": [(4, groups[0]["res_id"])],
        },
    )
    return login


def test_toast_menu_and_colleague(odoo, lead, send, log_in, customer, manager, record_property):
    """The sender gets toast and count, the colleague's open record changes, both at once."""
    mail = send("<p>Dear Carla, our offer</p>", subject="Your offer")
    seller = log_in("admin", "admin")
    odoo.call("mail.engagement.alert", "engagement_mark_read")
    seller.wait_for_selector(f"{MENU}-counter", state="detached")
    seller.evaluate(WATCH)
    colleague = log_in(manager, manager)
    colleague.goto(f"/odoo/crm.lead/{lead['id']}")
    chip = colleague.locator(".o-mail-EngagementChip")
    chip.wait_for()
    assert "Not opened yet" in chip.inner_text()

    body = mail.get_body(("html",)).get_content()
    [pixel] = re.findall(r'src="([^"]+/e/o/[^"]+)"', body)
    customer.goto(odoo.url + "/web/health")
    sent = customer.evaluate(chromium.OPEN, pixel)

    toast = seller.locator(TOAST)
    toast.wait_for()
    assert "Carla opened “Your offer”" in toast.inner_text()
    assert toast.get_attribute("role") == "status"
    record_property("event_to_toast_ms", seller.evaluate("window.toasts[0]") - sent)
    assert seller.inner_text(f"{MENU}-counter") == "1"
    colleague.wait_for_selector(".o-mail-EngagementChip .fa-eye + :text('1')")
    assert not colleague.locator(TOAST).count()

    toast.locator("button:has-text('Your offer')").click()
    seller.wait_for_url(re.compile(rf"/{lead['id']}$"))
    seller.wait_for_selector(f"{MENU}-counter", state="detached")
    seller.click(f"{MENU}-toggle")
    newest = seller.locator(f"{MENU}-alert").first
    newest.wait_for()
    assert "Carla opened “Your offer”" in newest.inner_text()
    assert seller.complaints == colleague.complaints == []
