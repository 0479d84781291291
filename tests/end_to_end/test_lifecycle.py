"""What is left of the addon in a database that it was removed from, and in a restored copy."""

import contextlib
import subprocess
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql

from dev import odoo_server, paths, postgres

HERE = Path(__file__).parent
# Odoo lists every addon that it finds in its path, installed or not, and forgets what it told
# web clients a day later.
PASSING = {"ir_module_module", "ir_module_module_dependency", "bus_bus"}


@contextlib.contextmanager
def cursor(database):
    with contextlib.closing(psycopg2.connect(dbname=database)) as connection:
        yield connection.cursor()


@pytest.fixture(scope="module")
def used(inbox):
    """A database whose addon has been used: a followed mail with a link and a file, opened."""
    database = f"{paths.ADDON}_lifecycle"
    odoo_server.fresh(database)
    odoo_server.shell(database, paths.INSIDE / "demo_setup.py")
    mail = odoo_server.through(inbox.port)
    odoo_server.shell(database, HERE / "inside" / "use.py", *mail)
    yield database
    postgres.drop(database)


def structure(database):
    """Tables, columns, indexes, constraints, functions and sequences by name."""
    with cursor(database) as cr:
        cr.execute(
            """SELECT 'column', table_name, column_name FROM information_schema.columns
                WHERE table_schema = 'public'
                UNION ALL
               SELECT 'index', tablename, indexname FROM pg_indexes WHERE schemaname = 'public'
                UNION ALL
               SELECT 'constraint', conrelid::regclass::text, conname FROM pg_constraint
                UNION ALL
               SELECT 'function', proname, '' FROM pg_proc
                WHERE pronamespace = 'public'::regnamespace
                UNION ALL
               SELECT 'sequence', relname, '' FROM pg_class WHERE relkind = 'S'"""
        )
        return set(cr.fetchall())


def mentions(database):
    """Where the rows of any table name the addon: (table, column) → how many."""
    with cursor(database) as cr:
        cr.execute(
            """SELECT table_name, column_name FROM information_schema.columns
                JOIN information_schema.tables USING (table_schema, table_name)
                WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
                  AND data_type IN ('text', 'character varying', 'jsonb', 'json')"""
        )
        found = {}
        for table, column in cr.fetchall():
            if table in PASSING:
                continue
            cr.execute(
                sql.SQL(
                    "SELECT count(*) FROM {} WHERE {column}::text ~ 'mail[._]engagement'"
                    " AND {column}::text <> 'module_mail_engagement'"
                ).format(sql.Identifier(table), column=sql.Identifier(column))
            )
            if count := cr.fetchone()[0]:
                found[table, column] = count
    return found


def test_neutralized_copy_is_silent(used):
    copy = f"{used}_copy"
    postgres.copy(used, copy)
    try:
        subprocess.run(
            odoo_server.command("neutralize", "-d", copy),
            env=odoo_server.environment(),
            stdin=subprocess.DEVNULL,
            check=True,
            capture_output=True,
        )
        with cursor(copy) as cr:
            cr.execute("SELECT bool_or(engagement_enabled) FROM res_company")
            assert cr.fetchone() == (False,)
            for table in ("mail_engagement_key", "mail_engagement_relay"):
                cr.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
                assert cr.fetchone() == (0,), table
    finally:
        postgres.drop(copy)


def test_uninstall_leaves_no_trace(used):
    assert mentions(used)
    odoo_server.shell(used, HERE / "inside" / "uninstall.py")
    assert structure(used) - structure(odoo_server.base()) == set()
    assert mentions(used) == {}
