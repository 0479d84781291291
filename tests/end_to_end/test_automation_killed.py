"""Odoo is killed in the middle of an automation rule: started again, each rule has run once."""

import contextlib
import os
import re
from pathlib import Path

import psycopg2
import pytest

from dev import odoo_server, paths, postgres
from dev.processes import wait_until

SCENE = Path(__file__).parent / "inside" / "automation_scene.py"
DATABASE = f"{paths.ADDON}_killed"
LOCK = 5_127_436_191


@pytest.fixture
def lead():
    """A database with a lead whose mail was opened; no Odoo has acted on it yet."""
    odoo_server.fresh(DATABASE, "base_automation")
    os.environ["LOCK"] = str(LOCK)
    yield int(re.search(r"LEAD=(\d+)", odoo_server.shell(DATABASE, SCENE))[1])
    postgres.drop(DATABASE)


@pytest.fixture
def ask():
    """Return a function that asks the database, and what keeps the rule from ending."""
    with contextlib.closing(psycopg2.connect(dbname=DATABASE)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()

        def query(text, *values):
            cursor.execute(text, values)
            return cursor.fetchall()

        yield query


def _done(ask, lead):
    [(priority,)] = ask("SELECT priority FROM crm_lead WHERE id = %s", lead)
    notes = ask(
        """SELECT substring(body from '(First|Second) rule') FROM mail_message
            WHERE model = 'crm.lead' AND res_id = %s AND body LIKE '%%rule%%' ORDER BY id""",
        lead,
    )
    [(done,)] = ask("SELECT is_done FROM mail_engagement_fact")
    return priority, [name for (name,) in notes], done


def test_killed_in_the_middle_of_a_rule(lead, ask):
    ask("SELECT pg_advisory_lock(%s)", LOCK)
    server = odoo_server.Odoo(DATABASE, "--workers", "2", "--max-cron-threads", "1")
    with server:
        wait_until(
            lambda: ask("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"),
            "the rule to be in its middle",
            patience=300,
        )
        server.kill()
        # PostgreSQL notices when it answers the one who is gone.
        ask("SELECT pg_advisory_unlock(%s)", LOCK)
        wait_until(
            lambda: not ask(
                """SELECT 1 FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
            ),
            "the killed Odoo's transactions to end",
        )
        assert _done(ask, lead) == ("0", [], False)
        server.start()
        wait_until(lambda: _done(ask, lead)[-1], "the rules to run", patience=300)
        assert _done(ask, lead) == ("2", ["First", "Second"], True)
    # Workers have an evented server beside them, which is not started again and again.
    assert "ImportError" not in server.log.read_text(errors="replace")
