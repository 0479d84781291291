"""The whole product on this machine: Odoo with demo data, a mail server with a web inbox.

The first start takes a minute or two, later ones a few seconds. Ctrl-C ends all that was started.
"""

import contextlib

import click

from . import node, odoo_server, paths, postgres
from .processes import Server, free_port
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


@click.command(help=__doc__)
@click.option("--fresh", is_flag=True, help="Begin with new data.")
def main(fresh):
    """Bring everything up, wait, take everything down."""
    maildev = node.tools() / "maildev"
    with contextlib.ExitStack() as stack:
        stack.enter_context(postgres.running())
        web, inbox, smtp = map(free_port, (8069, 1080, 1025))
        if fresh or not postgres.exists(DATABASE):
            create(DATABASE, *odoo_server.glued())
        step("Starting the inbox")
        stack.enter_context(_inbox(maildev, inbox, smtp))
        step("Starting Odoo")
        odoo = odoo_server.Odoo(DATABASE, *odoo_server.through(smtp), port=web)
        stack.enter_context(odoo)
        print(
            READY.format(odoo=f"http://localhost:{web}", inbox=f"http://localhost:{inbox}"),
            flush=True,
        )
        try:
            odoo.process.wait()
        except KeyboardInterrupt:
            step("Stopping")
            return
        raise Failure(f"Odoo ended by itself (see {odoo.log})")


def create(database, *modules):
    """Make the demo's `database` anew: addon, demo data, terms accepted, following switched on.

    :param modules: of Odoo's that are there besides
    """
    unfinished = f"{database}_unfinished"
    odoo_server.fresh(unfinished, *modules)
    odoo_server.shell(unfinished, paths.INSIDE / "demo_setup.py")
    postgres.drop(database)
    postgres.rename(unfinished, database)


def _inbox(maildev, web, smtp):
    command = [maildev, "--ip", "127.0.0.1", "--smtp", smtp, "--web-ip", "127.0.0.1", "--web", web]
    return Server(command, web, paths.LOGS / "maildev.log", "/healthz")
