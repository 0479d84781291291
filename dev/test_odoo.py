"""Odoo's own tests: without the addon, with it installed and switched off, with it switched on.

What fails without the addon is Odoo's own affair. With it nothing else may fail, and no query may
be made more, but for what ``dev/test_odoo.toml`` lists with its reason. TAGS are Odoo's, by default
all suites: ``/crm``, ``/test_mail:TestPerformance``, ``/mail:TestUi.test_04_meeting_view_tour``.
What the run without the addon found is kept, for all checkouts, until Odoo or the tags change; the
two with it run side by side.
"""

import json
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import NamedTuple

import click
import tomllib

from . import odoo_server, odoo_tree, paths, postgres, store
from .command import run
from .processes import free_port
from .say import Failure, step
from .test import need_programs

# Suites that there are tests in; test_mail_full brings portal, sms, rating and the mailings.
SUITES = (
    "base_automation,crm,link_tracker,mail,mass_mailing,portal,privacy_lookup,sale,sale_crm,sms,"
    "test_base_automation,test_crm_full,test_mail,test_mail_full,test_mail_sms,test_mass_mailing"
)
# Hundreds of invoices each, to compute taxes, without a mail: hours.
TAXES = (
    "-/sale:TestTaxesDownPaymentSale,-/sale:TestTaxesGlobalDiscountSale,"
    "-/sale:TestTaxesTaxTotalsSummarySale"
)
LISTED = paths.ROOT / "dev" / "test_odoo.toml"
# A run that takes longer hangs, in seconds.
PATIENCE = 2 * 3600

_LINE = re.compile(r"\S+ \S+ \d+ (?P<level>[A-Z]+) \S+ odoo\.addons\.(?P<logger>\S+): (?P<text>.*)")
_TEST = re.compile(r"(?P<module>\w+)\.tests\.\S+")
_STARTING = re.compile(r"Starting (\w+\.\w+) \.\.\.")
_FAILED = re.compile(r"(?:FAIL|ERROR): (?:Subtest |setUpClass \(\S+\.(?=\w+\)))?(\w+(?:\.\w+)?)")
_QUERIES = re.compile(
    r"Query count (?:more|less) than expected for user (?P<user>\S+): (?P<count>\d+) [<>] "
    r"(?P<expected>\d+) in \w+ at (?P<where>\S+)"
)


class Difference(NamedTuple):
    """Of a test with the addon: an error, or how many queries more at which place."""

    test: str
    text: str
    queries: int = 0

    def __str__(self):
        more = f"{self.queries} more queries: " if self.queries else ""
        return f"{self.test}\n    {more}{self.text}"

    def is_explained(self, entry):
        """Tell whether an entry of the list speaks of it."""
        return fnmatchcase(self.test, entry["test"]) and (
            0 < self.queries <= entry.get("queries", 0)
            if self.queries
            else fnmatchcase(self.text, entry.get("error", ""))
        )


@dataclass
class Result:
    """What one run of the tests found, by tests: ``/module:Class.method``.

    :param list tests: that were started
    :param dict errors: the first line of each error, figures left out, as they change with each run
    :param dict queries: "where user" → how many were expected, and how many there were each time
    """

    tests: list[str] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)
    queries: dict[str, dict[str, list[int]]] = field(default_factory=dict)

    def read(self, log):
        """Add what Odoo's `log` (lines) says."""
        failed = error = None
        for line in log:
            if not (said := _LINE.match(line)):
                if failed and line[:1].strip() and not line.startswith(("Traceback", "The above")):
                    error = error or line.strip()
                elif line.startswith("Traceback"):
                    error = None  # of several, the last one is what the test ends with
                continue
            self._failed(failed, error)
            failed = error = None
            if not (test := _TEST.fullmatch(said["logger"])):
                continue
            if found := _STARTING.match(said["text"]):
                self.tests.append(f"/{test['module']}:{found[1]}")
            elif found := _FAILED.match(said["text"]):
                failed = f"/{test['module']}:{found[1]}"
            elif self.tests and (found := _QUERIES.match(said["text"])):
                self._counted(self.tests[-1], found)
        self._failed(failed, error)
        return self

    def _failed(self, test, error):
        if test and (found := _QUERIES.search(error or "")):
            self._counted(test, found)
        elif test:
            self.errors.setdefault(test, []).append(re.sub(r"\d+", "0", error or "")[:400])

    def _counted(self, test, found):
        place = f"{found['where']} {found['user']}"
        counts = self.queries.setdefault(test, {}).setdefault(place, [int(found["expected"])])
        counts.append(int(found["count"]))

    def __str__(self):
        more = sum(
            max(counts) > counts[0]
            for places in self.queries.values()
            for counts in places.values()
        )
        return (
            f"{len(set(self.tests))} tests, {len(self.errors)} fail, at {more} places more queries "
            "than Odoo expects"
        )

    def differences(self, plain):
        """:return: what there is not in `plain`"""
        for test in sorted(set(plain.tests) - set(self.tests)):
            yield Difference(test, "was not run")
        for test, errors in self.errors.items():
            for error in Counter(errors) - Counter(plain.errors.get(test, [])):
                yield Difference(test, error)
        for test in dict.fromkeys(self.tests):
            mine, theirs = self.queries.get(test, {}), plain.queries.get(test, {})
            for place, (expected, *_counts) in {**theirs, **mine}.items():
                # As many as Odoo expects are not logged.
                most, before = (
                    max(held[place][1:]) if place in held else expected for held in (mine, theirs)
                )
                if most > before:
                    yield Difference(test, place, most - before)


