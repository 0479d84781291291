"""How fast one Odoo worker takes a relay's batches: new ones, the same again, and its peer.

A real Odoo with one HTTP worker; a relay's batches of 5,000 lines of more than 10,000 mails, each
read or scanned as one of the corpus's is, made by the relay's own parts, signed and packed, one
after the other. The clock runs from the first byte until the last event is stored,
judged, counted and told to its author. Then the same batches come again, and at last a relay hands
over as many that wait on its disk. OCA's ``event_create`` stands beside it, in the same run. The
last line is one JSON object.
"""

import asyncio
import contextlib
import gzip
import http.client
import json
import os
import re
import statistics
import tempfile
import time
from base64 import b64decode

import click
import psycopg2
from engagement_relay.protocol import signature
from engagement_relay.spool import open_spool

from .. import odoo_server, paths, postgres
from ..processes import wait_until
from ..relay import Relay
from ..say import Failure, step
from . import INSIDE, peer
from .ingest_batches import batches

DATABASE = f"{paths.ADDON}_bench_ingest"
PEER_DATABASE = f"{paths.ADDON}_bench_ingest_oca"
LINKS, EVENTS, ROUNDS = 3, 30_000, 3
PEER_EVENTS = 1_000
INGEST = "/mail_engagement/ingest"
PENDING = (
    "SELECT count(*) FROM mail_engagement_event event"
    " JOIN mail_engagement_tracking tracking ON tracking.uid = event.mail_uid"
    " WHERE verdict IS NULL"
)

STORED = "SELECT count(*) FROM mail_engagement_event"


@click.command(help=__doc__)
@click.option("--events", default=EVENTS, show_default=True, help="In each of the rounds.")
def main(events):
    """Measure."""
    # The corpus has 2.7 requests a mail.
    mails = events // 2 * (ROUNDS + 1)
    os.environ.update(BENCH_MAILS=str(mails), BENCH_LINKS=str(LINKS), BENCH_EVENTS=str(PEER_EVENTS))
    with postgres.running():
        peer.fresh(PEER_DATABASE)
        odoo_server.fresh(DATABASE)
        step(f"Writing {mails} mails")
        odoo_server.shell(DATABASE, INSIDE / "ingest_mails.py")
        code, another = odoo_server.relay_code(DATABASE), odoo_server.relay_code(DATABASE)
        one_worker = ["--workers", "1", "--max-cron-threads", "0", "--log-level", "warn"]
        new, again = [], []
        with odoo_server.Odoo(DATABASE, *one_worker) as server:
            sender = Sender(server.port, code)
            odoo_server.shell(DATABASE, paths.INSIDE / "relay_switch.py")
            sent = mails_of()
            for number in range(ROUNDS):
                mine = sent[number :: ROUNDS + 1]
                made = list(batches(sender.tenant, mine, events, seed=number))
                new.append(events / timed(sender, made, "accepted"))
                again.append(events / timed(sender, made, "duplicates"))
                step(f"round {number + 1}: {new[-1]:,.0f} new/s, {again[-1]:,.0f} known/s")
            made = list(batches(sender.tenant, sent[ROUNDS :: ROUNDS + 1], events, seed=ROUNDS))
            waited = events / handed_over(server, another, made)
            step(f"waited on a relay's disk: {waited:,.0f}/s")
        followed = _check(events * (ROUNDS + 1))
        step(f"OCA's event_create, {PEER_EVENTS} events each way")
        log = odoo_server.shell(
            PEER_DATABASE, INSIDE / "ingest_peer.py", "--addons-path", peer.addons_path()
        )
    together, each = map(float, re.search(r"PEER=([\d.]+),([\d.]+)", log).groups())
    found = {
        "new_per_s": round(statistics.median(new)),
        "duplicate_per_s": round(statistics.median(again)),
        "backlog_per_s": round(waited),
        "oca_per_s": round(together),
        "oca_commit_each_per_s": round(each),
        "events": events * (ROUNDS + 1),
        "mails": followed,
    }
    print(json.dumps(found))
    return 0


