"""Run every test, or one suite with pytest's own arguments.

``relay`` and ``tools`` need no database. ``odoo`` runs in a fresh database with the addon
installed, in a real browser where a test asks for one; ``glue`` runs those of the folder ``addons``
in one with the modules of Odoo that they need. ``ODOO_TEST_KEEP=1`` keeps that database, so that
the next run starts at once (update it yourself: ``python3 -m dev odoo -d … -u …``).
"""

import os
import subprocess
import sys

import click

from . import chromium, demo, odoo_server, paths, postgres
from .command import need
from .processes import free_port
from .say import Failure, step

DATABASE = f"{paths.ADDON}_test"
GLUE = f"{paths.ADDON}_glue"
END_TO_END = f"{paths.ADDON}_end_to_end"
# Folders of tests that are suites of their own.
WITHOUT_ODOO = ("tools", "end_to_end", "install")


def relay(arguments):
    """The relay's package and what both sides share."""
    need("redis-server", "redis-server")
    return _pytest([*(arguments or ["tests"]), "-p", "no:odoo"], cwd=paths.ROOT / "relay")


def tools(arguments):
    """The logic of ``tools/``, without Odoo."""
    return _pytest([*(arguments or ["tests/tools"]), "-p", "no:odoo"], cwd=paths.ROOT)


def odoo(arguments):
    """The addon in a real Odoo, with tours, the web client's unit tests and end-to-end tests."""
    link = paths.ADDON
    where = [argument.replace("tests/", f"{link}/tests/", 1) for argument in arguments]
    if not any(argument.startswith(link) for argument in where):
        where.append(f"{link}/tests")
    where += [f"--ignore={link}/tests/{name}" for name in WITHOUT_ODOO]
    return _inside_odoo(DATABASE, ["privacy_lookup"], [*where, f"--rootdir={link}"])


def glue(arguments):
    """The addons of ``addons``, in an Odoo with what they join this one to."""
    where = [argument.replace("addons/", "", 1) for argument in arguments]
    if not any(argument.startswith(paths.ADDON) for argument in where):
        where += [f"{name}/tests" for name in paths.glue()]
    # Beyond that folder, the checkout would be taken for a package, by whatever name it has.
    beneath = ["--rootdir=.", "--confcutdir=."]
    return _inside_odoo(GLUE, odoo_server.glued(), [*where, *beneath])


def end_to_end(arguments):
    """Odoo as it is served, with eight workers' worth of requests, mail servers and browsers."""
    need("dovecot", "dovecot-imapd")
    with postgres.running():
        if not (os.environ.get("ODOO_TEST_KEEP") and postgres.exists(END_TO_END)):
            demo.create(END_TO_END)
        smtp = free_port()
        with odoo_server.Odoo(END_TO_END, *odoo_server.through(smtp)) as server:
            environment = {
                **os.environ,
                "ODOO_URL": server.url,
                "ODOO_DATABASE": END_TO_END,
                "ODOO_LOG": str(server.log),
                "SMTP_PORT": str(smtp),
            }
            where = arguments or ["tests/end_to_end"]
            return _pytest([*where, "-p", "no:odoo"], cwd=paths.ROOT, env=environment)


def install(arguments):
    """Each way of docs/install, walked with the files of a release instead of this checkout."""
    need("dovecot", "dovecot-imapd")
    with postgres.running():
        where = arguments or ["tests/install"]
        return _pytest([*where, "-p", "no:odoo"], cwd=paths.ROOT)


def need_programs():
    """Put the programs that the Odoo tests start where Odoo looks for them."""
    os.environ["PATH"] += os.pathsep + os.path.dirname(chromium.path())
    need("dovecot", "dovecot-imapd")


SUITES = {
    "relay": relay,
    "tools": tools,
    "odoo": odoo,
    "glue": glue,
    "end_to_end": end_to_end,
    "install": install,
}


def _inside_odoo(database, modules, arguments):
    need_programs()
    with postgres.running():
        if not (os.environ.get("ODOO_TEST_KEEP") and postgres.exists(database)):
            odoo_server.fresh(database, *modules)
            odoo_server.shell(database, paths.INSIDE / "assets.py")
        # Started from the folder that holds the links: Python resolves them otherwise, and the
        # addon would be imported under the name of the checkout's folder.
        return _pytest(
            [
                *arguments,
                f"--odoo-database={database}",
                f"--odoo-config={paths.STATE / 'odoo.conf'}",
                "--odoo-http",
                f"--odoo-extra=http-port={free_port()}",
            ],
            cwd=paths.ADDONS,
            env=odoo_server.environment(),
        )


def _pytest(arguments, **options):
    # Bytecode beside the sources would be shared by two names of one file.
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False, **options).returncode


@click.command(help=__doc__, context_settings={"ignore_unknown_options": True})
@click.argument("suite", type=click.Choice(list(SUITES)), required=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def main(suite, arguments):
    """Run one suite, or all of them, and fail when one fails."""
    failed = []
    for name in [suite] if suite else SUITES:
        step(f"Tests: {name}")
        if SUITES[name](arguments):
            failed.append(name)
    if failed:
        raise Failure(f"failed: {', '.join(failed)}")
