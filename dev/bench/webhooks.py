"""What a webhook costs: ingest with and without one subscription, and how fast news are sent.

A real Odoo with one HTTP worker takes a relay's batches, as ``bench-ingest`` makes them, in turns
without a subscription and with one of every kind, of other mails each time. Then scheduled actions
act on what became news, and send it to a receiver that answers at once. The last line is one JSON
object.
"""

import contextlib
import json
import os
import re
import statistics
import time

import click
import psycopg2

from .. import odoo_server, paths, postgres
from ..http_server import Handler, HttpServer
from ..json_rpc import Odoo
from ..processes import free_port, wait_until
from ..say import Failure, step
from . import INSIDE
from .ingest import Sender, mails_of, timed
from .ingest_batches import batches

DATABASE = f"{paths.ADDON}_bench_webhooks"
EVENTS, ROUNDS, SENT = 10_000, 5, 200
PATIENCE = 3600
# What is older than a month is no news, and nothing happens in the future.
RECENT = "20"


@click.command(help=__doc__)
@click.option("--events", default=EVENTS, show_default=True, help="In each of the rounds.")
@click.option("--rounds", default=ROUNDS, show_default=True, help="Of each of the two.")
@click.option("--sent", default=SENT, show_default=True, help="After how many news it ends.")
def main(events, rounds, sent):
    """Measure."""
    mails = events // 2 * rounds * 2
    os.environ.update(BENCH_MAILS=str(mails), BENCH_LINKS="3", BENCH_DAYS=RECENT)
    with postgres.running(), _Receiver() as receiver:
        os.environ["URL"] = receiver.url
        odoo_server.fresh(DATABASE)
        step(f"Writing {mails} mails")
        odoo_server.shell(DATABASE, INSIDE / "ingest_mails.py")
        code = odoo_server.relay_code(DATABASE)
        without, with_one = _ingest(code, events, rounds)
        facts = _ask("SELECT count(*) FROM mail_engagement_fact")
        sent, spent = _deliver(receiver, min(facts, sent))
    print(
        json.dumps(
            {
                "without_per_s": round(statistics.median(without)),
                "with_per_s": round(statistics.median(with_one)),
                "ratio": round(statistics.median(without) / statistics.median(with_one), 2),
                "events": events,
                "news": facts,
                "sent": sent,
                "sent_per_s": round(sent / spent, 1),
            }
        )
    )
    return 0


class _Answer(Handler):
    def do_POST(self):
        self.owner.ids.add(self.headers["webhook-id"])
        self.body()
        self.reply(204, b"")


class _Receiver(HttpServer):
    def __init__(self):
        super().__init__(_Answer)
        self.ids = set()


def _ingest(code, events, rounds):
    """:return: events a second without and with a subscription, of each round"""
    options = [
        *("--workers", "1", "--max-cron-threads", "0", "--log-level", "warn"),
        *("--gevent-port", str(free_port())),
    ]
    rates = {False: [], True: []}
    with odoo_server.Odoo(DATABASE, *options) as server:
        sender = Sender(server.port, code)
        odoo_server.shell(DATABASE, paths.INSIDE / "relay_switch.py")
        said = odoo_server.shell(DATABASE, INSIDE / "webhook.py")
        webhook = int(re.search(r"WEBHOOK=(\d+)", said)[1])
        odoo, mails = Odoo(server.url, DATABASE), mails_of(DATABASE)
        for number in range(rounds * 2):
            is_on = bool(number % 2)
            odoo.call("mail.engagement.webhook", "write", [webhook], {"active": is_on})
            before = _ask("SELECT count(*) FROM mail_engagement_fact")
            made = list(
                batches(sender.tenant, mails[number :: rounds * 2], events, seed=number // 2)
            )
            rates[is_on].append(events / timed(sender, made, "accepted", DATABASE))
            new = _ask("SELECT count(*) FROM mail_engagement_fact") - before
            step(f"{'with' if is_on else 'without'}: {rates[is_on][-1]:,.0f}/s, {new} news")
            if bool(new) != is_on:
                raise Failure(f"{new} news")
    return rates[False], rates[True]


def _deliver(receiver, wanted):
    """:return: how many arrived after the first, and in how many seconds"""
    options = ["--workers", "1", "--max-cron-threads", "2", "--log-level", "warn"]
    with odoo_server.Odoo(DATABASE, *options, "--gevent-port", str(free_port())):
        wait_until(lambda: receiver.ids, "news", PATIENCE)
        first, start = len(receiver.ids), time.perf_counter()
        wait_until(lambda: len(receiver.ids) >= wanted, "more news", PATIENCE)
        return len(receiver.ids) - first, time.perf_counter() - start


def _ask(query):
    with contextlib.closing(psycopg2.connect(dbname=DATABASE)) as connection:
        cursor = connection.cursor()
        cursor.execute(query)
        connection.commit()
        return cursor.fetchone()[0]
