"""Everything goes wrong under load, and then it is counted: nothing lost, nothing doubled.

A real relay in front of a real Odoo, with a proxy between them. While clients ask for pixels and
links of more than 10,000 mails, the relay is killed twenty times, Odoo is stopped and started, and
batches are answered with 500, too late or not at all, cut in half, and sent twice. Then the spool
of another relay is filled: what that one counts as dropped was answered without being kept, and is
told apart. The last line is one JSON object: ``answered`` (and kept, as the relay says),
``delivered`` (the sum of the events' counts; what was written down when a kill cut its answer off
is left out), ``lost`` and ``doubled``. Answers are counted, not rows: a few mails are opened again
and again, some so often that a counting row takes the rest. All of it with each spool, summed up.
"""

import asyncio
import contextlib
import json
import random
import shutil
import tempfile
import time
from base64 import urlsafe_b64decode
from collections import Counter
from pathlib import Path

import click
import psycopg2

from .. import odoo_server, paths, postgres
from ..processes import wait_until
from ..relay import Relay
from ..say import Failure, step
from .load import Load
from .proxy import Proxy
from .spools import SPOOLS

DATABASE = f"{paths.ADDON}_chaos"
MAILS = 16_000
KILLS = 20
FULL_MAILS = 4_000
ODOO_TIMEOUT = 3
TARGET = "https://example.com/offer"


@click.command(help=__doc__)
@click.option("--mails", default=MAILS, show_default=True, help="With each spool.")
@click.option("--kills", default=KILLS, show_default=True, help="With each spool.")
@click.option("--spool", "spools", multiple=True, type=click.Choice(list(SPOOLS)))
def main(mails, kills, spools):
    """Break, then count."""
    total = Counter()
    for name in spools or SPOOLS:
        step(f"The spool is {name}")
        total.update(_run(name, mails, kills))
    print(json.dumps(dict(total)))
    wanted = len(spools or SPOOLS) * mails / 2
    return 0 if not (total["lost"] or total["doubled"]) and total["answered"] > wanted else 1


def _run(name, mails, kills):
    """:return: answered, delivered, lost and doubled with one spool"""
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="chaos-"))
        stack.callback(shutil.rmtree, folder)
        stack.enter_context(postgres.running())
        servers = SPOOLS[name](folder)
        odoo_server.fresh(DATABASE)
        code = odoo_server.relay_code(DATABASE)
        odoo = stack.enter_context(odoo_server.Odoo(DATABASE, "--log-level", "warn"))
        proxy = stack.enter_context(Proxy(odoo.url, share=0.5, seconds=2 * ODOO_TIMEOUT))
        settings = stack.enter_context(servers)
        relay = Relay(folder, odoo_timeout=ODOO_TIMEOUT, **settings)
        relay.said("pair", proxy.url, code, "--host", "localhost")
        odoo_server.shell(DATABASE, paths.INSIDE / "relay_switch.py")
        proxy.share, share = 0, proxy.share
        relay.said("check")
        proxy.share = share
        stack.enter_context(relay)
        first = _storm(relay, odoo, proxy, servers, mails, kills)
        proxy.share = 0
        relay.stop()
        second = _overflow(relay, odoo)
    found = {name: first[name] + second[name] for name in first}
    step(f"faults: {dict(proxy.struck)}; {kills} kills; Odoo stopped twice")
    return found


def _storm(relay, odoo, proxy, servers, mails, kills):
    step(f"{mails} mails, {kills} kills")
    load = Load(relay.port, _paths(relay, mails))

    async def run():
        asking = asyncio.create_task(load.run())
        breaking = asyncio.to_thread(_break, relay, odoo, servers, kills)
        await asyncio.gather(asking, breaking)

    started = time.monotonic()
    asyncio.run(run())
    step(f"{sum(load.answered.values())} answered in {time.monotonic() - started:.0f} s, waiting")
    proxy.share = 0.1
    _wait_for_empty_spool(relay)
    found = _count(load)
    step(f"after the storm: {found}")
    return found


def _break(relay, odoo, servers, kills):
    for number in range(kills):
        time.sleep(random.uniform(0.3, 1.5))
        relay.kill()
        if number % 5 == 2:
            servers.kill_one()
        if number == kills // 2:
            step("Odoo stops")
            odoo.stop()
        time.sleep(random.uniform(0, 0.3))
        relay.start()
        if number == min(kills // 2 + 2, kills - 1):
            odoo.start()
            step("Odoo is back")


def _overflow(relay, odoo):
    step("filling the spool")
    relay.environment["ENGAGEMENT_SPOOL_MAX_BYTES"] = "200000"
    odoo.stop()
    relay.start()
    load = Load(relay.port, _paths(relay, FULL_MAILS), pause=0)
    asyncio.run(load.run())
    # Its counts are handed over once a second.
    time.sleep(2.5)
    dropped = sum(
        number
        for name, number in relay.metrics().items()
        if name.startswith("engagement_relay_requests_total") and 'outcome="dropped"' in name
    )
    odoo.start()
    _wait_for_empty_spool(relay)
    found = _count(load)
    if not dropped:
        raise Failure("the spool was not filled")
    step(f"{int(dropped)} of {sum(load.answered.values())} answered and counted as dropped")
    found["answered"] -= int(dropped)
    found["lost"] -= int(dropped)
    step(f"after the full spool: {found}")
    return found


def _paths(relay, mails):
    """Pixels, and a link in every fifth mail; each of another mail."""
    clicks = mails // 5
    opens = relay.said("mint", "--path", "--count", str(mails - clicks)).split()
    links = relay.said(
        "mint", "--kind", "c", "--target", TARGET, "--path", "--count", str(clicks)
    ).split()
    found = opens + links
    random.shuffle(found)
    return found


def _wait_for_empty_spool(relay):
    wait_until(
        lambda: not relay.status()["spool"]["depth"],
        f"the spool to become empty (see {relay.log})",
        # What a killed worker had in hand is taken over after a while, batches are sent again later
        # and later, and other work may share the machine.
        patience=600,
        pause=0.5,
    )


def _count(load):
    """What was answered and asked for, against what Odoo has, mail by mail."""

    def mail(path):
        """The uid that stands in a token."""
        return urlsafe_b64decode(path[3:].removesuffix(".gif") + "===")[11:21].hex()

    with contextlib.closing(psycopg2.connect(dbname=DATABASE)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT mail_uid, sum(repeat_count) FROM mail_engagement_event"
            " WHERE mail_uid = ANY(%s) GROUP BY mail_uid",
            [[mail(path) for path in load.asked]],
        )
        delivered = dict(cursor.fetchall())
    lost = doubled = cut_off = 0
    for path, asked in load.asked.items():
        found, answered = int(delivered.get(mail(path), 0)), load.answered[path]
        lost += max(0, answered - found)
        doubled += max(0, found - asked)
        cut_off += max(0, min(found, asked) - answered)
    if cut_off:
        step(f"{cut_off} were written down and their answer was cut off: not counted")
    return {
        "answered": sum(load.answered.values()),
        "delivered": int(sum(delivered.values())) - cut_off,
        "lost": lost,
        "doubled": doubled,
    }
