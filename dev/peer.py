"""OCA's mail_tracking: what the benchmarks stand beside."""

import sys

from . import odoo_server, odoo_tree, postgres, store
from .command import run
from .say import step

PACKAGE = "odoo-addon-mail-tracking"
MODULE = "mail_tracking"


def addons_path():
    """Return the folders of all addons, the peer's among them, as Odoo's option wants them."""
    folder = store.made("peer", store.digest(PACKAGE), _fetch) / "odoo" / "addons"
    return ",".join(map(str, [*odoo_tree.addons_paths(), folder]))


def fresh(database):
    """Make `database` anew: the base with the peer installed."""
    postgres.copy(odoo_server.base(), database)
    step(f"Installing {MODULE}")
    install = ["-d", database, "-i", MODULE, "--stop-after-init", "--no-http"]
    run(
        f"peer-{database}",
        odoo_server.command(*install, "--addons-path", addons_path()),
        env=odoo_server.environment(),
    )


def _fetch(folder):
    step("Fetching OCA's mail_tracking")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    run("peer", [*pip, "--no-deps", "--target", folder, f"{PACKAGE}==19.*"], tries=3)