class Sender:
    """The relay's side: paired, one batch after the other on one connection."""

    def __init__(self, port, code):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        body = json.dumps({"code": code, "name": "Bench", "version": "0", "hosts": ["bench"]})
        answer = self._ask("/mail_engagement/pair", body.encode(), {})
        self._secret, self._relay = b64decode(answer["secret"]), answer["relay"]
        self.tenant = answer["tenant"]

    def send(self, body):
        """:return: Odoo's answer to a packed batch"""
        headers = signature.headers(
            self._secret,
            relay=self._relay,
            tenant=self.tenant,
            method="POST",
            path=INGEST,
            body=body,
        )
        return self._ask(INGEST, body, {**headers, "Content-Encoding": "gzip"})

    def _ask(self, path, body, headers):
        try:
            self._connection.request("POST", path, body, headers)
            answer = self._connection.getresponse()
        except http.client.RemoteDisconnected:
            # Odoo's workers keep no connection open for long.
            self._connection.close()
            return self._ask(path, body, headers)
        text = answer.read()
        if answer.status != 200:
            raise Failure(f"{path}: status {answer.status}")
        return json.loads(text)


def timed(sender, batches_, key, database=DATABASE):
    """Seconds until all is stored, judged and counted."""
    rows = 0
    with _asking(database) as ask:
        start = time.perf_counter()
        for batch in batches_:
            answer = sender.send(batch.body)
            if answer["rejected"]:
                raise Failure(f"rejected: {answer['rejected'][0]}")
            rows += answer[key]
        while ask(PENDING):
            time.sleep(0.01)
        spent = time.perf_counter() - start
    if rows != sum(batch.rows for batch in batches_):
        raise Failure(f"{rows} {key} are not all")
    return spent


@contextlib.contextmanager
def _asking(database=DATABASE):
    """A function that returns what a query's only column and row holds."""
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()

        def ask(query):
            cursor.execute(query)
            return cursor.fetchone()[0]

        yield ask


def handed_over(server, code, batches_):
    """Seconds from a relay's start until Odoo has counted all that waited in its spool.

    :param str code: with which that relay is paired
    """
    with tempfile.TemporaryDirectory(prefix="bench-relay-") as folder, _asking() as ask:
        relay = Relay(folder)
        relay.said("pair", server.url, code, "--host", "localhost")
        tenant = relay.status()["tenants"][0]["tenant"]
        asyncio.run(_spool(relay.data_dir / "spool", tenant, batches_))
        expected = ask(STORED) + sum(batch.rows for batch in batches_)
        start = time.perf_counter()
        with relay:
            wait_until(
                lambda: ask(STORED) == expected and not ask(PENDING),
                f"the spool to become empty (see {relay.log})",
                patience=180,
                pause=0.05,
            )
        return time.perf_counter() - start


async def _spool(path, tenant, batches_):
    """Write the batches' lines down as a relay does that is asked."""
    spool = await open_spool("sqlite", path=str(path))
    lines = [line for batch in batches_ for line in gzip.decompress(batch.body).splitlines()]
    await asyncio.gather(
        *(spool.append(tenant, place, place, line) for place, line in enumerate(lines))
    )
    await spool.close()


def mails_of(database=DATABASE):
    """:return: of each mail its uid, when it was sent, and its links' references"""
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            """SELECT tracking.uid, tracking.sent_at, array_agg(link.reference)
                 FROM mail_engagement_tracking tracking
                 JOIN mail_engagement_link link USING (rfc_message_id)
                WHERE rfc_message_id LIKE '%.bench@seller.test>'
             GROUP BY tracking.uid, tracking.sent_at"""
        )
        return cursor.fetchall()


def _check(events):
    """:return: how many mails had events

    The counts are those of the events: a fast summary that counts wrongly is none."""
    with contextlib.closing(psycopg2.connect(dbname=DATABASE)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            """WITH mail AS (SELECT * FROM mail_engagement_tracking
                              WHERE rfc_message_id LIKE '%.bench@seller.test>'),
                    event AS (SELECT event.*, verdict = 'human' AND reason <> 'same_view' AS counts
                                FROM mail_engagement_event event
                                JOIN mail ON mail.uid = event.mail_uid)
               SELECT count(*), count(DISTINCT mail_uid),
                      sum(repeat_count) FILTER (WHERE counts AND type = 'open'),
                      (SELECT sum(open_count) FROM mail),
                      sum(repeat_count) FILTER (WHERE counts AND type <> 'open'),
                      (SELECT sum(link.click_count) FROM mail_engagement_link link
                         JOIN mail USING (rfc_message_id))
                 FROM event"""
        )
        stored, mails, opens, counted_opens, clicks, counted_clicks = cursor.fetchone()
    if (stored, opens, clicks) != (events, counted_opens, counted_clicks):
        raise Failure(f"{stored} stored, {opens}/{counted_opens}, {clicks}/{counted_clicks}")
    step(f"{stored} events of {mails} mails: {opens} opens and {clicks} clicks by people")
    return mails
