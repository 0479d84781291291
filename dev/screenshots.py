"""Pictures of each screen into ``static/description/``, from the demo's data in real Chromium."""

import re
from base64 import b64encode
from datetime import date, timedelta

import click

from . import chromium, demo, odoo_server, paths, postgres
from .chromium import call, log_in
from .http_server import Handler, HttpServer
from .say import Failure, step

DATABASE = f"{paths.ADDON}_screenshots"
FOLDER = paths.ROOT / "static" / "description"
ICON = FOLDER / "icon.png"
DEVICES = {
    "desk": {"viewport": {"width": 1366, "height": 768}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
}
CHIP = ".o-mail-EngagementChip"
# The same in each picture.
ADDRESS = r"""() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        walker.currentNode.data = walker.currentNode.data
            .replace(location.origin, "https://odoo.example.com")
            .replace(/(?<=delivery\/\w+\/)[^/]{20,}$/, "…");
    }
}"""
# The bars of a graph grow; two pictures in a row are the same when they are done.
DRAWN = """() => {
    const now = document.querySelector(".o_graph_renderer canvas").toDataURL();
    const isSame = window.drawnBefore === now;
    window.drawnBefore = now;
    return isSame;
}"""


@click.command(help=__doc__)
@click.option("--keep", is_flag=True, help="Use the database of the last time.")
@click.argument("names", nargs=-1)
def main(keep, names):
    """Take every picture, or those named."""
    wanted = set(names) or set(SCREENS)
    if unknown := wanted - set(SCREENS):
        raise Failure(f"no such picture: {', '.join(sorted(unknown))}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with postgres.running():
        if not keep or not postgres.exists(DATABASE):
            demo.create(DATABASE)
        with odoo_server.Odoo(DATABASE) as server, chromium.running() as browser:
            complaints, last, page = [], None, None
            for name, shoot in SCREENS.items():
                if name not in wanted:
                    continue
                step(name)
                device = "phone" if name.endswith("phone") else "desk"
                if device != last:
                    # A toast is shown in one window only.
                    if page:
                        page.close()
                    last, page = device, _log_in(browser, server, device, complaints)
                picture = shoot(page) or _picture(page)
                (FOLDER / f"{name}.png").write_bytes(picture)
        for complaint in complaints:
            step(f"Console error: {complaint}")
        return len(complaints)


def _log_in(browser, server, device, complaints):
    page = browser.new_page(
        base_url=server.url,
        **DEVICES[device],
        color_scheme="light",
        reduced_motion="reduce",
    )
    page.set_default_timeout(30_000)
    page.on("console", lambda said: _complains(said) and complaints.append(said.text))
    log_in(page)
    return page


def _picture(page):
    page.evaluate(ADDRESS)
    return page.screenshot()


def _complains(said):
    """Whether a line of the console is an error; a page's missing icon is none."""
    return said.type == "error" and not said.location["url"].endswith("/favicon.ico")


def _open_answered_lead(page):
    page.goto("/odoo/action-crm.crm_lead_action_pipeline?view_type=list")
    page.click(".o_data_row :text('Devis pour 150 tapis')")
    page.wait_for_selector(CHIP)
    page.locator(CHIP).first.scroll_into_view_if_needed()


def _popover(page):
    page.locator(CHIP).first.click()
    page.wait_for_selector(".o-mail-EngagementPopover time")
    page.wait_for_function(
        "getComputedStyle(document.querySelector('.o_popover, .o_bottom_sheet')).opacity === '1'"
        " && document.getAnimations().length === 0"
    )


def _banner(page):
    """The store's: the time line and chip as they are, twice as fine, beside a line of words."""
    fine = page.context.browser.new_context(
        base_url=page.url, viewport=page.viewport_size, device_scale_factor=2
    )
    fine.add_cookies(page.context.cookies())
    page = fine.new_page()
    _open_answered_lead(page)
    _popover(page)
    found = {
        "icon": ICON.read_bytes(),
        "popover": page.locator(".o_popover").screenshot(),
        "chip": page.locator(CHIP).first.screenshot(),
    }
    page.set_viewport_size({"width": 560, "height": 280})
    words = paths.ROOT.joinpath("dev/banner.html").read_text()
    for name, part in found.items():
        words = words.replace(f"{name}.png", f"data:image/png;base64,{b64encode(part).decode()}")
    page.set_content(words)
    page.wait_for_function("[...document.images].every((it) => it.naturalWidth)")
    picture = page.screenshot()
    fine.close()
    return picture


def _returned(page):
    """What the chip says of a mail that came back."""
    page.goto("/odoo/action-mail_engagement.mail_engagement_tracking_delivery_action")
    page.click(".o_data_row .o_data_cell[name=delivery_why]")
    page.click("button[name=action_open_document]")
    page.wait_for_selector(f"{CHIP}.text-danger")
    page.locator(f"{CHIP}.text-danger").scroll_into_view_if_needed()
    page.locator(f"{CHIP}.text-danger").click()
    page.click(".o-mail-EngagementDelivery summary")


def _not_delivered(page):
    page.goto("/odoo/action-mail_engagement.mail_engagement_tracking_delivery_action")
    page.wait_for_selector(".o_data_row")


def _provider(page):
    page.goto("/odoo/action-mail_engagement.mail_engagement_provider_action/new")
    page.click(".o_field_widget[name=provider] input")
    page.click(".o_select_menu_item:has-text('Mailgun')")
    page.wait_for_selector(".o_field_widget[name=url]")
    page.fill(".o_field_widget[name=secret] input", "not a real key")
    page.click(".o_form_button_save")
    page.wait_for_selector(".o_form_button_save", state="hidden")


def _machines(page):
    page.click(".o-mail-EngagementPopover button:has-text('machine visit')")
    page.wait_for_selector(".o-mail-EngagementPopover button:has-text('Hide machine')")


def _dashboard(page):
    """With something that is due."""
    mails = call(page, "mail.engagement.tracking", "search_read", [], ["message_id"], limit=2)
    for mail in mails:
        values = {
            "message_id": mail["message_id"][0],
            "condition": "anyway",
            "remind_at": f"{date.today()} 08:00:00",
            "note": "Ring about the carpets",
        }
        call(page, "mail.engagement.reminder", "create", [values])
    _dashboard_again(page)


def _dashboard_again(page):
    page.goto("/odoo/emails-today")
    page.wait_for_selector(".o-mail-EngagementDashboard h2")


def _followed(page):
    page.goto("/odoo/action-mail_engagement.mail_engagement_tracking_action")
    page.wait_for_selector(".o_data_row")


def _followed_phone(page):
    page.goto("/odoo/action-mail_engagement.mail_engagement_tracking_action")
    page.wait_for_selector(".o_kanban_record [name=state]")


def _one_mail(page):
    page.click(".o_data_row :text('Your 150 carpets')")
    page.wait_for_selector(".o_form_view .oe_title")


def _graph(page):
    _followed(page)
    page.click(".o_switch_view.o_graph")
    page.wait_for_selector(".o_graph_renderer canvas")
    page.wait_for_function(DRAWN, polling=300)


def _settings(page):
    page.goto("/odoo/settings")
    page.click(".settings_tab .tab[data-key=mail_engagement]")
    page.wait_for_selector(".app_settings_block[data-key=mail_engagement]")


def _terms(page):
    _settings(page)
    page.click("[data-step=terms] button >> nth=0")
    page.wait_for_selector(".modal h3")


def _permissions(page):
    page.goto("/odoo/action-mail_engagement.mail_engagement_permission_wizard_action")
    ask, edge = "button[name=action_ask]:visible", ".o_field_widget[name=edge]:visible"
    page.wait_for_selector(f"{ask}, {edge}")
    if page.locator(ask).count():
        page.click(ask)
    page.click(".o_field_widget[name=edge] label:text('A relay')")
    page.wait_for_selector(".o_field_widget[name=text] :text('What the relay may not do')")


def _pairing(page):
    _permissions(page)
    page.click("button[name=action_accept]")
    page.wait_for_selector(".o_field_widget[name=pairing_code]")


def _relay_code(page):
    _settings(page)
    page.click("button[name=action_engagement_pair_relay]")
    page.wait_for_selector(".o_field_widget[name=pairing_code]")
    page.wait_for_selector(".o-mail-Chatter-sendMessage:enabled")


def _relay_question(page):
    """What is asked once a relay has paired; answered with no, so that all stays as it was."""
    relay = call(page, "mail.engagement.relay", "create", {"name": "Frankfurt"})
    [code] = call(page, "mail.engagement.relay", "read", [relay], ["pairing_code"])
    asked = {"name": "Frankfurt", "version": "1.0.0", "hosts": ["track.example.com"]}
    page.request.post("/mail_engagement/pair", data={**asked, "code": code["pairing_code"]})
    page.goto("/odoo/action-mail_engagement.mail_engagement_permission_wizard_action")
    page.wait_for_selector(".o_form_view h1:has-text('Frankfurt')")
    picture = page.screenshot()
    page.click("button[name=action_decline]")
    page.wait_for_selector(".o-mail-EngagementSetup")
    call(page, "mail.engagement.relay", "action_revoke", [relay])
    return picture


def _test_mail(page):
    page.goto("/odoo/engagement-test")
    page.fill(".o-mail-EngagementTry input", "me@example.com")


def _corrections(page):
    # Apple's have a picture of their own.
    chosen = [["type", "!=", "reply"], ["agent_class", "!=", "privacy"]]
    events = call(page, "mail.engagement.event", "search", chosen, limit=6)
    for number, event in enumerate(events):
        verdict = ("machine", "human", "self")[number % 3]
        call(page, "mail.engagement.event", "engagement_correct", [event], verdict)
    page.goto("/odoo/action-mail_engagement.mail_engagement_correction_action")
    page.wait_for_selector(".o_pivot .o_pivot_cell_value")


def _knowledge(page):
    for values in (
        {"match": "198.51.100.0/24", "name": "Our office", "network_class": "own"},
        {"match": "203.0.113.7", "name": "Our mail gateway", "network_class": "probable_scanner"},
        {"kind": "agent", "match": "OurPortal/", "name": "Our portal", "agent_class": "browser"},
    ):
        call(page, "mail.engagement.knowledge", "create", {**values, "source": "Our own"})
    page.goto("/odoo/action-mail_engagement.mail_engagement_knowledge_action")
    page.wait_for_selector(".o_data_row")


def _rejudge(page):
    page.goto("/odoo/action-mail_engagement.mail_engagement_rejudge_action")
    page.click("button:has-text('Re-evaluate Stored Events')")
    page.wait_for_selector(".o_form_view .o_progressbar")


def _consent(page):
    page.goto("/odoo/action-contacts.action_contacts?view_type=list")
    page.fill(".o_searchview_input", "OpenWood")
    page.press(".o_searchview_input", "Enter")
    page.locator(".o_data_row [name=complete_name]:text-is('OpenWood')").first.click()
    page.click(".nav-link:has-text('Email Engagement')")
    page.locator("[name=engagement_opens] input, [name=engagement_opens] select").first.focus()


def _unfold(page, name):
    _settings(page)
    page.click(f".o-mail-EngagementFold[name=engagement_{name}] > summary")


def _privacy(page):
    _unfold(page, "limits")
    page.locator("#engagement_retention").scroll_into_view_if_needed()


def _light_composer(page):
    _open_answered_lead(page)
    page.click(".o-mail-Chatter-sendMessage")
    page.wait_for_selector(".o-mail-Composer button[title*='Do not follow']")


def _composer(page):
    page.click("button[title='Open Full Composer']")
    page.wait_for_selector(".o-mail-EngagementComposerPanel .fa")
    page.locator(".o-mail-EngagementComposerPanel").scroll_into_view_if_needed()


def _composer_refused(page):
    """The panel where one of the recipients was never asked and another one refused."""
    _light_composer(page)
    _composer(page)
    field = page.locator(".modal [name=partner_ids] input").first
    for number, values in enumerate(
        (
            {"name": "Claire Dubois", "country_code": "FR"},
            {"name": "Rita Weber", "engagement_opens": "refused", "engagement_clicks": "refused"},
        ),
        1,
    ):
        code = values.pop("country_code", "DE")
        [country] = call(page, "res.country", "search", [["code", "=", code]])
        values |= {"email": f"recipient{number}@example.com", "country_id": country}
        call(page, "res.partner", "create", values)
        field.fill(values["name"])
        page.click(f".o-autocomplete--dropdown-item:has-text('{values['name']}')")
        page.wait_for_selector(f".o-mail-EngagementComposerPanel :text('{values['name']}')")
    page.locator(".o-mail-EngagementComposerPanel").scroll_into_view_if_needed()


def _recipient_page(page):
    printed = odoo_server.shell(DATABASE, paths.INSIDE / "screenshot_page.py")
    page.goto(re.search(r"PATH=(\S+)", printed)[1])
    page.wait_for_selector("form")


def _processing(page):
    [company] = call(page, "res.company", "search", [], limit=1)
    page.goto(f"/report/html/mail_engagement.engagement_processing/{company}")
    page.wait_for_selector("h2, h3")


def _reminder_composer(page):
    """The composer's panel with a reminder, on its lead."""
    _light_composer(page)
    _composer(page)
    condition = page.locator(".modal [name=engagement_reminder_condition] input")
    condition.click()
    page.click(".o_select_menu_item:has-text('If nobody replies')")
    page.fill(".modal [name=engagement_reminder_note] input", "Ring about the carpets")
    page.locator("[name=engagement_reminder]").scroll_into_view_if_needed()


def _reminder(page):
    """The dialog, opened on a sent e-mail; and its bell behind."""
    _open_answered_lead(page)
    message = page.locator(f".o-mail-Message:has({CHIP})").first
    message.hover()
    message.locator("[name=engagement-remind]").click()
    page.wait_for_selector(".modal [name=remind_at]")


def _reminder_bell(page):
    _reminder(page)
    page.fill(".modal [name=note] input", "Ring about the carpets")
    page.click(".modal-footer button:has-text('Save')")
    page.wait_for_selector(".modal", state="detached")
    page.wait_for_selector(".o-mail-EngagementReminderBell")


def _reminders(page):
    """The list, with one that waits, one that came and one that is not needed."""
    mails = call(page, "mail.engagement.tracking", "search_read", [], ["message_id"], limit=6)
    for number, condition in enumerate(("no_reply", "not_opened", "anyway")):
        values = {
            "message_id": mails[number]["message_id"][0],
            "condition": condition,
            "remind_at": f"{date.today() + timedelta(days=number - 1)} 08:00:00",
        }
        call(page, "mail.engagement.reminder", "create", [values])
    cron = call(
        page, "ir.model.data", "check_object_reference", "mail_engagement", "ir_cron_remind"
    )[1]
    call(page, "ir.cron", "method_direct_trigger", [cron])
    page.goto("/odoo/email-reminders")
    page.wait_for_selector(".o_data_row")


def _reminder_activity(page):
    """What came of one: the activity on the record."""
    page.click(".o_data_row:has-text('Reminded') [name=subject]")
    page.click(".o_form_view button[name=action_open_document]")
    page.wait_for_selector(".o-mail-Activity")
    page.locator(".o-mail-Activity").first.scroll_into_view_if_needed()


def _mailboxes(page):
    page.goto("/odoo/action-mail_engagement.mail_engagement_mailbox_action")
    page.wait_for_selector(".o_data_row")
    page.click("thead .o_list_record_selector input")
    page.wait_for_selector("button[name=action_test]")


def _mailbox(page):
    page.goto("/odoo/action-mail_engagement.mail_engagement_mailbox_action")
    page.click(".o_data_row [name=email]")
    page.wait_for_selector(".o_form_view .oe_title")
    page.click("button[name=action_approve], .o_statusbar_buttons")
    page.wait_for_selector("[name=alert_ids] .o_data_row")


class _Receiver(Handler):
    """Takes all that webhooks send."""

    def do_POST(self):
        self.body()
        self.reply(200, b"taken")


def _webhook(page):
    """A new one, once its secret is made and its test was taken."""
    with HttpServer(_Receiver) as receiver:
        webhook = call(
            page,
            "mail.engagement.webhook",
            "create",
            {"name": "ERP", "url": receiver.url, "allow_http": True, "allow_private": True},
        )
        page.goto(f"/odoo/engagement-webhooks/{webhook}")
        page.click("button[name=action_new_secret]:has-text('Make')")
        page.wait_for_selector(".modal [name=secret] :text('whsec_')")
        page.click(".modal-footer button:has-text('Done')")
        page.click("button[name=action_test]")
        page.wait_for_selector(".o_notification:has-text('Delivered')")
    values = {"url": "https://erp.example.com/webhooks/engagement"}
    values |= {"allow_http": False, "allow_private": False}
    call(page, "mail.engagement.webhook", "write", [webhook], values)
    page.reload()
    page.wait_for_selector("button[name=action_deliveries]")


def _webhook_secret(page):
    page.click("button[name=action_new_secret]:visible")
    page.click(".modal-footer button:has-text('Ok')")
    page.wait_for_selector(".modal [name=secret] :text('whsec_')")


def _webhook_deliveries(page):
    page.keyboard.press("Escape")
    page.click("button[name=action_deliveries]")
    page.wait_for_selector(".o_data_row")


def _webhook_phone(page):
    page.goto("/odoo/engagement-webhooks")
    page.click(".o_kanban_record:not(.o_kanban_ghost)")
    page.wait_for_selector(".o_form_view .oe_title")


def _leads_by_engagement(page):
    page.goto("/odoo/action-crm.crm_lead_action_pipeline?view_type=list")
    page.click("th[data-name=engagement_last_at]")
    page.click("th[data-name=engagement_last_at]")
    page.wait_for_selector(".o_data_row:first-child [name=engagement_last_at] time")


def _lead_time_line(page):
    page.goto("/odoo/action-crm.crm_lead_action_pipeline?view_type=list")
    page.click(".o_data_row :text('Office Design and Architecture')")
    page.click(".nav-link[name=engagement]")
    page.wait_for_selector(".o-mail-EngagementTimeline time")


def _contact_time_line(page):
    page.goto("/odoo/action-contacts.action_contacts?view_type=list")
    page.click(".o_data_row :text('Ready Mat')")
    page.click(".nav-link[name=engagement]")
    page.wait_for_selector(".o-mail-EngagementTimeline time")


def _templates(page):
    page.goto("/odoo/action-mail.action_email_template_tree_all")
    page.click(".o_facet_remove")
    page.fill(".o_searchview_input", "Offer in Three")
    page.press(".o_searchview_input", "Enter")
    page.wait_for_selector(".o_data_row [name=engagement_sent]")
    page.click(".o_facet_remove")
    page.wait_for_selector(".o_data_row >> nth=3")


def _template_choice(page):
    _open_answered_lead(page)
    page.click(".o-mail-Chatter-sendMessage")
    page.click("button[title='Open Full Composer']")
    page.click(".mail-composer-template-dropdown-btn")
    page.wait_for_selector(".o-mail-EngagementRates")


def _analysis(page):
    page.goto("/odoo/action-mail_engagement.mail_engagement_report_action")
    page.wait_for_selector(".o_graph_renderer canvas")
    page.wait_for_function(DRAWN, polling=300)


def _analysis_pivot(page):
    page.click(".o_switch_view.o_pivot")
    page.wait_for_selector(".o_pivot_cell_value")


def _hours(page):
    page.goto("/odoo/action-mail_engagement.mail_engagement_report_heat_action")
    page.wait_for_selector(".o-mail-EngagementHeatMap table")


def _silence(page):
    """The time line of a mail that Apple's proxy alone loaded."""
    page.goto("/odoo/action-mail_engagement.mail_engagement_tracking_action")
    [mail] = call(
        page,
        "mail.engagement.tracking",
        "search_read",
        [["opens_unseen", "=", "apple"], ["message_id", "!=", False]],
        ["model", "res_id"],
        limit=1,
    )
    page.goto(f"/odoo/{mail['model']}/{mail['res_id']}")
    page.wait_for_selector(CHIP)
    page.locator(CHIP).first.scroll_into_view_if_needed()
    _popover(page)
    page.locator(".o-mail-EngagementPopover p:has-text('Silence')").scroll_into_view_if_needed()


def _rates(page):
    page.goto("/odoo/engagement-rates")
    page.wait_for_selector(".o_pivot_cell_value")


def _rates_graph(page):
    page.goto("/odoo/engagement-rates")
    page.click(".o_switch_view.o_graph")
    page.wait_for_selector(".o_graph_renderer canvas")
    page.wait_for_function(DRAWN, polling=300)


def _machines_by_domain(page):
    page.goto("/odoo/engagement-machines")
    page.wait_for_selector(".o_group_header")
    page.click(".o_group_header:has-text('northsea')")
    page.wait_for_selector(".o_group_header:has-text('Microsoft')")


def _machines_by_domain_phone(page):
    page.goto("/odoo/engagement-machines")
    page.wait_for_selector(".o_view_controller")
    page.click(".o_kanban_group, .o_group_header >> nth=0")


def _digest(page):
    digest = call(page, "digest.digest", "search", [], limit=1)
    call(page, "digest.digest", "write", digest, {"periodicity": "weekly"})
    call(page, "digest.digest", "action_send_manual", digest)
    mail = call(
        page, "mail.mail", "search_read", [["subject", "ilike", "digest"]], ["body_html"], limit=1
    )
    # Its pictures come from elsewhere, and a bare page's icon from nowhere.
    body = re.sub("<img[^>]*>", "", mail[0]["body_html"])
    page.set_content(f'<link rel="icon" href="data:,">{body}')
    page.get_by_text("E-mails Opened or Answered").scroll_into_view_if_needed()


def _time_line_phone(page):
    _open_lead_on_phone(page, "Office Design and Architecture")
    page.click(".nav-link[name=engagement]")
    page.wait_for_selector(".o-mail-EngagementTimeline time")
    page.locator(".o-mail-EngagementTimeline").scroll_into_view_if_needed()


def _toast(page):
    page.goto("/odoo/action-crm.crm_lead_action_pipeline?view_type=kanban")
    page.wait_for_selector(".o_kanban_record")
    odoo_server.shell(DATABASE, paths.INSIDE / "screenshot_toast.py")
    page.wait_for_selector(".o-mail-EngagementToast")


def _alerts(page):
    page.goto("/odoo/action-crm.crm_lead_action_pipeline?view_type=kanban")
    page.wait_for_selector(".o_kanban_record")
    page.click(".o-mail-EngagementMenu-toggle")
    page.wait_for_selector(".o-mail-EngagementMenu-alert")


def _alert_preferences(page):
    page.goto("/odoo/action-crm.crm_lead_action_pipeline?view_type=kanban")
    page.click(".o_user_menu button")
    page.click("[data-menu=settings], [data-menu=preferences]")
    page.wait_for_selector("[name=engagement_alert_offline]")
    page.locator("[name=engagement_alert_offline]").scroll_into_view_if_needed()


def _alert_settings(page):
    _unfold(page, "alerts")
    page.locator("#engagement_alert_offline").scroll_into_view_if_needed()


def _phone(page):
    _open_lead_on_phone(page, "Devis pour 150 tapis")
    page.wait_for_selector(CHIP)
    page.locator(CHIP).first.scroll_into_view_if_needed()
    _popover(page)


def _open_lead_on_phone(page, name):
    page.goto("/odoo/action-crm.crm_lead_action_pipeline?view_type=kanban")
    page.click(f".o_kanban_record :text('{name}')")


SCREENS = {
    "banner": _banner,
    "chatter": _open_answered_lead,
    "popover": _popover,
    "machines": _machines,
    "returned": _returned,
    "not_delivered": _not_delivered,
    "provider": _provider,
    "dashboard": _dashboard,
    "followed": _followed,
    "one_mail": _one_mail,
    "graph": _graph,
    "settings": _settings,
    "terms": _terms,
    "relay_code": _relay_code,
    "relay_question": _relay_question,
    "permissions": _permissions,
    "pairing": _pairing,
    "test_mail": _test_mail,
    "privacy": _privacy,
    "consent": _consent,
    "recipient_page": _recipient_page,
    "processing": _processing,
    "light_composer": _light_composer,
    "composer": _composer,
    "composer_refused": _composer_refused,
    "reminder_composer": _reminder_composer,
    "reminder": _reminder,
    "reminder_bell": _reminder_bell,
    "reminders": _reminders,
    "reminder_activity": _reminder_activity,
    "corrections": _corrections,
    "mailboxes": _mailboxes,
    "mailbox": _mailbox,
    "webhook": _webhook,
    "webhook_secret": _webhook_secret,
    "webhook_deliveries": _webhook_deliveries,
    "knowledge": _knowledge,
    "rejudge": _rejudge,
    "leads_by_engagement": _leads_by_engagement,
    "lead_time_line": _lead_time_line,
    "contact_time_line": _contact_time_line,
    "templates": _templates,
    "template_choice": _template_choice,
    "analysis": _analysis,
    "analysis_pivot": _analysis_pivot,
    "silence": _silence,
    "rates": _rates,
    "rates_graph": _rates_graph,
    "machines_by_domain": _machines_by_domain,
    "hours": _hours,
    "digest": _digest,
    "alerts": _alerts,
    "toast": _toast,
    "alert_preferences": _alert_preferences,
    "alert_settings": _alert_settings,
    "phone": _phone,
    "followed_phone": _followed_phone,
    "toast_phone": _toast,
    "alerts_phone": _alerts,
    "dashboard_phone": _dashboard_again,
    "silence_phone": _silence,
    "rates_phone": _rates,
    "machines_by_domain_phone": _machines_by_domain_phone,
    "hours_phone": _hours,
    "time_line_phone": _time_line_phone,
    "webhook_phone": _webhook_phone,
}
