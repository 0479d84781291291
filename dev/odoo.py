"""Odoo's own command line on this checkout's database server: ``odoo -d NAME …``."""

import subprocess

from . import odoo_server, postgres


def main(arguments):
    """Run Odoo with `arguments`; an embedded PostgreSQL runs for as long as it does."""
    with postgres.running():
        command = odoo_server.command(*arguments)
        return subprocess.run(command, env=odoo_server.environment(), check=False).returncode
