"""What is left of the addon in a database that it was removed from, and in a restored copy; and
that it begins anew where it comes back."""

import contextlib
import re
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


# What changes all the time, and what people make with the addon or without it.
ALIVE = re.compile(
    r"orm_signaling_.*|ir_(attachment|cron|cron_trigger|logging|module_module.*)|bus_.*|.*_rel"
    r"|mail_(?!activity_type|message_subtype|template).*|res_(partner|users.*)|crm_lead.*"
)


# Of what the addon was used for, were it not gone. Demo data come again.
LEFT_BY_USE = (
    "res_company WHERE engagement_enabled OR engagement_tenant > ''",
    "res_partner WHERE engagement_opens > ''",
    "mail_engagement_key",
    "mail_engagement_relay",
    "mail_engagement_terms",
    "mail_engagement_permission",
    "mail_engagement_suppression",
    "mail_engagement_contact",
    "mail_engagement_tracking WHERE email_normalized = 'lifecycle@customer.test'",
)


class Found:
    """What there is in a database when it is looked at."""

    def __init__(self, database):
        self.database = database
        self.structure, self.records = structure(database), records(database)


@pytest.fixture(scope="module")
def before():
    """A database that never had the addon, with other languages."""
    database = f"{paths.ADDON}_lifecycle"
    postgres.copy(odoo_server.base(), database)
    odoo_server.shell(database, HERE / "inside" / "languages.py")
    yield Found(database)
    postgres.drop(database)


@pytest.fixture(scope="module")
def used(before, inbox):
    """The addon has been used in it: a followed mail with a link and a file."""
    odoo_server.add(before.database, paths.ADDON)
    before.installed = structure(before.database)
    use(before.database, inbox)
    return before.database


def use(database, inbox):
    odoo_server.shell(database, paths.INSIDE / "demo_setup.py")
    mail = odoo_server.through(inbox.port)
    odoo_server.shell(database, HERE / "inside" / "use.py", *mail)


def structure(database):
    """Tables, columns, indexes, constraints, functions, sequences and triggers by name."""
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
               SELECT 'sequence', relname, '' FROM pg_class WHERE relkind = 'S'
                UNION ALL
               SELECT 'trigger', tgrelid::regclass::text, tgname FROM pg_trigger
                WHERE NOT tgisinternal"""
        )
        return set(cr.fetchall())


def records(database):
    """What Odoo and its addons are made of: (table, id) → a digest of the row."""
    found = {}
    with cursor(database) as cr:
        cr.execute(
            """SELECT table_name FROM information_schema.columns
                WHERE table_schema = 'public' AND column_name = 'id'"""
        )
        for (table,) in cr.fetchall():
            if table.startswith("mail_engagement") or ALIVE.fullmatch(table):
                continue
            cr.execute(
                sql.SQL(
                    "SELECT id, md5((to_jsonb(it) - '{{write_date,write_uid}}'::text[])::text)"
                    " FROM {} it"
                ).format(sql.Identifier(table))
            )
            found.update({(table, number): digest for number, digest in cr.fetchall()})
    return found


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
                    " AND {column}::text <> ALL(%s)"
                ).format(sql.Identifier(table), column=sql.Identifier(column)),
                [[f"module_{name}" for name in paths.addons()]],
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


def test_uninstall_leaves_no_trace(before, used):
    assert mentions(used) and records(used) != before.records
    odoo_server.shell(used, HERE / "inside" / "uninstall.py")
    assert structure(used) == before.structure
    assert mentions(used) == {}
    assert records(used).items() ^ before.records.items() == set()
    # What was sent stays, as it was written.
    with cursor(used) as cr:
        cr.execute("SELECT body FROM mail_message WHERE body LIKE '%shop.test/offer%'")
        assert "/e/" not in cr.fetchone()[0]


def test_installed_again_it_begins_anew(before, used, inbox):
    """Where it was removed, as in a database that never had it."""
    odoo_server.add(used, paths.ADDON)
    assert structure(used) == before.installed
    with cursor(used) as cr:
        for rows in LEFT_BY_USE:
            cr.execute(f"SELECT count(*) FROM {rows}")
            assert cr.fetchone() == (0,), rows
    use(used, inbox)
