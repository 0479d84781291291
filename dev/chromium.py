"""The browser: CHROMIUM of the environment, an installed one, else Debian's package."""

import contextlib
import os
import shutil

from .command import need
from .say import Failure

# As root Chromium wants no sandbox; the rest keeps it from looking for Google's hosts.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A page's function that asks for a pixel as a mail program does: when, by the machine's clock.
OPEN = """(url) => new Promise((done) => {
    const sent = Date.now();
    const pixel = new Image();
    pixel.onload = pixel.onerror = () => done(sent);
    pixel.src = url;
})"""


def path():
    """Return the path of a Chromium or Chrome."""
    if named := os.environ.get("CHROMIUM"):
        return need(named, "chromium")
    for name in ("google-chrome", "chromium-browser"):
        if found := shutil.which(name):
            return found
    return need("chromium", "chromium")


@contextlib.contextmanager
def running():
    """A browser of Playwright's, for as long as the block runs."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 slow to import

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path(), args=FLAGS)
        yield browser
        browser.close()


def log_in(page):
    """Log in to Odoo as its administrator; returns when the web client stands."""
    page.goto("/web/login")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "admin")
    page.click("button[type=submit]")
    page.wait_for_selector(".o-mail-EngagementMenu-toggle")


def call(page, model, method, *arguments, **keywords):
    """Call a model's method as the web client does, with the page's session.

    :raises Failure: what Odoo says against it
    """
    asked = {"model": model, "method": method, "args": arguments, "kwargs": keywords}
    url = f"/web/dataset/call_kw/{model}/{method}"
    answer = page.request.post(url, data={"params": asked}).json()
    if "error" in answer:
        raise Failure(f"{model}.{method}: {answer['error']['data']['message']}")
    return answer.get("result")
