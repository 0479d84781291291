"""What a webhook costs: ingest with and without one subscription, and how fast news are sent.

A real Odoo with one HTTP worker takes a relay's batches, as ``bench-ingest`` makes them, in turns
without a subscription and with one of every kind, of other mails each time. Then scheduled actions
act on what became news, and send it to a receiver that answers at once. The last line is one JSON
object.
"""

import json

import click

from .. import paths, postgres
from ..http_server import Handler, HttpServer
from .listening import ACTED, EVENTS, FACTS, ROUNDS, Listening

DATABASE = f"{paths.ADDON}_bench_webhooks"


@click.command(help=__doc__)
@click.option("--events", default=EVENTS, show_default=True, help="In each of the rounds.")
@click.option("--rounds", default=ROUNDS, show_default=True, help="Of each of the two.")
@click.option("--sent", default=ACTED, show_default=True, help="After how many news it ends.")
def main(events, rounds, sent):
    """Measure."""
    with postgres.running(), _Receiver() as receiver:
        bench = Listening(DATABASE, events, rounds)
        found = bench.ingest(lambda odoo: _subscribe(odoo, receiver.url))
        per_second = bench.act(lambda: len(receiver.ids), min(bench.ask(FACTS), sent))
    print(json.dumps({**found, "sent_per_s": per_second}))
    return 0


def _subscribe(odoo, url):
    values = {"name": "Bench", "url": url, "allow_http": True, "allow_private": True}
    webhook = odoo.call("mail.engagement.webhook", "create", values)
    odoo.call("mail.engagement.webhook", "action_new_secret", [webhook])
    return "mail.engagement.webhook", webhook


class _Answer(Handler):
    def do_POST(self):
        self.owner.ids.add(self.headers["webhook-id"])
        self.body()
        self.reply(204, b"")


class _Receiver(HttpServer):
    def __init__(self):
        super().__init__(_Answer)
        self.ids = set()