@click.command(help=__doc__)
@click.argument("tags", nargs=-1)
@click.option("--browser/--no-browser", default=True, help="Leave out what needs a browser.")
@click.option("--state", "states", multiple=True, type=click.Choice(["off", "on"]), help="Only it.")
def main(tags, browser, states):
    """Compare the three."""
    need_programs()
    wanted = ",".join(tags or [*(f"/{suite}" for suite in SUITES.split(",")), TAXES])
    listed = tomllib.loads(LISTED.read_text())["difference"]
    failed = 0
    with postgres.running():
        plain = _without(wanted, browser)
        states = states or ("off", "on")
        for state in states:
            _install(state)
        with ThreadPoolExecutor(len(states)) as pool:
            results = pool.map(lambda state: _tested(state, wanted, browser), states)
        for state, found in zip(states, results, strict=True):
            step(f"Addon {state}: {found}")
            known = [entry for entry in listed if entry["state"] == state]
            failed += _report(state, list(found.differences(plain)), known, browser)
    if failed:
        raise Failure(f"{failed} differences that {LISTED.name} does not explain")


def _database(state):
    return f"{paths.ADDON}_odoo_{state}"


def _base():
    """:return: a database with the modules of the suites, without the addon"""
    name = _database(store.digest(odoo_tree.python_path(), SUITES))
    if not postgres.exists(name):
        odoo_server.install(f"{name}_unfinished", SUITES, "--with-demo")
        postgres.rename(f"{name}_unfinished", name)
    return name


def _without(tags, browser):
    kept = paths.CACHE / f"test-odoo-{store.digest(*_odoo(), tags, browser)}.json"
    if not kept.exists():
        postgres.copy(_base(), _database("without"))
        kept.write_text(json.dumps(asdict(_tested("without", tags, browser))))
    plain = Result(**json.loads(kept.read_text()))
    since = datetime.fromtimestamp(kept.stat().st_mtime)
    step(f"Without the addon, as found on {since:%Y-%m-%d at %H:%M} ({kept}): {plain}")
    return plain


def _odoo():
    """What tells this Odoo from another one that is unpacked in the same place."""
    tree = odoo_tree.python_path()
    for file in sorted(tree.rglob("*.py")):
        about = file.stat()
        yield f"{file} {about.st_size} {about.st_mtime_ns}"


def _install(state):
    database = _database(state)
    postgres.copy(_base(), database)
    wanted = ["-d", database, "-i", paths.ADDON, "--stop-after-init", "--no-http"]
    run(f"install-{database}", odoo_server.command(*wanted), env=odoo_server.environment())
    if state == "on":
        odoo_server.shell(database, paths.INSIDE / "switch_on.py")


def _tested(state, tags, browser, log="all"):
    """:raises Failure: the run did not come to its end"""
    path = paths.LOGS / f"test-odoo-{state}-{log}.log"
    step(f"Odoo's tests, addon {state} (log: {path})")
    database = _database(state)
    options = ["-d", database, "-p", str(free_port())]
    with path.open("wb") as out, suppress(subprocess.TimeoutExpired):
        subprocess.run(
            [
                *(sys.executable, paths.INSIDE / "odoo_tests.py"),
                *(*options, "--stop-after-init", "--test-tags", tags),
            ],
            env={**odoo_server.environment(), "BROWSER": "1" if browser else ""},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=PATIENCE,
        )
    said = path.read_text(errors="replace")
    if "post-tests in" not in said:
        raise Failure(f"the tests did not come to their end (see {path})")
    return Result().read(said.splitlines())


def _report(state, differences, known, browser):
    """:return: how many differences have no reason"""
    reasons = Counter()
    strange = []
    for difference in differences:
        entry = next((entry for entry in known if difference.is_explained(entry)), None)
        if entry:
            reasons[entry["reason"]] += 1
        else:
            strange.append(difference)
    if strange:
        # Once more, by themselves, in both: on a busy machine a browser is too late now and then,
        # and before midnight (UTC) users east of it are in another day.
        tests = sorted({difference.test for difference in strange})
        postgres.copy(_base(), _database("without"))
        plain, found = (
            _tested(each, ",".join(tests), browser, "again") for each in ("without", state)
        )
        failing = {difference.test for difference in found.differences(plain)}
        strange = [difference for difference in strange if difference.test in failing]
    step(f"{state}: {len(differences)} differences, {len(strange)} without a reason")
    for reason, count in reasons.items():
        print(f"  {count:4} {reason}")
    for difference in strange:
        print(f"✗ {difference}", flush=True)
    return len(strange)
