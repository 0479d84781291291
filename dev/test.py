"""Run the tests: ``test``, or ``test SUITE [pytest's own arguments]`` with one of SUITES.

``relay`` and ``tools`` need no database. ``odoo`` runs in a fresh database with the addon
installed, in a real browser where a test asks for one; ``ODOO_TEST_KEEP=1`` keeps that database,
so that the next run starts at once (update it yourself: ``python3 -m dev odoo -d … -u …``).
"""

import os
import subprocess
import sys

from . import chromium, demo, odoo_server, paths, postgres
from .command import need
from .say import Failure, step

DATABASE = f"{paths.ADDON}_test"
END_TO_END = f"{paths.ADDON}_end_to_end"


def relay(arguments):
    """The relay's package and what both sides share."""
    need("redis-server", "redis-server")
    return _pytest([*(arguments or ["tests"]), "-p", "no:odoo"], cwd=paths.ROOT / "relay")


def tools(arguments):
    """The logic of ``tools/``, without Odoo."""
    return _pytest([*(arguments or ["tests/tools"]), "-p", "no:odoo"], cwd=paths.ROOT)


def odoo(arguments):
    """The addon in a real Odoo, with tours, the web client's unit tests and end-to-end tests."""
    os.environ["PATH"] += os.pathsep + os.path.dirname(chromium.path())
    need("dovecot", "dovecot-imapd")
    with postgres.running():
        if not (os.environ.get("ODOO_TEST_KEEP") and postgres.exists(DATABASE)):
            odoo_server.fresh(DATABASE, "privacy_lookup")
            odoo_server.shell(DATABASE, paths.ROOT / "dev" / "inside" / "assets.py")
        # Started from the folder that holds the link: Python resolves it otherwise, and the
        # addon would be imported under the name of the checkout's folder.
        link = paths.ADDON
        where = [argument.replace("tests/", f"{link}/tests/", 1) for argument in arguments]
        if not any(argument.startswith(link) for argument in where):
            where.append(f"{link}/tests")
        return _pytest(
            [
                *where,
                f"--rootdir={link}",
                f"--ignore={link}/tests/tools",
                f"--ignore={link}/tests/end_to_end",
                f"--odoo-database={DATABASE}",
                f"--odoo-config={paths.STATE / 'odoo.conf'}",
                "--odoo-http",
                f"--odoo-extra=http-port={odoo_server.free_port()}",
            ],
            cwd=paths.ADDONS,
            env=odoo_server.environment(),
        )


def end_to_end(arguments):
    """Odoo as it is served, with eight workers' worth of requests, mail servers and browsers."""
    need("dovecot", "dovecot-imapd")
    with postgres.running():
        if not (os.environ.get("ODOO_TEST_KEEP") and postgres.exists(END_TO_END)):
            demo.create(END_TO_END)
        web, smtp = odoo_server.free_port(), odoo_server.free_port()
        mail = ["--smtp", "127.0.0.1", "--smtp-port", str(smtp)]
        with odoo_server.serving(END_TO_END, web, *mail):
            environment = {
                **os.environ,
                "ODOO_URL": f"http://127.0.0.1:{web}",
                "ODOO_DATABASE": END_TO_END,
                "ODOO_LOG": str(paths.LOGS / f"odoo-{END_TO_END}.log"),
                "SMTP_PORT": str(smtp),
                "CHROMIUM": chromium.path(),
                "CHROMIUM_FLAGS": " ".join(chromium.FLAGS),
            }
            where = arguments or ["tests/end_to_end"]
            return _pytest([*where, "-p", "no:odoo"], cwd=paths.ROOT, env=environment)


SUITES = {"relay": relay, "tools": tools, "odoo": odoo, "end_to_end": end_to_end}


def _pytest(arguments, **options):
    # Bytecode beside the sources would be shared by two names of one file.
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False, **options).returncode


def main(arguments):
    """Run one suite, or all of them, and fail when one fails."""
    if arguments and arguments[0] not in SUITES:
        raise Failure(f"no such suite: {arguments[0]} (there are: {', '.join(SUITES)})")
    chosen = arguments[:1] or list(SUITES)
    failed = []
    for name in chosen:
        step(f"Tests: {name}")
        if SUITES[name](arguments[1:]):
            failed.append(name)
    if failed:
        raise Failure(f"failed: {', '.join(failed)}")
