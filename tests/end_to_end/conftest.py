"""A running Odoo, an SMTP server, a browser, all real. ``dev/test.py`` starts Odoo."""

import os
import secrets
from datetime import date, timedelta

import pytest

from dev import chromium
from dev.inbox import Inbox
from dev.json_rpc import Odoo

URL = os.environ["ODOO_URL"]


@pytest.fixture(scope="session")
def odoo():
    """Odoo as its administrator; mails point at the address that the tests use."""
    client = Odoo(URL, os.environ["ODOO_DATABASE"])
    client.call("ir.config_parameter", "set_param", "web.base.url", URL)
    client.call("ir.config_parameter", "set_param", "web.base.url.freeze", "True")
    # A minute after its start Odoo sends what waits, and a mail that leaves just then would fail.
    [_model, queue] = client.call(
        "ir.model.data", "check_object_reference", "mail", "ir_cron_mail_scheduler_action"
    )
    client.call("ir.cron", "write", [queue], {"nextcall": f"{date.today() + timedelta(days=2)}"})
    # OdooBot greets whoever comes for the first time, now and then over the whole of a phone.
    users = client.call("res.users", "search", [["share", "=", False]])
    client.call("res.users", "write", users, {"odoobot_state": "disabled"})
    return client


@pytest.fixture(scope="session")
def inbox():
    """The SMTP server that Odoo sends through."""
    with Inbox(int(os.environ["SMTP_PORT"])) as found:
        yield found


@pytest.fixture(scope="session")
def browser():
    """Real Chromium."""
    with chromium.running() as started:
        yield started


@pytest.fixture
def lead(odoo):
    """An opportunity with a customer."""
    address = f"carla-{secrets.token_hex(4)}@customer.example.com"
    customer = odoo.call("res.partner", "create", {"name": "Carla", "email": address})
    return {
        "address": address,
        "partner": customer,
        "id": odoo.call(
            "crm.lead",
            "create",
            {"name": "Solar roof", "partner_id": customer, "type": "opportunity"},
        ),
    }


@pytest.fixture
def send(odoo, inbox, lead):
    """Return a function that posts a mail to the lead's customer and returns what arrived."""

    def post(body, **values):
        odoo.write_to(lead["partner"], "crm.lead", lead["id"], body, body_is_html=True, **values)
        return inbox.next_to(lead["address"])  # the demo's own reminders arrive too

    return post
