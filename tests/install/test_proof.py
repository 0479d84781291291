"""The wheel in an Odoo that never heard of it: found, installed, set up, sent, opened, seen."""

import re

from place import commands, database, new_address, read

from dev import paths, setup_walk
from dev.json_rpc import Odoo
from dev.setup_walk import picture

CARD = ".o_kanban_record:has([title='Email Engagement'])"
WHERE = """
from odoo.addons import mail_engagement
from odoo.addons.mail_engagement.relay.engagement_relay.protocol import token
print("FROM", mail_engagement.__file__)
print("FROM", token.__file__)
"""


def administrator(browser, url):
    page = browser.new_context(base_url=url, viewport={"width": 1366, "height": 768}).new_page()
    page.set_default_timeout(90_000)
    page.complaints = []
    page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
    setup_walk.log_in(page)
    return page


def activate(page):
    """Find the app in the Apps menu as it opens, and activate it."""
    page.goto("/odoo/apps?debug=1")
    page.click(".o_menu_sections :text('Update Apps List')")
    page.click(".modal button[name=update_module]")
    page.wait_for_selector(".modal", state="detached")
    page.goto("/odoo/apps?debug=0")
    page.wait_for_selector(".o_searchview_facet:has-text('Apps')")
    page.fill(".o_searchview_input", "Engagement")
    page.press(".o_searchview_input", "Enter")
    page.wait_for_selector(CARD)
    picture(page, "install_1_found")
    page.click(f"{CARD} button[name=button_immediate_install]")


def test_proof(browser, downloads, inbox, place):
    place.run(commands("pip.md", **{"VENV=/opt/odoo/venv": f"VENV={place.folder}"}), downloads)
    name = database("mail_engagement_install_pip")
    with place.serve(name, inbox) as server:
        page = administrator(browser, server.url)
        activate(page)
        page.wait_for_selector(setup_walk.SETUP)
        picture(page, "install_2_landed")

        odoo = Odoo(server.url, name)
        with setup_walk.incoming_server(odoo, inbox) as incoming:
            setup_walk.enable_mailbox(page, incoming)
            setup_walk.open_setup(page)
            setup_walk.set_up(page, server.url)
            address = new_address()
            contact = odoo.call("res.partner", "create", {"name": "Carla", "email": address})
            page.goto(f"/odoo/contacts/{contact}")
            page.click("button.o-mail-Chatter-sendMessage")
            page.fill(".o-mail-Composer-input", "Dear Carla, this is our offer.")
            page.click(".o-mail-Composer-send:enabled")
            body = inbox.next_to(address).get_body(("html",)).get_content()
            # The live channel may have begun too late for what was sent at once.
            page.reload()
            chip = page.locator(".o-mail-EngagementChip")
            chip.filter(has_text="Not opened yet").wait_for()
            picture(page, "install_3_sent")
            read(browser, body)
            page.wait_for_selector(".o-mail-EngagementChip .fa-eye + :text('1')")
            picture(page, "install_4_opened")
            assert not page.complaints
            page.context.close()
    said = place.run(f"odoo shell -d {name} --no-http <<'END'\n{WHERE}\nEND", downloads)
    for file in re.findall("FROM (.*)", said):
        assert file.startswith(f"{place.packages}/odoo/addons/{paths.ADDON}/"), file
