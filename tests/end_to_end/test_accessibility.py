"""Everybody can use it: axe-core finds nothing grave on any screen, in the light and in the dark.

Each action of ours stands in a table; one that does not fails a test.
"""

import pytest

from dev import chromium, paths
from dev.axe import faults

CHIP = ".o-mail-EngagementChip"
# Every action of ours, all of whose views are looked at.
ACTIONS = (
    "mail_engagement_app_link_action",
    "mail_engagement_audit_action",
    "mail_engagement_correction_action",
    "mail_engagement_dashboard_action",
    "mail_engagement_domain_action",
    "mail_engagement_erase_wizard_action",
    "mail_engagement_event_action",
    "mail_engagement_fact_action",
    "mail_engagement_knowledge_action",
    "mail_engagement_mailbox_action",
    "mail_engagement_permission_action",
    "mail_engagement_permission_wizard_action",
    "mail_engagement_policy_action",
    "mail_engagement_provider_action",
    "mail_engagement_rate_action",
    "mail_engagement_rejudge_action",
    "mail_engagement_relay_action",
    "mail_engagement_reminder_action",
    "mail_engagement_report_action",
    "mail_engagement_report_heat_action",
    "mail_engagement_settings_action",
    "mail_engagement_terms_action",
    "mail_engagement_terms_wizard_action",
    "mail_engagement_tracking_action",
    "mail_engagement_tracking_delivery_action",
    "mail_engagement_try_action",
    "mail_engagement_webhook_action",
    "mail_engagement_webhook_delivery_action",
)
# The same views as another's, of the records that were chosen.
ALIKE = {"mail_engagement_event_mail_action"}
# What stands when a view is there.
SHOWN = {
    "list": ".o_list_view",
    "kanban": ".o_kanban_view",
    "form": ".o_form_view .o_form_renderer",
    "graph": ".o_graph_view",
    "pivot": ".o_pivot_view",
    "engagement_heat": ".o-mail-EngagementHeatMap",
}


