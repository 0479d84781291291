"""OCA's mail_tracking: what the benchmarks stand beside."""

import sys

from .. import odoo_server, odoo_tree, store
from ..command import run
from ..say import step

PACKAGE = "odoo-addon-mail-tracking"
MODULE = "mail_tracking"


def addons_path():
    """Return the folders of all addons, the peer's among them, as Odoo's option wants them."""
    folder = store.made("peer", store.digest(PACKAGE), _fetch) / "odoo" / "addons"
    return ",".join(map(str, [*odoo_tree.addons_paths(), folder]))


def fresh(database):
    """Make `database` anew: the base with the peer installed."""
    odoo_server.install(database, MODULE, "--addons-path", addons_path())


def _fetch(folder):
    step("Fetching OCA's mail_tracking")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    run("peer", [*pip, "--no-deps", "--target", folder, f"{PACKAGE}==19.*"], tries=3)
