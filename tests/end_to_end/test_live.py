"""Live again after the network went, the browser slept, Odoo was started anew: no chip is stale."""

import os
import re
import time
from email.utils import parsedate_to_datetime

import pytest

from dev import chromium, odoo_server, postgres
from dev.processes import wait_until

CHIP = ".o-mail-EngagementChip"
PIXEL = re.compile(r'src="[^"]+(/e/o/[^"]+)"')
# What a browser itself says of a server that it does not reach.
OUT_OF_REACH = re.compile(r"net::ERR_|WebSocket connection to|Failed to load resource")


@pytest.fixture
def offer(send):
    """A mail that is old enough to be read: who reads faster is taken for a machine."""
    mail = send("<p>Dear Carla, our offer</p>", subject="Your offer")
    sent = parsedate_to_datetime(mail["Date"]).timestamp()
    wait_until(lambda: time.time() - sent > 12, "a mail old enough to be read")
    return mail


@pytest.fixture
def server():
    """A second Odoo on the same database, which can be stopped without the others."""
    with odoo_server.Odoo(os.environ["ODOO_DATABASE"]) as started:
        yield started


@pytest.fixture
def seller(server, browser):
    """A salesperson's window at that Odoo."""
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    chromium.log_in(page)
    yield page
    context.close()


@pytest.fixture
def customer(odoo, browser):
    """Return a function that opens a mail as the customer does, at the first Odoo, and returns when
    it is counted."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(odoo.url + "/web/health")

    def opens(mail):
        [path] = PIXEL.findall(mail.get_body(("html",)).get_content())
        page.evaluate(chromium.OPEN, odoo.url + path)
        counted = [["rfc_message_id", "=", mail["Message-Id"]], ["open_count", "=", 1]]
        wait_until(
            lambda: odoo.call("mail.engagement.tracking", "search_count", counted),
            "the open to be counted",
        )

    yield opens
    context.close()


def forgets():
    """The bus forgets what it told, as it does within a day."""
    postgres.execute(os.environ["ODOO_DATABASE"], "DELETE FROM bus_bus")


def opened(page, mail, away, back, customer):
    """Hold that the chip of a mail opened while the page is away is right when it is back."""
    assert "Not opened yet" in page.inner_text(CHIP)
    away()
    customer(mail)
    forgets()
    back()
    page.wait_for_selector(f"{CHIP} .fa-eye + :text('1')", timeout=90_000)
    assert [it for it in page.complaints if not OUT_OF_REACH.search(it)] == []


def test_network(lead, offer, seller, customer):
    seller.goto(f"/odoo/crm.lead/{lead['id']}")
    seller.wait_for_selector(CHIP)
    cable = seller.context.set_offline
    opened(seller, offer, lambda: cable(True), lambda: cable(False), customer)


def test_sleep(lead, offer, seller, customer):
    seller.goto(f"/odoo/crm.lead/{lead['id']}")
    seller.wait_for_selector(CHIP)
    tools = seller.context.new_cdp_session(seller)

    def fall_asleep():
        seller.context.set_offline(True)
        tools.send("Page.setWebLifecycleState", {"state": "frozen"})

    def wake_up():
        tools.send("Page.setWebLifecycleState", {"state": "active"})
        seller.context.set_offline(False)

    opened(seller, offer, fall_asleep, wake_up, customer)


def test_odoo_started_anew(lead, offer, seller, customer, server):
    seller.goto(f"/odoo/crm.lead/{lead['id']}")
    seller.wait_for_selector(CHIP)
    opened(seller, offer, server.kill, server.start, customer)


def test_just_loaded(lead, offer, seller, customer):
    """Opened within a second of the page's load."""
    seller.goto(f"/odoo/crm.lead/{lead['id']}")
    seller.wait_for_selector(CHIP)
    customer(offer)
    seller.wait_for_selector(f"{CHIP} .fa-eye + :text('1')")
