"""What an automation rule costs: ingest with and without one, and how fast it runs.

A real Odoo with one HTTP worker takes a relay's batches, as ``bench-ingest`` makes them, in turns
with a rule on opens switched off and on, of other mails each time. Then scheduled actions run it:
it makes an activity for each mail that a person opened. The last line is one JSON object.
"""

import json

import click

from .. import paths, postgres
from .listening import ACTED, EVENTS, FACTS, ROUNDS, Listening

DATABASE = f"{paths.ADDON}_bench_rules"
RUNS = "SELECT count(*) FROM mail_activity WHERE summary = 'Bench'"


@click.command(help=__doc__)
@click.option("--events", default=EVENTS, show_default=True, help="In each of the rounds.")
@click.option("--rounds", default=ROUNDS, show_default=True, help="Of each of the two.")
@click.option("--runs", default=ACTED, show_default=True, help="After how many it ends.")
def main(events, rounds, runs):
    """Measure."""
    with postgres.running():
        bench = Listening(DATABASE, events, rounds, "base_automation")
        found = bench.ingest(_rule)
        per_second = bench.act(lambda: bench.ask(RUNS), min(bench.ask(FACTS), runs))
    print(json.dumps({**found, "runs_per_s": per_second}))
    return 0


def _rule(odoo):
    """A rule that makes an activity on the contact whose mail was opened."""
    [model] = odoo.call("ir.model", "search", [["model", "=", "res.partner"]])
    [todo] = odoo.call("mail.activity.type", "search", [["name", "=", "To-Do"]], limit=1)
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
        "action_server_ids": [[0, 0, action]],
    }
    return "base.automation", odoo.call("base.automation", "create", values)
