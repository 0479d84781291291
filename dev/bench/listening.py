"""What one who listens to facts costs: ingest without and with them, and how fast they act."""

import contextlib
import os
import statistics
import time

import psutil
import psycopg2

from .. import odoo_server, paths
from ..json_rpc import Odoo
from ..processes import wait_until
from ..say import Failure, step
from . import INSIDE
from .ingest import LINKS, Sender, mails_of, timed
from .ingest_batches import batches

EVENTS, ROUNDS, ACTED = 10_000, 5, 200
PATIENCE = 3600
# What is older than a month is no news, and nothing happens in the future.
DAYS = "20"
NAMES = {False: "without", True: "with"}
FACTS = "SELECT count(*) FROM mail_engagement_fact"


class Listening:
    """A database with mails, and a relay's batches of what happened to them.

    :param str database: made anew
    :param modules: Odoo's, that are there besides
    :param int events: of each round
    :param int rounds: without and with the one who listens
    """

    def __init__(self, database, events, rounds, *modules):
        self.database, self.events, self.rounds = database, events, rounds
        mails = events // 2 * rounds * 2
        os.environ.update(BENCH_MAILS=str(mails), BENCH_LINKS=str(LINKS), BENCH_DAYS=DAYS)
        odoo_server.fresh(database, *modules)
        step(f"Writing {mails} mails")
        odoo_server.shell(database, INSIDE / "ingest_mails.py")

    def ask(self, query):
        """:return: the one value that a query answers"""
        with contextlib.closing(psycopg2.connect(dbname=self.database)) as connection:
            cursor = connection.cursor()
            cursor.execute(query)
            return cursor.fetchone()[0]

    def ingest(self, listen):
        """Without scheduled actions, in turns without and with the one who listens.

        :param listen: is called with Odoo, and returns model and id of what is active or not
        :return: medians without and with it: events a second, and µs of Odoo's and PostgreSQL's
            processor time an event, which other work on the machine hardly changes
        :rtype: dict
        """
        code = odoo_server.relay_code(self.database)
        rates, spent = {False: [], True: []}, {False: [], True: []}
        with self._odoo(0) as server:
            sender = Sender(server.port, code)
            odoo_server.shell(self.database, paths.INSIDE / "relay_switch.py")
            odoo, mails = Odoo(server.url, self.database), mails_of(self.database)
            model, id_ = listen(odoo)
            for number in range(self.rounds * 2):
                is_on = bool(number % 2)
                odoo.call(model, "write", [id_], {"active": is_on})
                before = self.ask(FACTS)
                mine = mails[number :: self.rounds * 2]
                made = list(batches(sender.tenant, mine, self.events, seed=number // 2))
                start = self._processor_time(server)
                rates[is_on].append(self.events / timed(sender, made, "accepted", self.database))
                spent[is_on].append((self._processor_time(server) - start) / self.events * 1e6)
                new = self.ask(FACTS) - before
                step(
                    f"{'with' if is_on else 'without'}: {rates[is_on][-1]:,.0f}/s,"
                    f" {spent[is_on][-1]:.0f} µs, {new} news"
                )
                if bool(new) != is_on:
                    raise Failure(f"{new} news")
        return {
            **{f"{name}_per_s": round(statistics.median(rates[on])) for on, name in NAMES.items()},
            **{f"{name}_us": round(statistics.median(spent[on])) for on, name in NAMES.items()},
            "events": self.events,
            "news": self.ask(FACTS),
        }

    def _processor_time(self, server):
        """:return: what Odoo's processes and the database's have spent, in seconds"""
        odoo = psutil.Process(server.process.pid)
        mine = [odoo, *odoo.children(recursive=True)]
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                [title] = process.cmdline()[:1] or [""]
                if title.startswith("postgres:") and f" {self.database} " in title:
                    mine.append(process)
        return sum(sum(process.cpu_times()[:2]) for process in mine)

    def act(self, done, wanted):
        """Let scheduled actions work off what became news.

        :param done: says how much of it is done
        :param int wanted: how much of it is enough
        :return: how much was done after the first, a second
        :rtype: float
        """
        with self._odoo(2):
            wait_until(done, "the first", PATIENCE)
            first, start = done(), time.perf_counter()
            wait_until(lambda: done() >= wanted, "all of it", PATIENCE)
            return round((done() - first) / (time.perf_counter() - start), 1)

    def _odoo(self, crons):
        options = ["--workers", "1", "--max-cron-threads", str(crons), "--log-level", "warn"]
        return odoo_server.Odoo(self.database, *options)
