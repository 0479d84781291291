"""From the customer's request to the salesperson's toast: two browsers, a real Odoo.

A salesperson's web client stands open; a customer's browser loads the pixel of one mail after the
other. The clock runs from the moment at which the customer's browser asks until the toast stands in
the other's page. The last line is one JSON object.
"""

import contextlib
import email
import email.policy
import json
import queue
import re
import statistics

from . import chromium, demo, odoo_server, postgres
from .say import step

DATABASE = "mail_engagement_bench_live"
EVENTS = 40
PIXEL = re.compile(r'src="([^"]+/e/o/[^"]+)"')
WATCH = """() => {
    window.toasts = {};
    new MutationObserver(() => {
        for (const toast of document.querySelectorAll(".o-mail-EngagementToast")) {
            const subject = toast.textContent.match(/“(Mail \\d+)”/)?.[1];
            window.toasts[subject] ??= Date.now();
        }
    }).observe(document.body, {childList: true, subtree: true});
}"""


def main(arguments):
    """Measure; ``--events N`` for another number of mails, at least 30."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 slow to import

    events = int(arguments[arguments.index("--events") + 1]) if "--events" in arguments else EVENTS
    with contextlib.ExitStack() as stack:
        stack.enter_context(postgres.running())
        demo.create(DATABASE)
        port, smtp = odoo_server.free_port(), odoo_server.free_port()
        inbox = stack.enter_context(_inbox(smtp))
        mail = ["--smtp", "127.0.0.1", "--smtp-port", str(smtp)]
        stack.enter_context(odoo_server.serving(DATABASE, port, *mail))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.FLAGS)
        stack.callback(browser.close)
        url = f"http://127.0.0.1:{port}"
        seller = browser.new_context(base_url=url).new_page()
        _log_in(seller)
        step(f"Sending {events} mails")
        pixels = _send(seller, inbox, events, url)
        seller.evaluate(WATCH)
        customer = browser.new_context().new_page()
        customer.goto(f"{url}/web/health")
        waited = []
        for subject, pixel in pixels.items():
            sent = customer.evaluate(chromium.OPEN, pixel)
            seller.wait_for_function("(subject) => window.toasts[subject]", arg=subject)
            waited.append(seller.evaluate("(subject) => window.toasts[subject]", subject) - sent)
    hundredths = statistics.quantiles(waited, n=100)
    found = {
        "events": len(waited),
        "p50_ms": round(hundredths[49]),
        "p95_ms": round(hundredths[94]),
        "max_ms": max(waited),
    }
    print(json.dumps(found))
    return 0


@contextlib.contextmanager
def _inbox(port):
    """A real SMTP server; yields the queue of what it received."""
    from aiosmtpd.controller import Controller  # noqa: PLC0415 only here

    received = queue.Queue()

    class Handler:
        async def handle_DATA(self, server, session, envelope):
            received.put(email.message_from_bytes(envelope.content, policy=email.policy.default))
            return "250 OK"

    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield received
    finally:
        controller.stop()


def _log_in(page):
    page.goto("/web/login")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "admin")
    page.click("button[type=submit]")
    page.wait_for_selector(".o-mail-EngagementMenu-toggle")


def _call(page, model, method, *arguments, **keywords):
    answer = page.request.post(
        f"/web/dataset/call_kw/{model}/{method}",
        data={"params": {"model": model, "method": method, "args": arguments, "kwargs": keywords}},
    ).json()
    return answer["result"]


def _send(page, inbox, count, url):
    """:return: the mails' pixels by subject"""
    for name, value in (("web.base.url", url), ("web.base.url.freeze", "True")):
        _call(page, "ir.config_parameter", "set_param", name, value)
    customer = _call(
        page, "res.partner", "create", {"name": "Carla", "email": "carla@customer.example.com"}
    )
    lead = _call(
        page,
        "crm.lead",
        "create",
        {"name": "Solar roof", "partner_id": customer, "type": "opportunity"},
    )
    pixels = {}
    for number in range(count):
        subject = f"Mail {number}"
        _call(
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
            mail = inbox.get(timeout=60)
            if found := PIXEL.search(mail.get_body(("html",)).get_content()):
                pixels[mail["Subject"]] = found[1]
    return pixels
