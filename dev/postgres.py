"""PostgreSQL: the one that the environment names (PGHOST…), else an embedded one in ``.dev``.

Odoo and psycopg2 both read PGHOST, PGPORT, PGUSER and PGPASSWORD, so these are set for an
embedded server as well and nothing else has to know which one it is.
"""

import contextlib
import os
import shutil
import subprocess
import warnings
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg2
from psycopg2 import sql

from . import paths
from .say import Failure, step

ROLE = "odoo"


@contextlib.contextmanager
def running():
    """Have a server for as long as the block runs.

    :raises Failure: the server that the environment names does not answer
    """
    if os.environ.get("PGHOST"):
        try:
            _connect().close()
        except psycopg2.OperationalError as error:
            line = str(error).strip().splitlines()[0]
            raise Failure(f"PostgreSQL at PGHOST={os.environ['PGHOST']}: {line}") from error
        yield
        return
    step("Starting PostgreSQL")
    with embedded(paths.STATE / "postgres"):
        yield


@contextlib.contextmanager
def embedded(folder):
    """Have a server of our own, with its data in `folder`; it stops with its last user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no XDG_RUNTIME_DIR: it finds another folder
        import pgserver  # noqa: PLC0415 only the embedded server needs it

        server = pgserver.get_server(folder, cleanup_mode="stop")
    before = dict(os.environ)
    try:
        _prepare(server)
        yield
    finally:
        for name in ("PGHOST", "PGPORT", "PGUSER"):
            os.environ.pop(name, None)
            if name in before:
                os.environ[name] = before[name]
        with contextlib.suppress(Exception):
            server.cleanup()


def _prepare(server):
    uri = urlsplit(server.get_uri())
    os.environ["PGHOST"] = parse_qs(uri.query).get("host", [uri.hostname])[0]
    if uri.port:
        os.environ["PGPORT"] = str(uri.port)
    os.environ["PGUSER"] = uri.username or "postgres"
    with contextlib.closing(_connect()) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        # Odoo refuses to work as the role postgres.
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
        if not cursor.fetchone():
            cursor.execute(sql.SQL("CREATE ROLE {} LOGIN SUPERUSER").format(sql.Identifier(ROLE)))
        # What is in here can be made again: no need to wait for the disk.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            cursor.execute(f"ALTER SYSTEM SET {setting} = off")
        cursor.execute("SELECT pg_reload_conf()")
    os.environ["PGUSER"] = ROLE


def _connect(database="postgres"):
    return psycopg2.connect(dbname=database, connect_timeout=10)


def _on_server(query, *names):
    with contextlib.closing(_connect()) as connection:
        connection.autocommit = True
        connection.cursor().execute(query.format(*map(sql.Identifier, names)))


def programs():
    """Return the folder of the embedded server's programs, the same on every machine."""
    import pgserver  # noqa: PLC0415 only where it is needed

    return Path(pgserver.__file__).parent / "pginstall" / "bin"


def execute(database, query, parameters=()):
    """Run one statement in `database`, and keep what it does."""
    with contextlib.closing(_connect(database)) as connection, connection:
        connection.cursor().execute(query, parameters)


def exists(database):
    """Tell whether there is a database of that name."""
    with contextlib.closing(_connect()) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        return bool(cursor.fetchone())


def drop(database):
    """Drop the database with its filestore, whoever is connected."""
    _on_server(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), database)
    shutil.rmtree(paths.DATA / "filestore" / database, ignore_errors=True)


def copy(source, target):
    """Make the database `target` anew, as a copy of `source` with its filestore."""
    drop(target)
    _on_server(sql.SQL("CREATE DATABASE {} TEMPLATE {}"), target, source)
    files = paths.DATA / "filestore" / source
    if files.is_dir():
        shutil.copytree(files, paths.DATA / "filestore" / target)


def dump(database):
    """Return `database` as SQL that any user can restore, without its filestore.

    :rtype: bytes
    """
    command = [programs() / "pg_dump", "--no-owner", "--no-privileges", database]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout


def restore(text, database):
    """Make `database` anew from what `dump` returned."""
    drop(database)
    # As Odoo makes its own.
    _on_server(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'unicode'"), database)
    command = [programs() / "psql", "-q", "-X", "-1", "-v", "ON_ERROR_STOP=1", "-d", database]
    subprocess.run(command, input=text, capture_output=True, check=True)


def rename(source, target):
    """Give the database `source` the name `target`, its filestore too."""
    _on_server(sql.SQL("ALTER DATABASE {} RENAME TO {}"), source, target)
    files = paths.DATA / "filestore" / source
    if files.is_dir():
        files.rename(files.with_name(target))
