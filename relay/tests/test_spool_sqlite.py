"""What only the files on the disk can do, or suffer."""

import asyncio
import os
import resource
import sqlite3
import subprocess
import sys
import threading

import pytest
from engagement_relay.config import Config
from engagement_relay.spool import SpoolError, SpoolFull, inspect, open_spool, sqlite as store_file
from engagement_relay.spool.sqlite import check_directory
from engagement_relay.startup import obstacles
from spool_stores import TENANT, Store, drain, line, parsed, read_rest, read_until, visit

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(tmp_path):
    return Store("sqlite", tmp_path)


def pragma(spool, name):
    [[value]] = spool._own._db.execute(f"PRAGMA {name}")
    return value


@pytest.mark.parametrize(("asked", "synchronous"), [("FULL", 2), ("NORMAL", 1)])
async def test_settings_reach_the_file(store, asked, synchronous):
    async with store.open(synchronous=asked) as spool:
        found = [
            pragma(spool, name)
            for name in ("journal_mode", "synchronous", "secure_delete", "auto_vacuum")
        ]
        assert found == ["wal", synchronous, 1, 2]


async def test_nobody_else_may_read_the_files(store, tmp_path):
    async with store.open() as spool:
        await visit(spool, "a")
        for path in tmp_path.iterdir():
            assert path.stat().st_mode & 0o077 == 0, path.name


async def test_many_requests_are_one_commit(store):
    async with store.open() as spool:
        before = spool._own._next
        await asyncio.gather(*(visit(spool, f"u{number}") for number in range(200)))
        assert spool._own._next == before + 1


async def test_adopts_what_a_killed_neighbour_left(store, tmp_path):
    async with store.open() as spool:
        await visit(spool, "mine")
        worker = store.worker(100_000)
        said = read_until(worker, 100)
        await spool.recover()
        assert len(await drain(spool)) == 1, "the neighbour lives"
        worker.kill()
        said += read_rest(worker)
        await spool.recover()
        found = await drain(spool)
        answered = {w[1]: int(w[2]) for w in said if w[0] == "answered" and len(w) == 3}
        assert answered.items() <= found.items()
        await spool.recover()
        assert [path.name for path in sorted(tmp_path.glob("*.db*"))] == [
            "spool-0.db",
            "spool-0.db-shm",
            "spool-0.db-wal",
            "spool-0.db.lock",
            "spool-1.db.lock",
        ]


async def test_a_full_disk_costs_the_event_only(store):
    async with store.open() as spool:
        kept = []
        # SQLite's own limit answers like a full disk.
        spool._own._db.execute(f"PRAGMA max_page_count={pragma(spool, 'page_count') + 8}")
        with pytest.raises(SpoolFull, match="full"):
            for number in range(1000):
                uid = f"{number:0300}"
                await visit(spool, uid)
                kept.append(uid)
        assert kept
        with pytest.raises(SpoolFull):
            await visit(spool, "x" * 9000)
        # The same observation again: its row was never written.
        with pytest.raises(SpoolFull):
            await visit(spool, "x" * 9000)
        assert await drain(spool) == dict.fromkeys(kept, 1)
        await visit(spool, "x" * 9000)
        assert await drain(spool) == {"x" * 9000: 1}


_SMALL_DISK = """
import asyncio, resource, signal, sys
from engagement_relay.spool import SpoolError
from spool_stores import Store, TENANT, line
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
async def main():
    async with Store("sqlite", sys.argv[1]).open() as spool:
        for number in range(5000):
            uid = f"{number:0300}"
            try:
                await spool.append(TENANT, uid, uid, line(uid))
            except SpoolError as error:
                print(type(error).__name__, number)
                return
asyncio.run(main())
"""


