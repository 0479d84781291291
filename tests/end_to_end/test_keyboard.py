"""The keyboard alone is enough: real keys, from the first Tab to what came of it."""

import pytest

from dev import chromium
from dev.processes import wait_until

CHIP = ".o-mail-EngagementChip"
# Nobody tabs further than that.
MOST = 150
# To the chatter from the page's end: on the way from its beginning Odoo's editor of notes takes
# each Tab for one of the text's.
BACK = "Shift+Tab"
# Odoo's date field gets its input, and that the focus, when the next picture is drawn after a Tab
# came to it: nobody's fingers are quicker.
DRAWN = "() => new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))"
FOCUSED = "(selector) => Boolean(document.activeElement?.closest(selector))"


@pytest.fixture
def desk(browser, odoo):
    """An administrator's window, without a mouse."""
    context = browser.new_context(base_url=odoo.url, viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.set_default_timeout(60_000)
    chromium.log_in(page)
    yield page
    context.close()


def tab_to(page, selector, key="Tab"):
    """Press a key until something of `selector` has the focus."""
    page.wait_for_selector(selector)
    for _time in range(MOST):
        if page.evaluate(FOCUSED, selector):
            return
        page.keyboard.press(key)
        page.evaluate(DRAWN)
    raise AssertionError(f"no Tab leads to {selector}")


def has_focus(page, selector):
    page.wait_for_function(FOCUSED, arg=selector)


def test_compose(desk, odoo, lead, inbox):
    odoo.call("crm.lead", "message_subscribe", [lead["id"]], [lead["partner"]])
    desk.goto(f"/odoo/crm.lead/{lead['id']}")
    tab_to(desk, ".o-mail-Chatter-sendMessage:enabled", BACK)
    desk.keyboard.press("Enter")
    has_focus(desk, ".o-mail-Composer-input")
    desk.keyboard.type("Dear Carla, our offer.")
    tab_to(desk, ".o-mail-Composer-send:enabled")
    desk.keyboard.press("Enter")
    assert inbox.next_to(lead["address"])
    desk.wait_for_selector(CHIP)


def test_popover_and_correction(desk, odoo):
    [mail] = odoo.call(
        "mail.engagement.tracking",
        "search_read",
        [["model", "=", "crm.lead"], ["open_count", ">", 0], ["message_id", "!=", False]],
        ["res_id", "open_count"],
        limit=1,
    )
    desk.goto(f"/odoo/crm.lead/{mail['res_id']}")
    tab_to(desk, CHIP, BACK)
    desk.keyboard.press("Enter")
    has_focus(desk, ".o-mail-EngagementPopover")
    tab_to(desk, ".o-mail-EngagementPopover [data-verdict=machine]")
    shown = desk.locator(".o-mail-EngagementPopover-actions:has(:focus)")
    assert shown.evaluate("(it) => getComputedStyle(it).opacity") == "1"
    desk.keyboard.press("Enter")
    # What is a machine's now is folded away, with the button that had the focus.
    tab_to(desk, ".o-mail-EngagementPopover button[aria-expanded=false]")
    desk.keyboard.press("Enter")
    desk.wait_for_selector(".o-mail-EngagementPopover :text('Corrected by')")
    tab_to(desk, ".o-mail-EngagementPopover-actions button:not([data-verdict])")
    desk.keyboard.press("Enter")
    desk.wait_for_selector(".o-mail-EngagementPopover :text('Corrected by')", state="detached")
    desk.keyboard.press("Escape")
    has_focus(desk, CHIP)


def test_reminder(desk, odoo):
    [mail] = odoo.call("mail.engagement.tracking", "search", [["message_id", "!=", False]], limit=1)
    desk.goto(f"/odoo/followed-emails/{mail}")
    tab_to(desk, "button[name=action_engagement_remind]")
    desk.keyboard.press("Enter")
    tab_to(desk, ".modal [name=note] input")
    desk.keyboard.type("Ring, by keys")
    tab_to(desk, ".modal-footer button[special=save]")
    desk.keyboard.press("Enter")
    noted = [["note", "=", "Ring, by keys"]]
    wait_until(lambda: odoo.call("mail.engagement.reminder", "search_count", noted), "the reminder")


def test_set_up(desk, inbox):
    desk.goto("/odoo/engagement-setup")
    tab_to(desk, "[data-step=terms] button")
    desk.keyboard.press("Enter")
    has_focus(desk, ".modal")
    desk.keyboard.press("Escape")
    desk.wait_for_selector(".modal", state="detached")
    tab_to(desk, "[data-step=try] button")
    desk.keyboard.press("Enter")
    tab_to(desk, ".o-mail-EngagementTry input")
    desk.keyboard.press("Control+A")
    desk.keyboard.type("keys@outside.example.com")
    desk.keyboard.press("Enter")
    assert inbox.next_to("keys@outside.example.com")


def test_where_the_day_begins(desk):
    desk.goto("/odoo/emails-today")
    tab_to(desk, "[data-figure=open] button")
    desk.keyboard.press("Enter")
    desk.wait_for_selector(".o_list_view .o_data_row")
