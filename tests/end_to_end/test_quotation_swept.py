"""A scanner sweeps a quotation's mail and sets nothing off; the customer visits it and does."""

import contextlib
import html
import json
import re
import urllib.request

import pytest

from dev import odoo_server, paths
from dev.http_server import Handler, HttpServer
from dev.inbox import Inbox
from dev.json_rpc import Odoo
from dev.processes import wait_until

DATABASE = f"{paths.ADDON}_end_to_end_quotation"
PATIENCE = 300
SCANNER = {"User-Agent": "Barracuda Sentinel (EE)"}
KINDS = ("open", "click", "quotation")
TOLD = ["mail.clicked", "mail.opened", "mail.quotation"]


class Receiver(Handler):
    """Keeps what it is told."""

    def do_POST(self):
        self.owner.news.append(json.loads(self.body()))
        self.reply(204, b"")


@pytest.fixture
def receiver():
    with HttpServer(Receiver) as server:
        server.news = []
        yield server


@pytest.fixture
def odoo(receiver):
    """Odoo with a rule and a subscription for all that may become of a quotation's mail."""
    odoo_server.fresh(DATABASE, *odoo_server.glued())
    odoo_server.shell(DATABASE, paths.INSIDE / "switch_on.py")
    workers = ("--workers", "2", "--max-cron-threads", "2")
    with contextlib.ExitStack() as stack:
        inbox = stack.enter_context(Inbox())
        mails = odoo_server.through(inbox.port)
        server = stack.enter_context(odoo_server.Odoo(DATABASE, *workers, *mails))
        client = Odoo(server.url, DATABASE)
        client.inbox = inbox
        for name, value in (
            ("web.base.url", server.url),
            ("web.base.url.freeze", "True"),
            # With free sign-up the link would hold a token for that, and be left alone.
            ("auth_signup.invitation_scope", "b2b"),
        ):
            client.call("ir.config_parameter", "set_param", name, value)
        _subscribe(client, receiver.url)
        for kind in KINDS:
            _rule(client, kind)
        yield client


def _subscribe(odoo, url):
    values = {"name": "ERP", "url": f"{url}/", "allow_http": True, "allow_private": True}
    webhook = odoo.call("mail.engagement.webhook", "create", values)
    odoo.call("mail.engagement.webhook", "action_new_secret", [webhook])


def _rule(odoo, kind):
    [model] = odoo.call("ir.model", "search", [["model", "=", "sale.order"]])
    code = f"record.message_post(body='Rule: {kind}', subtype_xmlid='mail.mt_note')"
    action = {"name": kind, "model_id": model, "state": "code", "code": code}
    odoo.call(
        "base.automation",
        "create",
        {
            "name": kind,
            "model_id": model,
            "trigger": "on_engagement",
            "engagement_kind": kind,
            "action_server_ids": [(0, 0, action)],
        },
    )


@pytest.fixture
def order(odoo):
    """:return: the id of a quotation, and the HTML of the mail that its customer got"""
    address = "carla@customer.example.com"
    customer = odoo.call("res.partner", "create", {"name": "Carla", "email": address})
    line = {"name": "A roof", "display_type": "line_note"}
    order = odoo.call(
        "sale.order", "create", {"partner_id": customer, "order_line": [(0, 0, line)]}
    )
    odoo.write_to(
        customer,
        "sale.order",
        order,
        '<p>See <a href="https://shop.example.com/roof">the roof</a></p>',
        body_is_html=True,
        email_layout_xmlid="mail.mail_notification_layout_with_responsible_signature",
    )
    return order, odoo.inbox.next_to(address).get_body(("html",)).get_content()


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows within Odoo, and not to where nobody is."""

    def redirect_request(self, request, file, code, message, headers, url):
        if "shop.example.com" in url:
            return None
        return super().redirect_request(request, file, code, message, headers, url)


def _sweep(body):
    """Ask for each picture and link, as a mail gateway does.

    :return: how many requests that was
    """
    opener = urllib.request.build_opener(_Stay)
    urls = re.findall(r'(?:href|src)="(http://127[^"]+)"', body)
    for method in ("HEAD", "GET"):
        for url in map(html.unescape, urls):
            request = urllib.request.Request(url, headers=SCANNER, method=method)
            with contextlib.suppress(urllib.error.HTTPError):
                opener.open(request, timeout=60).close()
    return len(urls) * 2


def _said(odoo, order):
    """:return: what stands in the quotation's chatter"""
    found = odoo.call(
        "mail.message", "search_read", [["model", "=", "sale.order"], ["res_id", "=", order]],
        ["body"],
    )  # fmt: skip
    return " ".join(message["body"] for message in found)


def _count(odoo, order, model, *domain):
    of = [["tracking_id.model", "=", "sale.order"], ["tracking_id.res_id", "=", order]]
    return odoo.call(f"mail.engagement.{model}", "search_count", [*of, *domain])


def test_swept_then_visited(odoo, order, receiver, browser):
    order, body = order
    assert _sweep(body) > 6
    wait_until(
        lambda: "opened the link to this quotation" in _said(odoo, order),
        "the sweep to be judged",
        PATIENCE,
    )
    unjudged = ["verdict", "=", False]
    wait_until(lambda: not _count(odoo, order, "event", unjudged), "all of it to be", PATIENCE)
    assert _count(odoo, order, "event", ["verdict", "=", "machine"]) > 1
    assert not _count(odoo, order, "event", ["verdict", "!=", "machine"])
    assert not _count(odoo, order, "fact")
    assert not _count(odoo, order, "alert")
    assert "Rule:" not in _said(odoo, order)
    assert "viewed by customer" not in _said(odoo, order)
    assert not receiver.news

    page = browser.new_page()
    page.set_content(body)
    page.click("a:has-text('Quotation')")
    page.wait_for_selector("#quote_content")
    page.close()

    def done():
        said = _said(odoo, order)
        return "viewed by customer" in said and all(f"Rule: {kind}" in said for kind in KINDS)

    wait_until(done, "the rules to run", PATIENCE)
    wait_until(lambda: len(receiver.news) >= len(TOLD), "the webhook", PATIENCE)
    assert sorted(news["type"] for news in receiver.news) == TOLD
    said = _said(odoo, order)
    assert [said.count(f"Rule: {kind}") for kind in KINDS] == [1] * len(KINDS)
    # Of the quotation's visit they are told as of the click that led there.
    assert _count(odoo, order, "alert") == 2
