"""How fast one Odoo worker takes a relay's batches while an automation rule waits for opens.

The same Odoo and batches as ``bench-ingest``, in turns with the rule switched off and on. The clock
runs until the last event is stored, judged and counted; then a scheduled action's worker runs the
rule on each mail that a person opened. The last line is one JSON object.
"""

import contextlib
import json
import os
import statistics
import time

import click
import psycopg2

from .. import odoo_server, paths, postgres
from ..json_rpc import Odoo
from ..processes import free_port, wait_until
from ..say import Failure, step
from . import INSIDE
from .ingest import LINKS, Sender, mails_of, timed
from .ingest_batches import batches
from .webhooks import RECENT

DATABASE = f"{paths.ADDON}_bench_rules"
EVENTS, ROUNDS = 10_000, 5
WAITING = "SELECT count(*) FROM mail_engagement_fact WHERE is_done IS NOT TRUE"


@click.command(help=__doc__)
@click.option("--events", default=EVENTS, show_default=True, help="In each of the turns.")
@click.option("--rounds", default=ROUNDS, show_default=True, help="Turns without and with it.")
def main(events, rounds):
    """Measure."""
    turns = rounds * 2
    mails = events // 2 * turns
    os.environ.update(BENCH_MAILS=str(mails), BENCH_LINKS=str(LINKS), BENCH_DAYS=RECENT)
    with postgres.running():
        odoo_server.fresh(DATABASE, "base_automation")
        step(f"Writing {mails} mails")
        odoo_server.shell(DATABASE, INSIDE / "ingest_mails.py")
        code = odoo_server.relay_code(DATABASE)
        options = [
            *("--workers", "1", "--max-cron-threads", "1", "--log-level", "warn"),
            *("--gevent-port", str(free_port())),
        ]
        speeds = {False: [], True: []}
        with odoo_server.Odoo(DATABASE, *options) as server:
            sender = Sender(server.port, code)
            odoo_server.shell(DATABASE, paths.INSIDE / "relay_switch.py")
            client = Odoo(server.url, DATABASE)
            rule = _rule(client)
            sent = mails_of(DATABASE)
            for number in range(turns):
                on = bool(number % 2)
                client.call("base.automation", "write", [rule], {"active": on})
                made = list(batches(sender.tenant, sent[number::turns], events, seed=number))
                speeds[on].append(events / timed(sender, made, "accepted", DATABASE))
                step(
                    f"turn {number + 1}: {speeds[on][-1]:,.0f} new/s, rule {'on' if on else 'off'}"
                )
                if on:
                    start = time.perf_counter()
                    wait_until(lambda: not _ask(WAITING)[0][0], "the rules to run", 900)
                    step(f"rules ran {time.perf_counter() - start:.1f} s longer")
        ran = _ask("SELECT count(*) FROM mail_activity WHERE summary = 'Bench'")[0][0]
        facts = _ask("SELECT count(*) FROM mail_engagement_fact WHERE is_done")[0][0]
    if not ran or ran != facts:
        raise Failure(f"{ran} runs of {facts} facts")
    off, on = (statistics.median(speeds[state]) for state in (False, True))
    print(
        json.dumps(
            {
                "off_per_s": round(off),
                "on_per_s": round(on),
                "on_vs_off": round(on / off, 3),
                "runs": ran,
                "events": events * turns,
            }
        )
    )
    return 0


def _rule(client):
    """:return: the id of a rule that makes an activity on the contact whose mail was opened"""
    [model] = client.call("ir.model", "search", [["model", "=", "res.partner"]])
    [todo] = client.call("mail.activity.type", "search", [["name", "=", "To-Do"]], limit=1)
    action = {
        "name": "Bench",
        "model_id": model,
        "state": "next_activity",
        "activity_type_id": todo,
        "activity_summary": "Bench",
        "activity_user_type": "specific",
        "activity_user_id": 2,
    }
    values = {
        "name": "Bench",
        "model_id": model,
        "trigger": "on_engagement",
        "engagement_kind": "open",
        "active": False,
        "action_server_ids": [[0, 0, action]],
    }
    return client.call("base.automation", "create", values)


def _ask(query):
    with contextlib.closing(psycopg2.connect(dbname=DATABASE)) as connection, connection:
        cursor = connection.cursor()
        cursor.execute(query)
        return cursor.fetchall() if cursor.description else []
