"""Odoo on this checkout: configuration, databases, a server process."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from . import odoo_tree, paths, postgres, store
from .command import run
from .say import Failure, step

MODULES = "crm,contacts"


def environment():
    """Return the environment in which ``python -m odoo`` finds Odoo and its configuration."""
    tree = odoo_tree.python_path()
    return {**os.environ, "PYTHONPATH": str(tree), "ODOO_RC": str(_configuration())}


def _configuration():
    addons = ",".join(map(str, odoo_tree.addons_paths()))
    path = paths.STATE / "odoo.conf"
    text = (
        "[options]\n"
        f"addons_path = {addons}\n"
        f"data_dir = {paths.DATA}\n"
        "http_interface = 127.0.0.1\n"
        "max_cron_threads = 1\n"
    )
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    return path


def command(*arguments):
    """Return the command line that runs Odoo with `arguments`."""
    return [sys.executable, "-m", "odoo", *arguments]


def free_port(wanted=0):
    """Return `wanted` when nobody listens there, else the next free port; any for 0."""
    for port in range(wanted, wanted + 50) if wanted else [0]:
        with contextlib.closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise Failure(f"all ports from {wanted} to {wanted + 49} are taken")


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
    postgres.copy(base(), database)
    step("Installing the addon")
    wanted = ",".join([paths.ADDON, *modules])
    arguments = ["-d", database, "-i", wanted, "--stop-after-init", "--no-http"]
    run("odoo-install", command(*arguments), env=environment())


def shell(database, script, *arguments):
    """Run the Python file `script` in Odoo's shell on `database`."""
    log = paths.LOGS / f"{script.stem}.log"
    with script.open("rb") as source, log.open("wb") as out:
        done = subprocess.run(
            command("shell", "-d", database, "--no-http", *arguments),
            stdin=source,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment(),
            check=False,
        )
    text = log.read_text(errors="replace")
    if done.returncode or "Traceback (most recent call last)" in text:
        last = (text.strip().splitlines() or ["no output"])[-1]
        raise Failure(f"{script.name} failed: {last} (all of it: {log})")
    return text


@contextlib.contextmanager
def serving(database, port, *arguments):
    """Serve `database` on `port` for as long as the block runs.

    :raises Failure: when Odoo ends instead of answering
    """
    log = paths.LOGS / f"odoo-{database}.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            command("-d", database, "--db-filter", f"^{database}$", "-p", str(port), *arguments),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment(),
            start_new_session=True,  # Ctrl-C reaches this process, which then ends the server
        )
        try:
            _wait(server, port, log)
            yield server
        finally:
            stop(server)


def stop(process, patience=20):
    """End `process` kindly, then by force, `patience` seconds later."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server, port, log):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if server.poll() is not None:
            last = (log.read_text(errors="replace").strip().splitlines() or [""])[-1]
            raise Failure(f"Odoo did not start: {last} (all of it: {log})")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/web/health", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise Failure(f"Odoo did not answer on port {port} within two minutes (see {log})")
