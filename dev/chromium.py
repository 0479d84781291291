"""The browser: CHROMIUM of the environment, an installed one, else Debian's package."""

import os
import shutil

from .command import need

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
