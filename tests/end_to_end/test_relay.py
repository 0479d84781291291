"""A mail whose pixel, link and file lead to a relay, and an Odoo that is stopped meanwhile."""

import base64
import os
import re
from collections import Counter

import pytest

from dev import odoo_server, paths
from dev.json_rpc import Odoo
from dev.processes import wait_until
from dev.relay import Relay

DATABASE = f"{paths.ADDON}_end_to_end_relay"
OFFER = b"PK" + bytes(range(256)) * 1000
ADDRESS = "carla@customer.example.com"
SHOP = "https://shop.example.com/offer?x=1&y=2"


@pytest.fixture
def server(inbox):
    odoo_server.fresh(DATABASE)
    with odoo_server.Odoo(DATABASE, *odoo_server.through(inbox.port)) as found:
        yield found


@pytest.fixture
def relay(server, tmp_path):
    """Paired with the one-time code, as an administrator and an operator would."""
    relay = Relay(tmp_path, odoo_timeout=3)
    relay.said("pair", server.url, odoo_server.relay_code(DATABASE), "--host", "localhost")
    odoo = Odoo(server.url, DATABASE)
    [paired] = odoo.call("mail.engagement.relay", "search", [["state", "=", "paired"]])
    url = f"http://localhost:{relay.port}"
    odoo.call("mail.engagement.relay", "write", [paired], {"url": url})
    odoo.call("res.company", "write", [1], {"engagement_edge": "relay"})
    relay.odoo, relay.url = odoo, url
    with relay:
        yield relay


@pytest.fixture
def sent(relay, inbox):
    """What the customer received: a link and a followed file, all leading to the relay."""
    call = relay.odoo.call
    customer = call("res.partner", "create", {"name": "Carla", "email": ADDRESS})
    lead = call("crm.lead", "create", {"name": "Solar roof", "partner_id": customer})
    file = {
        "name": "offer.zip",
        "datas": base64.b64encode(OFFER).decode(),
        "engagement_follow": "follow",
        "res_model": "mail.compose.message",
    }
    relay.odoo.write_to(
        customer,
        "crm.lead",
        lead,
        f'<p>Dear Carla, <a href="{SHOP.replace("&", "&amp;")}">our offer</a></p>',
        body_is_html=True,
        attachment_ids=[call("ir.attachment", "create", file)],
    )
    body = inbox.next_to(ADDRESS).get_body(("html",)).get_content()
    for path in ("o", "c", "a"):
        assert f"{relay.url}/{path}/" in body
    return body


def _seen(odoo):
    """How often what happened, by type, and whether all of it is judged."""
    rows = odoo.call(
        "mail.engagement.event",
        "search_read",
        [["tracking_id.email_normalized", "=", ADDRESS]],
        ["type", "repeat_count", "verdict"],
    )
    counts = Counter()
    for row in rows:
        counts[row["type"]] += row["repeat_count"]
    return dict(counts), all(row["verdict"] for row in rows)


def test_nobody_notices_that_odoo_is_stopped(server, relay, sent, browser):
    """Opened, clicked and downloaded while Odoo is away: all of it arrives once."""
    server.stop()
    customer = browser.new_context()
    customer.route(
        "https://shop.example.com/**",
        lambda route: route.fulfill(content_type="text/html", body="<h1>Our offer</h1>"),
    )
    mail = customer.new_page()
    with mail.expect_response(re.compile("/o/")) as pixel:
        mail.set_content(sent)
    assert pixel.value.status == 200
    mail.click("a:text('our offer')")
    mail.wait_for_url(SHOP)

    page = customer.new_page()
    page.route(re.compile("/o/"), lambda route: route.abort())
    page.set_content(sent)
    page.click("a:text('offer.zip')")
    page.wait_for_selector("h1:text('One moment, please')")
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/relay_one_moment.png")
    assert relay.status()["spool"]["depth"] == 2

    # The page asks again by itself, and finds Odoo back.
    with page.expect_download(timeout=90_000) as download:
        server.start()
    assert open(download.value.path(), "rb").read() == OFFER
    assert download.value.suggested_filename == "offer.zip"

    expected = {"open": 1, "click": 1, "attachment": 1}
    wait_until(lambda: _seen(relay.odoo) == (expected, True))
    wait_until(lambda: not relay.status()["spool"]["depth"])
    assert _seen(relay.odoo) == (expected, True)
    [mail] = relay.odoo.call(
        "mail.engagement.tracking",
        "search_read",
        [["email_normalized", "=", ADDRESS]],
        ["open_count", "click_count", "attachment_open_count", "machine_count"],
    )
    assert (mail["open_count"], mail["click_count"], mail["attachment_open_count"]) == (1, 1, 1)
    customer.close()