async def test_a_write_that_the_system_refuses_is_told(store, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", _SMALL_DISK, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    name, kept = done.stdout.split()
    assert name == "SpoolFull"

    async with store.open() as spool:
        assert len(await drain(spool)) == int(kept) > 10


async def test_what_comes_after_a_batch_is_not_in_it(store):
    async with store.open() as spool:
        await visit(spool, "before")
        busy = threading.Event()
        waiting = [asyncio.create_task(spool._thread.read(busy.wait))]
        await asyncio.sleep(0)
        waiting.append(asyncio.create_task(spool.take(TENANT, 100)))
        await asyncio.sleep(0)
        after = visit(spool, "after")
        await asyncio.sleep(0)
        busy.set()
        _true, batch = await asyncio.gather(*waiting)
        await after
        assert parsed(batch) == {"before": 1}
        await visit(spool, "after")
        await spool.finish(batch)
        assert await drain(spool) == {"after": 2}


async def test_what_was_taken_is_never_counted_up(store):
    async with store.open() as spool:
        await visit(spool, "a")
        slots = dict(spool._recent)
        batch = await spool.take(TENANT, 100)
        spool._recent.update(slots)
        await spool.append(TENANT, "a", "a", line("b"))
        await spool.finish(batch)
        await spool.append(TENANT, "a", "a", line("c"))
        assert parsed(batch) == {"a": 1} and await drain(spool) == {"b": 2}


async def test_what_deleting_needs_stays_free(store, monkeypatch):
    async with store.open() as spool:
        monkeypatch.setattr(store_file, "_SPARED", 2**62)
        await spool.stats()
        # Enough for an Odoo that takes events.
        await visit(spool, "a" * 2000)
        monkeypatch.setattr(store_file, "_SMALL", 1000)
        with pytest.raises(SpoolFull):
            await visit(spool, "b")
        assert await drain(spool) == {"a" * 2000: 1}
        await visit(spool, "c")
        monkeypatch.undo()
        await spool.stats()
        await visit(spool, "d" * 2000)


async def test_a_disk_that_is_full_at_the_start(tmp_path):
    _soft, hard = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        spool = await open_spool("sqlite", path=tmp_path, max_bytes=5000)
        with pytest.raises(SpoolFull):
            await visit(spool, "lost")
        await spool.recover()
        assert (await spool.stats()).max_bytes == 5000 and await drain(spool) == {}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    await spool.recover()
    await visit(spool, "kept")
    assert await drain(spool) == {"kept": 1}
    await spool.close()


def test_little_room_is_said_and_keeps_no_relay_from_starting(store, tmp_path, monkeypatch):
    monkeypatch.setattr(store_file, "free_bytes", lambda _path: 0)
    (tmp_path / "spool").mkdir()
    assert "256 MB" in check_directory(tmp_path / "spool")[0]
    assert obstacles(Config(data_dir=tmp_path, listen="127.0.0.1:0", metrics_listen="")) == []


async def test_a_row_that_was_not_committed_is_not_counted_up(store, tmp_path):
    async with store.open() as spool:
        await visit(spool, "first")
        _soft, hard = limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        stored = spool._stored

        def disk_is_free_again(*args):
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            stored(*args)

        spool._stored = disk_is_free_again
        size = (tmp_path / "spool-0.db-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            lost = spool.append(TENANT, "t", "t", line("u0"))
            await asyncio.sleep(0)
            kept = spool.append(TENANT, "t", "t", line("u1"))
            with pytest.raises(SpoolFull):
                await lost
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        await kept
        assert await drain(spool) == {"first": 1, "u1": 1}


async def test_puts_a_damaged_file_aside(store, tmp_path, caplog):
    (tmp_path / "spool-0.db").write_bytes(b"no database at all, whatever its name says" * 100)

    async with store.open() as spool:
        await visit(spool, "a")
        assert await drain(spool) == {"a": 1}
    assert (tmp_path / "spool-0.db.damaged").exists()
    assert "damaged" in caplog.text


async def test_another_process_may_look(store, tmp_path):
    async with store.open() as spool:
        await asyncio.gather(visit(spool, "a"), visit(spool, "b"))
        assert (await inspect("sqlite", path=tmp_path))[:2] == ("sqlite", 2)
        await spool.finish(await spool.take(TENANT, 9), {"a": "keys"})
    stats = await inspect("sqlite", path=tmp_path)
    assert (stats.rows, stats.bytes, stats.dead) == (0, 0, 1)


async def test_says_what_is_wrong_with_the_directory(store, tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(SpoolError):
        async with Store("sqlite", tmp_path / "file").open():
            pass
    async with store.open() as spool:
        assert await spool.check() == []


async def test_gives_pages_back_after_a_long_outage(store, monkeypatch):
    monkeypatch.setattr("engagement_relay.spool.sqlite_file._KEPT_PAGES", 50)

    async with store.open() as spool:
        for number in range(20):
            await visit(spool, f"{number:050000}")
        before = pragma(spool, "page_count")
        await drain(spool)
        assert pragma(spool, "page_count") < before - 50


async def test_what_odoo_has_leaves_the_log_too(store, tmp_path):
    """SQLite keeps it there until the log is full, which on a quiet host may take months."""

    def held():
        return [path.name for path in tmp_path.iterdir() if b"secret" in path.read_bytes()]

    async with store.open() as spool:
        for number in range(300):
            await spool.append(TENANT, number, number, line(f"secret-{number}"))
        await spool.recover()
        # What waits stays, wherever it is.
        assert held()
        await drain(spool)
        await spool.recover()
        assert held() == []


async def test_a_reader_puts_the_tidying_off(store, tmp_path):
    async with store.open() as spool:
        await visit(spool, "secret")
        with sqlite3.connect(tmp_path / "spool-0.db") as db:
            db.execute("BEGIN")
            db.execute("SELECT * FROM chunk").fetchall()
            await drain(spool)
            await spool.recover()
            await visit(spool, "other")
            db.rollback()
        await drain(spool)
        await spool.recover()
        assert not (tmp_path / "spool-0.db-wal").read_bytes()


async def test_what_odoo_has_is_overwritten(store, tmp_path):
    async with store.open() as spool:
        await visit(spool, "secret-address")
        await drain(spool)
    assert b"secret-address" not in (tmp_path / "spool-0.db").read_bytes()
    with sqlite3.connect(tmp_path / "spool-0.db") as db:
        assert db.execute("SELECT count(*) FROM chunk").fetchone() == (0,)
