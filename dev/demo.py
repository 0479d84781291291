"""The whole product on this machine: Odoo with demo data, a mail server with a web inbox.

The first start takes a minute or two, later ones a few seconds. ``make demo ARGS=--fresh`` begins
with new data. Ctrl-C ends everything that was started.
"""

import contextlib
import subprocess
import time
import urllib.error
import urllib.request

from . import node, odoo_server, paths, postgres
from .say import Failure, step

DATABASE = f"{paths.ADDON}_demo"
READY = """
  Odoo         {odoo}   login admin, password admin
  Inbox        {inbox}   every mail that the demo sends lands here

  What to try
  · CRM › Sales › Followed E-mails: five mails of the last days
  · CRM › Pipeline: open “Devis pour 150 tapis” and click the chip below its last message
  · Write to a customer from a lead's chatter, with a link on a word and a file; open the mail in
    the inbox, follow the link, fetch the file, and watch the chip change

  Ctrl-C ends the demo.
"""


def main(arguments):
    """Bring everything up, wait, take everything down."""
    maildev = node.tools() / "maildev"
    with contextlib.ExitStack() as stack:
        stack.enter_context(postgres.running())
        web, inbox, smtp = map(odoo_server.free_port, (8069, 1080, 1025))
        if "--fresh" in arguments or not postgres.exists(DATABASE):
            create(DATABASE)
        step("Starting the inbox")
        stack.callback(odoo_server.stop, _start_inbox(maildev, inbox, smtp))
        step("Starting Odoo")
        mail = ["--smtp", "127.0.0.1", "--smtp-port", str(smtp)]
        server = stack.enter_context(odoo_server.serving(DATABASE, web, *mail))
        print(
            READY.format(odoo=f"http://localhost:{web}", inbox=f"http://localhost:{inbox}"),
            flush=True,
        )
        try:
            server.wait()
        except KeyboardInterrupt:
            step("Stopping")
            return
        raise Failure(f"Odoo ended by itself (see {paths.LOGS / f'odoo-{DATABASE}.log'})")


def create(database):
    """Make the demo's `database` anew: addon, demo data, terms accepted, following switched on."""
    unfinished = f"{database}_unfinished"
    odoo_server.fresh(unfinished)
    odoo_server.shell(unfinished, paths.ROOT / "dev" / "inside" / "demo_setup.py")
    postgres.drop(database)
    postgres.rename(unfinished, database)


def _start_inbox(maildev, web, smtp):
    log = paths.LOGS / "maildev.log"
    command = [str(maildev), "--web", str(web), "--smtp", str(smtp), "--ip", "127.0.0.1"]
    command += ["--web-ip", "127.0.0.1"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{web}/healthz", timeout=5).close()
            return process
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    odoo_server.stop(process)
    raise Failure(f"the inbox did not start (see {log})")
