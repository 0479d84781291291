"""Where things lie: downloads in the user's cache, shared by clones; the rest in ``.dev``."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDON = "mail_engagement"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / ADDON
STATE = ROOT / ".dev"
LOGS = STATE / "log"
ADDONS = STATE / "addons"
DATA = STATE / "data"
# Scripts for Odoo's shell.
INSIDE = ROOT / "dev" / "inside"


def prepare():
    """Make the folders of this checkout, and the addons folder in which it has its own name."""
    for folder in (CACHE, LOGS, ADDONS, DATA):
        folder.mkdir(parents=True, exist_ok=True)
    link = ADDONS / ADDON
    if not link.is_symlink():
        link.symlink_to(ROOT, target_is_directory=True)
