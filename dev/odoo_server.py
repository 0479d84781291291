"""Odoo on this checkout: configuration, databases, a server process."""

import ast
import os
import re
import subprocess
import sys

from . import odoo_tree, paths, postgres, store
from .command import run
from .processes import Server, free_port
from .say import Failure, step

MODULES = "crm,contacts"


def environment():
    """Return the environment in which Odoo finds itself and its configuration."""
    tree = odoo_tree.python_path()
    return {**os.environ, "PYTHONPATH": str(tree), "ODOO_RC": str(_configuration())}


def _configuration():
    addons = ",".join(map(str, odoo_tree.addons_paths()))
    return _written(
        "odoo.conf",
        "[options]\n"
        f"addons_path = {addons}\n"
        f"data_dir = {paths.DATA}\n"
        "http_interface = 127.0.0.1\n"
        "max_cron_threads = 1\n",
    )


def _written(name, text):
    path = paths.STATE / name
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    return path


def command(*arguments):
    """Return the command line that runs Odoo with `arguments`.

    With ``-m odoo`` workers would have no evented server beside them: Odoo starts that with the
    file that it was started with itself, and again at once when it ends.
    """
    program = _written("odoo", "from odoo.cli import main\n\nmain()\n")
    return [sys.executable, str(program), *arguments]


def base():
    """Return the name of a database with CRM, contacts and demo data, without this addon."""
    name = "base_" + store.digest(odoo_tree.python_path(), MODULES)
    if not postgres.exists(name):
        step("Creating a database with CRM and demo data (about a minute)")
        unfinished = f"{name}_unfinished"
        postgres.drop(unfinished)
        # --without-demo=False would be Odoo's own default up to 18; 19 wants it said.
        arguments = ["-d", unfinished, "-i", MODULES, "--with-demo", "--stop-after-init"]
        run("odoo-base", command(*arguments, "--no-http"), env=environment())
        postgres.rename(unfinished, name)
    return name


def fresh(database, *modules):
    """Make `database` anew: the base with this addon installed, and with other `modules`."""
    install(database, ",".join([paths.ADDON, *modules]))


def glued():
    """Return the names of Odoo's modules with which every addon of ``addons`` installs itself."""
    manifests = [(folder / "__manifest__.py").read_text() for folder in paths.glue().values()]
    needed = {name for text in manifests for name in ast.literal_eval(text)["depends"]}
    return sorted(needed - paths.addons().keys())


def install(database, modules, *arguments):
    """Make `database` anew: the base with `modules`, names with commas between them."""
    postgres.copy(base(), database)
    add(database, modules, *arguments)


def add(database, modules, *arguments):
    """Install `modules` in `database`, which Odoo makes where it is missing."""
    step(f"Installing {modules}")
    wanted = ["-d", database, "-i", modules, "--stop-after-init", "--no-http", *arguments]
    run(f"install-{database}", command(*wanted), env=environment())


def shell(database, script, *arguments, environ=None):
    """Run the Python file `script` in Odoo's shell on `database`.

    :param dict environ: what it has in its environment besides
    """
    log = paths.LOGS / f"{script.stem}.log"
    with script.open("rb") as source, log.open("wb") as out:
        done = subprocess.run(
            command("shell", "-d", database, "--no-http", *arguments),
            stdin=source,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**environment(), **(environ or {})},
            check=False,
        )
    text = log.read_text(errors="replace")
    if done.returncode or "Traceback (most recent call last)" in text:
        last = (text.strip().splitlines() or ["no output"])[-1]
        raise Failure(f"{script.name} failed: {last} (all of it: {log})")
    return text


class Odoo(Server):
    """Odoo, serving a database; it can be stopped, killed and started again at its address.

    :param arguments: others of its command line
    :param int port: a free one by default
    :param dict environ: what it has in its environment besides
    """

    def __init__(self, database, *arguments, port=None, environ=None):
        port = port or free_port()
        # With a filter besides, Odoo would ask for the names of all databases at each request.
        serve = ["-d", database, "-p", str(port), "--gevent-port", str(free_port())]
        super().__init__(
            command(*serve, *arguments),
            port,
            paths.LOGS / f"odoo-{database}.log",
            "/web/health",
            env={**environment(), **(environ or {})},
        )


def relay_code(database):
    """Switch following on, add a relay, and return the one-time code for its pairing."""
    return re.search(r"CODE=(\S+)", shell(database, paths.INSIDE / "relay_setup.py"))[1]


def through(smtp_port):
    """Return the options that let Odoo send its mails to a port of this machine."""
    return ["--smtp", "127.0.0.1", "--smtp-port", str(smtp_port)]
