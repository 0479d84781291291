"""Odoo's own command line on this checkout's database server: ``odoo -d NAME …``."""

import subprocess

import click

from . import odoo_server, postgres, test


@click.command(
    help=__doc__,
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def main(arguments):
    """Run Odoo; an embedded PostgreSQL runs for as long as it does."""
    if any(argument.startswith("--test-") for argument in arguments):
        test.need_programs()
    with postgres.running():
        command = odoo_server.command(*arguments)
        return subprocess.run(command, env=odoo_server.environment(), check=False).returncode
