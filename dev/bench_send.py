"""What following costs when a mail is sent: plain Odoo, this addon, OCA's mail_tracking, in turns.

Each turn sends one mail with ten links to one customer, through a real SMTP server, in each of
three databases that differ in the installed addon only; 250 turns, medians. Queries include
SAVEPOINT, RELEASE, those of other cursors, and what is done after the commit. The last line is one
JSON object: ``median_diff_ms`` and ``extra_queries`` of the addon against plain Odoo.
"""

import json
import subprocess
import sys

from aiosmtpd.controller import Controller

from . import odoo_server, paths, peer, postgres
from .command import run
from .say import step

SCRIPT = paths.ROOT / "dev" / "inside" / "bench_send_turns.py"


class _Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"


def main(arguments):
    """Measure; ``--turns N`` for another number of turns than 250."""
    turns = arguments[arguments.index("--turns") + 1] if "--turns" in arguments else "250"
    addons = peer.addons_path()
    with postgres.running():
        base = odoo_server.base()
        databases = {}
        for name, module in (("plain", "mail"), ("addon", paths.ADDON), ("oca", peer.MODULE)):
            databases[name] = f"{paths.ADDON}_bench_{name}"
            postgres.copy(base, databases[name])
            step(f"Preparing {databases[name]}")
            install = ["-d", databases[name], "-i", module, "--stop-after-init", "--no-http"]
            run(
                f"bench-{name}",
                odoo_server.command(*install, "--addons-path", addons),
                env=odoo_server.environment(),
            )
        port = odoo_server.free_port()
        sink = Controller(_Sink(), hostname="127.0.0.1", port=port)
        sink.start()
        step(f"{turns} turns")
        try:
            done = subprocess.run(
                [sys.executable, SCRIPT, addons, str(port), turns, json.dumps(databases)],
                env=odoo_server.environment(),
                stdin=subprocess.DEVNULL,
                check=False,
            )
        finally:
            sink.stop()
    return done.returncode