@pytest.fixture(scope="module")
def desk(browser, odoo):
    """An administrator's window."""
    context = browser.new_context(
        base_url=odoo.url,
        viewport={"width": 1366, "height": 768},
        color_scheme="light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    chromium.log_in(page)
    yield page
    context.close()


@pytest.fixture(scope="module")
def actions(odoo):
    """By the XML id, what Odoo knows of each action of ours."""
    found = {}
    for model in ("ir.actions.act_window", "ir.actions.client"):
        names = odoo.call(
            "ir.model.data",
            "search_read",
            [["module", "in", list(paths.addons())], ["model", "=", model]],
            ["name", "res_id"],
        )
        ids = {line["res_id"]: line["name"] for line in names}
        for line in odoo.call(model, "read", list(ids)):
            found[ids[line["id"]]] = line
    return found


@pytest.fixture(scope="module")
def records(odoo):
    """What the demo has none of."""

    def make(model, **values):
        return odoo.call(model, "create", values)

    [mail] = odoo.call(
        "mail.engagement.tracking",
        "search_read",
        [["message_id", "!=", False]],
        ["message_id"],
        limit=1,
    )
    make("mail.engagement.reminder", message_id=mail["message_id"][0], condition="anyway")
    make("mail.engagement.knowledge", match="198.51.100.0/24", name="Our office")
    make("mail.engagement.provider", provider="mailgun", secret="not a real key")
    make("mail.engagement.rejudge")
    make("mail.engagement.relay", name="Frankfurt")
    closed = {"url": "http://127.0.0.1:9/hook", "allow_http": True, "allow_private": True}
    webhook = make("mail.engagement.webhook", name="ERP", **closed)
    for action in ("action_new_secret", "action_test"):
        odoo.call("mail.engagement.webhook", action, [webhook])


def test_every_action_is_looked_at(actions):
    assert set(actions) == {*ACTIONS, *ALIKE}


@pytest.mark.parametrize("name", ACTIONS)
def test_action(desk, odoo, actions, records, name):
    action, path = actions[name], f"/odoo/action-mail_engagement.{name}"
    if action["type"] == "ir.actions.client" or action["target"] == "new":
        desk.goto(path)
        desk.wait_for_selector("main h2, .o_form_renderer")
        found = faults(desk, name)
    else:
        found = []
        for view in action["view_mode"].split(","):
            desk.goto(path + _place(odoo, action["res_model"], view))
            desk.wait_for_selector(SHOWN[view])
            found += faults(desk, f"{name} {view}")
    assert not found, "\n".join(found)


def _place(odoo, model, view):
    """Where a view is: a form that of a record, if there is such a thing as a record."""
    if view != "form":
        return f"?view_type={view}"
    [known] = odoo.call("ir.model", "search_read", [["model", "=", model]], ["transient"], limit=1)
    return "" if known["transient"] else f"/{odoo.call(model, 'search', [], limit=1)[0]}"


def _lead(page):
    """The demo's answered lead, whose chip tells of people and of a machine."""
    page.goto("/odoo/action-crm.crm_lead_action_pipeline?view_type=list")
    page.click(".o_data_row :text('Devis pour 150 tapis')")
    page.wait_for_selector(CHIP)


def _popover(page):
    _lead(page)
    page.locator(CHIP).first.click()
    page.click(".o-mail-EngagementPopover button:has-text('machine visit')")


def _composer(page):
    _lead(page)
    page.click(".o-mail-Chatter-sendMessage")
    page.click("button[title='Open Full Composer']")
    page.wait_for_selector(".modal .o-mail-EngagementComposerPanel .fa")


def _light_composer(page):
    _lead(page)
    page.click(".o-mail-Chatter-sendMessage")
    page.wait_for_selector(".o-mail-Composer button[title*='Do not follow']")


def _reminder(page):
    _lead(page)
    message = page.locator(f".o-mail-Message:has({CHIP})").first
    message.hover()
    message.locator("[name=engagement-remind]").click()
    page.wait_for_selector(".modal [name=remind_at]")


def _time_line(page):
    _lead(page)
    page.click(".nav-link[name=engagement]")
    page.wait_for_selector(".o-mail-EngagementTimeline time")


def _menu(page):
    page.goto("/odoo/emails-today")
    page.click(".o-mail-EngagementMenu-toggle")
    page.wait_for_selector(".o-mail-EngagementMenu-alert")


def _preferences(page):
    page.goto("/odoo/emails-today")
    page.click(".o_user_menu button")
    page.click("[data-menu=settings], [data-menu=preferences]")
    page.wait_for_selector("[name=engagement_alert_offline]")


def _contact(page):
    page.goto("/odoo/action-contacts.action_contacts?view_type=list")
    page.click(".o_data_row :text('Ready Mat')")
    page.click(".nav-link[name=engagement]")
    page.wait_for_selector(".o-mail-EngagementTimeline time")


def _templates(page):
    page.goto("/odoo/action-mail.action_email_template_tree_all")
    page.wait_for_selector(".o_data_row")


# What is ours on Odoo's own screens.
OURS = "[class*='o-mail-Engagement'], [name^='engagement']"
SCREENS = {
    "popover": _popover,
    "composer": _composer,
    "light composer": _light_composer,
    "reminder": _reminder,
    "time line": _time_line,
    "menu": _menu,
    "preferences": _preferences,
    "contact": _contact,
    "templates": _templates,
}


@pytest.mark.parametrize("name", SCREENS)
def test_screen(desk, name):
    SCREENS[name](desk)
    found = faults(desk, name, within=OURS)
    assert not found, "\n".join(found)


def test_on_a_phone(browser, odoo):
    """The page where the day begins, and the chip's time line as a sheet."""
    context = browser.new_context(
        base_url=odoo.url,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    chromium.log_in(page)
    page.goto("/odoo/emails-today")
    page.wait_for_selector(".o-mail-EngagementDashboard h2")
    found = faults(page, "dashboard")
    page.goto("/odoo/action-crm.crm_lead_action_pipeline?view_type=kanban")
    page.click(".o_kanban_record :text('Devis pour 150 tapis')")
    page.locator(CHIP).first.click()
    page.wait_for_selector(".o_bottom_sheet .o-mail-EngagementPopover time")
    found += faults(page, "sheet", within=OURS)
    context.close()
    assert not found, "\n".join(found)
