"""From the salesperson's mail to the customer's browser and back to the salesperson's page."""

import base64
import os
import re

import pytest

OFFER = b"PK" + bytes(range(256)) * 100


@pytest.fixture
def website(browser):
    """Where the links lead: answered for in the customer's browser."""
    context = browser.new_context()
    context.route(
        "https://shop.example.com/**",
        lambda route: route.fulfill(content_type="text/html", body="<h1>Our offer</h1>"),
    )
    yield context
    context.close()


@pytest.fixture
def salesperson(browser, odoo, lead):
    """The salesperson's page, logged in."""
    context = browser.new_context(base_url=odoo.url)
    page = context.new_page()
    page.goto("/web/login")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "admin")
    page.click("button[type=submit]")
    page.wait_for_url(re.compile("/odoo"))
    page.complaints = []
    page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
    page.lead = f"/odoo/crm.lead/{lead['id']}"
    yield page
    context.close()


def test_customer_opens(odoo, send, website, salesperson):
    """1 open, 1 click, 1 attachment view, on an open page, without a reload."""
    file = odoo.call(
        "ir.attachment",
        "create",
        {
            "name": "offer.zip",
            "datas": base64.b64encode(OFFER).decode(),
            "engagement_follow": "follow",
            "res_model": "mail.compose.message",
        },
    )
    message = send(
        '<p>Dear Carla, <a href="https://shop.example.com/offer?x=1&amp;y=2">our offer</a> and '
        '<a href="https://shop.example.com/terms">our terms</a></p>',
        attachment_ids=[file],
    )
    salesperson.goto(salesperson.lead)
    chip = salesperson.locator(".o-mail-EngagementChip")
    chip.wait_for()
    assert "Not opened yet" in chip.inner_text()
    salesperson.evaluate("window.neverReloaded = true")

    body = message.get_body(("html",)).get_content()
    page = website.new_page()
    with page.expect_response(re.compile("/e/o/")) as pixel:
        page.set_content(body)
    assert pixel.value.status == 200
    salesperson.wait_for_selector(".o-mail-EngagementChip .fa-eye + :text('1')")

    page.click("a:text('our offer')")
    page.wait_for_url("https://shop.example.com/offer?x=1&y=2")
    assert page.inner_text("h1") == "Our offer"
    salesperson.wait_for_selector(".o-mail-EngagementChip .fa-link + :text('1')")

    page = website.new_page()
    page.route(re.compile("/e/o/"), lambda route: route.abort())
    page.set_content(body)
    with page.expect_download() as download:
        page.click("a:text('offer.zip')")
    assert open(download.value.path(), "rb").read() == OFFER
    assert download.value.suggested_filename == "offer.zip"
    salesperson.wait_for_selector(".o-mail-EngagementChip .fa-paperclip + :text('1')")

    assert chip.inner_text().split() == ["1", "1", "1"]
    assert salesperson.evaluate("window.neverReloaded")

    chip.click()
    for text in ("Viewed “offer.zip”", "Clicked “our offer”", "Opened"):
        salesperson.wait_for_selector(f".o-mail-EngagementPopover :text('{text}')")
    if folder := os.environ.get("SCREENSHOTS"):
        salesperson.screenshot(path=f"{folder}/end_to_end.png")
    assert not salesperson.complaints


def test_plain_text_part_is_clean(send):
    """Who reads text gets the addresses that the salesperson wrote."""
    message = send('<p><a href="https://shop.example.com/offer">our offer</a></p>')
    text = message.get_body(("plain",)).get_content()
    assert "https://shop.example.com/offer" in text
    assert "/e/" not in text
