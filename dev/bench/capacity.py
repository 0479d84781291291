"""What salespeople ask of relays, Odoo and PostgreSQL, and when a backlog is gone.

From figures that were measured (docs/benchmarks.md) and assumptions that are options. Odoo goes
away as the busiest hour begins, relays go on answering and write down, Odoo comes back and takes
what waits beside what goes on to come. It is the worst moment: at any other less waits.
"""

from dataclasses import dataclass
from itertools import accumulate, takewhile

import click
from engagement_relay.odoo.backoff import LONGEST

# Measured: `make bench-relay` (SQLite, synchronous FULL, 128 connections), `make bench-ingest`,
# `make bench-send` (above plain Odoo), `engagement-relay status`, the size of a filled database.
ANSWERS, TAKEN = 25_606, 7_509
SENDING_MS = 2.9
SPOOLED_BYTES = 500
MAIL_BYTES = 4_300
# Seconds after which a relay tries again at the latest.
AWAY_LONGER = int(LONGEST)
# What this share of a relay's or Odoo's speed is used for is a peak that was foreseen.
BUSY = 0.5
HOUR, DAY, MB = 3_600, 86_400, 1_000_000


@dataclass(frozen=True)
class Site:
    """:ivar people: salespeople
    :ivar mails: of each in a working day
    :ivar events: of each mail, machines' included
    :ivar busiest: the share of a day's events that comes in its busiest hour
    :ivar databases: over which people are spread evenly
    """

    people: int
    mails: int = 40
    events: int = 10
    busiest: float = 0.2
    databases: int = 1

    @property
    def mails_a_day(self):
        return self.people * self.mails

    @property
    def events_a_day(self):
        return self.mails_a_day * self.events

    @property
    def peak(self):
        """Events a second, all databases'."""
        return self.events_a_day * self.busiest / HOUR

    @property
    def workers(self):
        """Relay workers that answer it: cores, as each keeps one busy."""
        return max(1, -(-self.peak // (ANSWERS * BUSY)))

    @property
    def sending(self):
        """Cores that following costs Odoo in the busiest hour."""
        return self.mails_a_day * self.busiest / HOUR * SENDING_MS / 1_000

    @property
    def taking(self):
        """The share of its speed at which one database takes events in the busiest hour."""
        return self.peak / self.databases / TAKEN

    @property
    def stored(self):
        """Bytes a working day, of one database: mails, links, events, indexes."""
        return self.mails_a_day / self.databases * MAIL_BYTES


@dataclass(frozen=True)
class Backlog:
    """:ivar most: events that wait at most, for one database
    :ivar gone: seconds after Odoo is back until none waits; none: not within a day
    """

    most: float
    gone: int | None

    @property
    def bytes(self):
        return self.most * SPOOLED_BYTES


def arrivals(site):
    """:return: for each second of a day from the busiest hour on, events for one database

    The busiest hour, nine that share the rest of the day, a night.
    """
    rest = site.events_a_day * (1 - site.busiest) / 9 / HOUR
    for second in range(DAY):
        all_of_them = site.peak if second < HOUR else rest if second < 10 * HOUR else 0
        yield all_of_them / site.databases


def backlog(site, away=HOUR):
    """:param away: seconds for which Odoo takes nothing, from the beginning of the busiest hour"""
    back = away + AWAY_LONGER
    seconds = enumerate(arrivals(site))
    waiting = list(
        accumulate(
            (came - (TAKEN if second >= back else 0) for second, came in seconds),
            lambda waits, more: max(0.0, waits + more),
        )
    )
    after = sum(1 for _ in takewhile(bool, waiting[back:]))
    gone = AWAY_LONGER + after if after < len(waiting[back:]) else None
    return Backlog(max(waiting), gone)


def rows(sites, away=HOUR):
    """:return: the lines of a Markdown table, one column for each site"""
    waits = [backlog(site, away) for site in sites]
    table = {
        "salespeople": [f"{site.people:,}" for site in sites],
        "databases": [f"{site.databases:,}" for site in sites],
        "mails a working day": [f"{site.mails_a_day:,}" for site in sites],
        "events a second in the busiest hour": [f"{site.peak:,.1f}" for site in sites],
        "relay workers that are needed for it": [f"{site.workers:.0f}" for site in sites],
        "cores that following costs when sending": [f"{site.sending:.2f}" for site in sites],
        "of what one database can take": [f"{site.taking:.1%}" for site in sites],
        "stored in one database, a working day": [f"{site.stored / MB:,.0f} MB" for site in sites],
        "waiting after an hour without Odoo": [f"{wait.most:,.0f}" for wait in waits],
        "on the relays' disks": [f"{wait.bytes / MB:,.1f} MB" for wait in waits],
        "gone after Odoo is back": [_minutes(wait.gone) for wait in waits],
    }
    (name, first), *others = table.items()
    yield f"| {name} | {' | '.join(first)} |"
    yield "|---|" + "---:|" * len(sites)
    for name, values in others:
        yield f"| {name} | {' | '.join(values)} |"


def _minutes(seconds):
    return "not within a day" if seconds is None else f"{seconds / 60:,.1f} min"


@click.command(help=__doc__)
@click.option("--site", "sites", nargs=2, type=int, multiple=True, metavar="PEOPLE DATABASES")
@click.option("--mails", default=Site.mails, show_default=True, help="of one person in a day")
@click.option("--events", default=Site.events, show_default=True, help="of one mail")
@click.option(
    "--busiest", default=Site.busiest, show_default=True, help="share of a day in an hour"
)
@click.option("--away", default=60, show_default=True, help="minutes without Odoo")
def main(sites, mails, events, busiest, away):
    """Print the table of docs/scale.md, or one for other sites."""
    asked = sites or [(10, 1), (1_000, 1), (100_000, 1), (100_000, 20)]
    chosen = [Site(people, mails, events, busiest, databases) for people, databases in asked]
    click.echo("\n".join(rows(chosen, away * 60)))
