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


def glue():
    """Return name → folder of the addons that join this one to others of Odoo's."""
    manifests = sorted(ROOT.glob("addons/*/__manifest__.py"))
    return {manifest.parent.name: manifest.parent for manifest in manifests}


def addons():
    """Return name → folder of all addons, this one first."""
    return {ADDON: ROOT, **glue()}


def prepare():
    """Make the folders of this checkout, and that of all its addons, each by its own name."""
    for folder in (CACHE, LOGS, ADDONS, DATA):
        folder.mkdir(parents=True, exist_ok=True)
    wanted = addons()
    for link in ADDONS.iterdir():
        if link.is_symlink() and link.name not in wanted:
            link.unlink()
    for name, folder in wanted.items():
        if not (ADDONS / name).is_symlink():
            (ADDONS / name).symlink_to(folder, target_is_directory=True)
