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


def path():
    """Return the path of a Chromium or Chrome."""
    if named := os.environ.get("CHROMIUM"):
        return need(named, "chromium")
    for name in ("google-chrome", "chromium-browser"):
        if found := shutil.which(name):
            return found
    return need("chromium", "chromium")
