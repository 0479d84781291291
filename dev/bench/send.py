"""What following costs when a mail is sent: plain Odoo, this addon, OCA's mail_tracking, in turns.

Each turn sends one mail with ten links to one customer, through a real SMTP server, in each of
three databases that differ in the installed addon only; 250 turns, medians. Queries include
SAVEPOINT, RELEASE, those of other cursors, and what is done after the commit. The last line is one
JSON object: ``median_diff_ms`` and ``extra_queries`` of the addon against plain Odoo.
"""

import json
import subprocess
import sys

import click

from .. import odoo_server, paths, postgres
from ..inbox import Sink
from ..say import step
from . import INSIDE, peer


@click.command(help=__doc__)
@click.option("--turns", default=250, show_default=True)
def main(turns):
    """Measure."""
    addons = peer.addons_path()
    with postgres.running():
        databases = {}
        for name, module in (("plain", "mail"), ("addon", paths.ADDON), ("oca", peer.MODULE)):
            databases[name] = f"{paths.ADDON}_bench_{name}"
            odoo_server.install(databases[name], module, "--addons-path", addons)
        step(f"{turns} turns")
        with Sink() as sink:
            script = [sys.executable, INSIDE / "send_turns.py"]
            done = subprocess.run(
                [*script, addons, str(sink.port), str(turns), json.dumps(databases)],
                env=odoo_server.environment(),
                stdin=subprocess.DEVNULL,
                check=False,
            )
    return done.returncode
