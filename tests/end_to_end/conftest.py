"""A running Odoo, an SMTP server, a browser, all real. ``dev/test.py`` starts Odoo."""

import email
import email.policy
import os
import queue
import secrets
import time

import pytest
import requests
from aiosmtpd.controller import Controller
from playwright.sync_api import sync_playwright

URL = os.environ["ODOO_URL"]


class Odoo:
    """Odoo's JSON-RPC, as its administrator."""

    def __init__(self, url, database):
        self.url = url
        self.session = requests.Session()
        self._ask("/web/session/authenticate", db=database, login="admin", password="admin")

    def _ask(self, path, **params):
        answer = self.session.post(self.url + path, json={"params": params}, timeout=60).json()
        assert "error" not in answer, answer["error"]["data"]["debug"]
        return answer.get("result")

    def call(self, model, method, *args, **kwargs):
        """Call a public method of a model."""
        return self._ask(
            "/web/dataset/call_kw", model=model, method=method, args=args, kwargs=kwargs
        )


@pytest.fixture(scope="session")
def odoo():
    """Odoo as its administrator; mails point at the address that the tests use."""
    client = Odoo(URL, os.environ["ODOO_DATABASE"])
    client.call("ir.config_parameter", "set_param", "web.base.url", URL)
    client.call("ir.config_parameter", "set_param", "web.base.url.freeze", "True")
    return client


class Received(queue.Queue):
    """:ivar list also: functions that get the bytes of each mail too"""

    def __init__(self):
        super().__init__()
        self.also = []


@pytest.fixture(scope="session")
def inbox():
    """What a real SMTP server received, as a queue of `email.message.EmailMessage`."""
    received = Received()

    class Handler:
        async def handle_DATA(self, server, session, envelope):
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            received.put(message)
            for deliver in received.also:
                deliver(envelope.content)
            return "250 OK"

    controller = Controller(Handler(), hostname="127.0.0.1", port=int(os.environ["SMTP_PORT"]))
    controller.start()
    yield received
    controller.stop()


@pytest.fixture(scope="session")
def browser():
    """Real Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=os.environ["CHROMIUM_FLAGS"].split()
        )
        yield started
        started.close()


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
            message = inbox.get(timeout=90)
            if lead["address"] in message["To"]:  # the demo's own reminders arrive too
                return message

    return post


@pytest.fixture(scope="session")
def wait_until():
    """Return a function that waits until a condition holds, at most a minute and a half."""

    def wait(condition, seconds=90):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not come true"
            time.sleep(0.05)

    return wait
