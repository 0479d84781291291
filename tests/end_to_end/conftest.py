"""A running Odoo, an SMTP server, a browser, all real. ``dev/test.py`` starts Odoo."""

import os
import secrets

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
    return client


class Forwarding(Inbox):
    """:ivar list also: functions that get the bytes of each mail too"""

    def __init__(self, port):
        super().__init__(port)
        self.also = []

    async def handle_DATA(self, server, session, envelope):
        for deliver in self.also:
            deliver(envelope.content)
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture(scope="session")
def inbox():
    """The SMTP server that Odoo sends through."""
    with Forwarding(int(os.environ["SMTP_PORT"])) as found:
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
        odoo.call(
            "crm.lead",
            "message_post",
            [lead["id"]],
            body=body,
            body_is_html=True,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=[lead["partner"]],
            **values,
        )
        while True:
            message = inbox.received.get(timeout=90)
            if lead["address"] in message["To"]:  # the demo's own reminders arrive too
                return message

    return post
