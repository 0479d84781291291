"""What it takes to delete a million events that are past their time, while mails are sent.

Events of a database that was filled for it, deleted by what Odoo's nightly job calls, in batches;
another process sends mails with ten links through a real SMTP server, first alone, then meanwhile.
At the end no event is left and every count is what it was. The last line is one JSON object.
"""

import contextlib
import json
import os
import re
import threading

import click
import psycopg2

from .. import odoo_server, paths, postgres
from ..inbox import Sink
from ..say import Failure, step
from . import INSIDE

DATABASE = f"{paths.ADDON}_bench_purge"
EVENTS, MAILS = 1_000_000, 100
COUNTS = (
    "SELECT count(*), sum(open_count), sum(click_count), sum(machine_count),"
    " count(*) FILTER (WHERE state = 'clicked'), min(first_open_at), max(last_open_at)"
    " FROM mail_engagement_tracking WHERE rfc_message_id LIKE '%.purge@seller.test>'"
)


@click.command(help=__doc__)
@click.option("--events", default=EVENTS, show_default=True)
def main(events):
    """Measure."""
    until = paths.STATE / "bench_purge_done"
    until.touch()
    with postgres.running(), Sink() as sink:
        os.environ.update(
            BENCH_EVENTS=str(events),
            BENCH_SMTP=str(sink.port),
            BENCH_UNTIL=str(until),
            BENCH_MAILS=str(MAILS),
        )
        odoo_server.fresh(DATABASE)
        step(f"Writing {events:,} events")
        odoo_server.shell(DATABASE, INSIDE / "purge_fill.py")
        before = _ask(COUNTS)
        step("Sending alone")
        alone = _run("send")
        step("Sending while events are deleted")
        until.unlink()
        meanwhile = {}
        sender = threading.Thread(target=lambda: meanwhile.update(_run("send")))
        sender.start()
        try:
            purge = _run("run", "purge")
        finally:
            until.touch()
            sender.join()
        if _ask(COUNTS) != before:
            raise Failure(f"the counts changed: {before} became {_ask(COUNTS)}")
        [(left,)] = _ask("SELECT count(*) FROM mail_engagement_event")
        if left or not meanwhile or meanwhile["failed"] or alone["failed"]:
            raise Failure(f"{left} events are left; sending: {meanwhile}")
    found = {
        "events": events,
        **purge,
        "send_alone_ms": alone["median_ms"],
        "send_meanwhile_ms": meanwhile["median_ms"],
        "send_ratio": round(meanwhile["median_ms"] / alone["median_ms"], 2),
        "send_worst_ms": meanwhile["worst_ms"],
        "mails_meanwhile": meanwhile["mails"],
    }
    print(json.dumps(found))
    return 0


def _run(script, key=None):
    """:return: what a script said in Odoo's shell"""
    log = odoo_server.shell(DATABASE, INSIDE / f"purge_{script}.py")
    return json.loads(re.search(rf"{(key or script).upper()}=(.*)", log)[1])


def _ask(query):
    with contextlib.closing(psycopg2.connect(dbname=DATABASE)) as connection:
        cursor = connection.cursor()
        cursor.execute(query)
        return cursor.fetchall()
