"""From the customer's request to the salesperson's screen: two browsers, a real Odoo.

A salesperson's web client stands open; a customer's browser loads the pixel of one mail after the
other. The clock runs from the moment at which the customer's browser asks until the other's page
counts it, at once with the toast: so many toasts in a minute would be one. The last line is one
JSON object.
"""

import contextlib
import json
import re
import statistics

import click

from .. import chromium, demo, odoo_server, postgres
from ..chromium import call, log_in
from ..inbox import Inbox
from ..say import step

DATABASE = "mail_engagement_bench_live"
EVENTS = 40
PIXEL = re.compile(r'src="([^"]+/e/o/[^"]+)"')
COUNTER = ".o-mail-EngagementMenu-counter"
WATCH = """(counter) => {
    window.counted = {};
    new MutationObserver(() => {
        const unread = document.querySelector(counter)?.textContent;
        window.counted[unread] ??= Date.now();
    }).observe(document.body, {childList: true, subtree: true, characterData: true});
}"""


@click.command(help=__doc__)
@click.option("--events", type=click.IntRange(30), default=EVENTS, show_default=True, help="Mails.")
def main(events):
    """Measure."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(postgres.running())
        demo.create(DATABASE)
        inbox = stack.enter_context(Inbox())
        server = odoo_server.Odoo(DATABASE, *odoo_server.through(inbox.port))
        url = stack.enter_context(server).url
        browser = stack.enter_context(chromium.running())
        seller = browser.new_context(base_url=url).new_page()
        log_in(seller)
        step(f"Sending {events} mails")
        pixels = _send(seller, inbox, events, url)
        before = int(seller.inner_text(COUNTER))
        seller.evaluate(WATCH, COUNTER)
        customer = browser.new_context().new_page()
        customer.goto(f"{url}/web/health")
        waited = []
        for unread, pixel in enumerate(pixels.values(), before + 1):
            sent = customer.evaluate(chromium.OPEN, pixel)
            seller.wait_for_function("(unread) => window.counted[unread]", arg=unread)
            waited.append(seller.evaluate("(unread) => window.counted[unread]", unread) - sent)
    hundredths = statistics.quantiles(waited, n=100)
    found = {
        "events": len(waited),
        "p50_ms": round(hundredths[49]),
        "p95_ms": round(hundredths[94]),
        "max_ms": max(waited),
    }
    print(json.dumps(found))
    return 0


def _send(page, inbox, count, url):
    """:return: the mails' pixels by subject"""
    for name, value in (("web.base.url", url), ("web.base.url.freeze", "True")):
        call(page, "ir.config_parameter", "set_param", name, value)
    customer = call(
        page, "res.partner", "create", {"name": "Carla", "email": "carla@customer.example.com"}
    )
    lead = call(
        page,
        "crm.lead",
        "create",
        {"name": "Solar roof", "partner_id": customer, "type": "opportunity"},
    )
    pixels = {}
    for number in range(count):
        subject = f"Mail {number}"
        call(
            page,
            "crm.lead",
            "message_post",
            [lead],
            body="Our offer",
            subject=subject,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=[customer],
        )
        while subject not in pixels:
            mail = inbox.received.get(timeout=60)
            if found := PIXEL.search(mail.get_body(("html",)).get_content()):
                pixels[mail["Subject"]] = found[1]
    return pixels
