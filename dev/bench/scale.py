"""What everything that a person waits for takes with one and with ten million events.

A database for each size is filled by SQL: mails, events, contacts and opportunities of forty
salespeople in five teams. Then a salesperson, a team leader and a manager open, search, sort and
group what there is, and one more open comes in. Medians in ms; then what the larger takes of the
smaller, and the queries. PostgreSQL has its own settings: 4 MB of work_mem, and two more processes
for a large table. The last line is one JSON object: the events of the larger, the worst of it in ms
and how much it grew, and the names of what takes longer than 300 ms (reports: 500).
"""

import contextlib
import json
import os
import re

import click
import psycopg2

from .. import odoo_server, paths, postgres
from ..command import run
from ..say import step
from . import INSIDE

DATABASE = f"{paths.ADDON}_bench_scale"
EVENTS = (1_000_000, 10_000_000)
CONTACTS, LEADS, TIMES = 300_000, 100_000, 4
# Milliseconds.
SOON, SOON_OF_REPORTS = 300, 500
# What takes less is not compared: its ratio would be noise.
LEAST = 20


@click.command(help=__doc__)
@click.option("--events", multiple=True, type=int, default=EVENTS, show_default=True)
@click.option("--contacts", default=CONTACTS, show_default=True)
@click.option("--leads", default=LEADS, show_default=True)
@click.option("--times", default=TIMES, show_default=True, help="Of which the first is left out.")
@click.option("--only", default="", help="What has this in its name.")
@click.option("--keep", is_flag=True, help="Keep the databases, and use them if they are there.")
def main(events, contacts, leads, times, only, keep):
    """Measure."""
    os.environ.update(
        BENCH_CONTACTS=str(contacts),
        BENCH_LEADS=str(leads),
        BENCH_TIMES=str(times),
        BENCH_ONLY=only,
    )
    found = {}
    with postgres.running():
        for number in events:
            database = f"{DATABASE}_{number}"
            if keep and postgres.exists(database):
                _update(database)
            else:
                _fill(database, number)
            step(f"Measuring with {number:,} events")
            log = odoo_server.shell(database, INSIDE / "scale_run.py")
            found[number] = json.loads(re.search(r"SCALE=(.*)", log)[1])
            if not keep:
                postgres.drop(database)
    print(json.dumps(_shown(found)))
    return 0


def _fill(database, events):
    odoo_server.fresh(database)
    step(f"Writing {events:,} events")
    os.environ["BENCH_EVENTS"] = str(events)
    odoo_server.shell(database, INSIDE / "scale_fill.py")
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection:
        connection.autocommit = True
        connection.cursor().execute("VACUUM ANALYZE")


def _update(database):
    step(f"Updating {database}")
    wanted = ["-d", database, "-u", paths.ADDON, "--stop-after-init", "--no-http"]
    run(f"update-{database}", odoo_server.command(*wanted), env=odoo_server.environment())


def _shown(found):
    """Print a table of all sizes.

    :param dict found: by the number of events, of each name ``ms`` and ``queries``
    :return: what the last line says
    :rtype: dict
    """
    sizes = list(found)
    small, large = found[sizes[0]], found[sizes[-1]]
    heads = "".join(f"{size:>14,}" for size in sizes)
    print(f"{'':48}{heads}{'×':>8}{'queries':>9}")
    ratios = {}
    for name, line in large.items():
        if line["ms"] >= LEAST:
            ratios[name] = line["ms"] / max(small[name]["ms"], LEAST)
        ratio = f"{ratios[name]:.2f}" if name in ratios else ""
        spent = "".join(f"{found[size][name]['ms']:14,.1f}" for size in sizes)
        print(f"{name:48}{spent}{ratio:>8}{line['queries']:9}")
    return {
        "events": sizes[-1],
        "worst_ms": max(line["ms"] for line in large.values()),
        "worst_ratio": round(max(ratios.values(), default=1), 2),
        "slow": [
            name
            for name, line in large.items()
            if line["ms"] > (SOON_OF_REPORTS if name.startswith("report") else SOON)
        ],
    }
