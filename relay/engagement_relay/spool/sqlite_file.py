"""One spool file and its lock. Blocking, for the one thread that owns it."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from .base import (
    MAX_DEAD_LETTERS,
    MAX_GROUP,
    Batch,
    DeadLetter,
    Stats,
    rejected_lines,
    with_repeat,
)
from .grouping import Group, Slot

_SCHEMA = """
CREATE TABLE IF NOT EXISTS chunk (
    id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, at REAL NOT NULL,
    rows INTEGER NOT NULL, size INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS chunk_tenant ON chunk (tenant, id, rows, size);
CREATE TABLE IF NOT EXISTS again (
    chunk INTEGER NOT NULL, row INTEGER NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (chunk, row)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dead (
    id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, at REAL NOT NULL,
    reason TEXT NOT NULL, data BLOB NOT NULL);
"""
_INSERT = "INSERT INTO chunk (id, tenant, at, rows, size, data) VALUES (?, ?, ?, ?, ?, ?)"
_AGAIN = """
INSERT INTO again (chunk, row, times) VALUES (?, ?, ?)
ON CONFLICT (chunk, row) DO UPDATE SET times = times + excluded.times
"""
# Bound as one text, so that one statement does what one for each chunk would.
_LISTED = "(SELECT value FROM json_each(?))"
# Free pages that stay for the next burst, 100 MB.
_KEPT_PAGES = 25_000


class Job(Protocol):
    """Part of a transaction.

    :param alone: it is the only one, so that one statement needs no BEGIN and COMMIT, for each of
        which the thread would wait for Python's lock
    """

    def __call__(self, *, alone: bool) -> None: ...


class SpoolFile:
    """Rows stand in chunks, one for each tenant of a group, lines of NDJSON: one statement writes
    them, and the thread asks for Python's lock once instead of once a row.

    :param path: of the file; its lock stands beside it
    :param synchronous: FULL, or NORMAL, which may lose the last moments at a power cut
    :raises BlockingIOError: another worker has it
    :raises sqlite3.Error: the file cannot be used
    """

    def __init__(self, path: str | os.PathLike[str], synchronous: str = "FULL") -> None:
        self.path = os.fspath(path)
        self.name = os.path.basename(path)
        self._lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # Ends with the process, however it ends.
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._connect(synchronous)
        except BaseException:
            os.close(self._lock)
            raise

    def _connect(self, synchronous: str) -> None:
        self._db = db = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, cached_statements=32
        )
        # Addresses and agents leave the file with the row, not when the page is used again.
        db.execute("PRAGMA secure_delete=ON")
        # Pages of a long outage go back to the disk afterwards. Only before the first table.
        db.execute("PRAGMA auto_vacuum=INCREMENTAL")
        # One write and one fsync for a commit; readers (status) do not stop the writer.
        db.execute("PRAGMA journal_mode=WAL")
        # FULL: fsync at every commit. NORMAL fsyncs at checkpoints only.
        db.execute(f"PRAGMA synchronous={'NORMAL' if synchronous == 'NORMAL' else 'FULL'}")
        # Pages after which the log is copied into the file. Larger ones save no work, since rows
        # rarely live that long, and make the commit that copies slower: measured, see benchmarks.
        db.execute("PRAGMA wal_autocheckpoint=1000")
        # After a burst the log is cut back to this many bytes.
        db.execute(f"PRAGMA journal_size_limit={2**26}")
        db.executescript(_SCHEMA)
        # Chunks on their way, the tenant by id.
        self._flying: dict[int, str] = {}
        # The newest chunk that was ever on its way.
        self._taken = 0
        # Rows, and the bytes of each tenant's data: changed after commits only.
        self._rows = self._next = 0
        self.bytes: Counter[str] = Counter()
        for tenant, rows, size, last in db.execute(
            "SELECT tenant, sum(rows), sum(size), max(id) FROM chunk GROUP BY tenant"
        ):
            self._rows += rows
            self.bytes[tenant] = size
            self._next = max(self._next, last)
        self._next += 1
        # Something was deleted that the log still holds.
        self._leftovers = False
        self._changes: list[tuple[str, int, int, int]] = []
        self._placed: list[Slot] = []

    def transact(self, jobs: list[Job]) -> None:
        """Run all in one transaction.

        :raises sqlite3.Error: then nothing has happened
        """
        self._changes.clear()
        try:
            for job in jobs:
                job(alone=len(jobs) == 1)
            if self._db.in_transaction:
                self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            # Nothing may be counted up in rows that are not there.
            for slot in self._placed:
                slot.place = None
            raise
        finally:
            self._placed.clear()
        for tenant, chunk, rows, size in self._changes:
            self._rows += rows
            self.bytes[tenant] += size
            if rows < 0:
                self._flying.pop(chunk, None)
                self._leftovers = True
        if self._changes and not self._rows:
            self._give_back()

    def add(self, group: Group, *, alone: bool = False) -> None:
        """Write a group."""
        slots = list(group.slots)
        marks: list[tuple[int, int, int]] = []
        for slot, (times, data) in group.again.items():
            if slot.place is None or slot.place[0] <= self._taken:
                # From now on this one is counted up: what was taken may be gone.
                slot.data, slot.repeat = data, times
                slots.append(slot)
            else:
                chunk, row = slot.place
                marks.append((chunk, row, times))
        chunks = [
            self._chunk(group.tenant, slots[start : start + MAX_GROUP], marks)
            for start in range(0, len(slots), MAX_GROUP)
        ]
        if not alone or marks or len(chunks) != 1:
            self._begin()
        for values in chunks:
            self._db.execute(_INSERT, values)
        if marks:
            self._db.executemany(_AGAIN, marks)

    def _chunk(
        self, tenant: str, slots: list[Slot], marks: list[tuple[int, int, int]]
    ) -> tuple[int, str, float, int, int, bytes]:
        """Give slots their places.

        :return: a row of the table
        """
        chunk, data = self._next, b"\n".join([slot.data for slot in slots])
        self._next += 1
        self._changes.append((tenant, chunk, len(slots), len(data)))
        self._placed += slots
        for number, slot in enumerate(slots):
            slot.place = chunk, number
            if slot.repeat > 1:
                marks.append((chunk, number, slot.repeat - 1))
        return chunk, tenant, time.time(), len(slots), len(data), data

    def _begin(self) -> None:
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")

    def finish(
        self, batch: Batch, rejected: Mapping[str, str] | None, *, alone: bool = False
    ) -> None:
        """Remove a batch; what was rejected stays as dead letters."""
        self._begin()
        now = time.time()
        dead = [(batch.tenant, now, *letter) for letter in rejected_lines(batch.body, rejected)]
        if dead:
            self._db.executemany(
                "INSERT INTO dead (tenant, at, data, reason) VALUES (?, ?, ?, ?)", dead
            )
            self._db.execute(
                "DELETE FROM dead WHERE id <= (SELECT max(id) FROM dead) - ?", (MAX_DEAD_LETTERS,)
            )
        # A batch that was finished before is not on its way any more.
        chunks = [chunk for chunk in batch.source[1] if chunk[0] in self._flying]
        ids = json.dumps([chunk for chunk, _rows, _size in chunks])
        self._db.execute(f"DELETE FROM chunk WHERE id IN {_LISTED}", (ids,))
        self._db.execute(f"DELETE FROM again WHERE chunk IN {_LISTED}", (ids,))
        self._changes += [(batch.tenant, chunk, -rows, -size) for chunk, rows, size in chunks]

    # What follows only reads, and is not part of a transaction.

    def take(self, tenant: str, limit: int) -> Batch | None:
        total = 0
        chunks: list[tuple[int, int, int]] = []
        found = self._db.execute(
            "SELECT id, rows, size FROM chunk WHERE tenant = ? ORDER BY id", (tenant,)
        )
        for chunk, rows, size in found:
            if total >= limit:
                break
            if chunk not in self._flying:
                chunks.append((chunk, rows, size))
                total += rows
        found.close()
        if not chunks:
            return None
        body = self._lines(json.dumps([chunk for chunk, _rows, _size in chunks]))
        self._flying.update((chunk, tenant) for chunk, _rows, _size in chunks)
        self._taken = max(self._taken, chunks[-1][0])
        return Batch(tenant, total, body, (self.name, chunks))

    def _lines(self, ids: str) -> bytes:
        bodies: dict[int, bytes] = dict(
            self._db.execute(
                f"SELECT id, data FROM chunk WHERE id IN {_LISTED} ORDER BY id", (ids,)
            ).fetchall()
        )
        again: dict[int, list[tuple[int, int]]] = {}
        for chunk, row, times in self._db.execute(
            f"SELECT chunk, row, times FROM again WHERE chunk IN {_LISTED}", (ids,)
        ).fetchall():
            again.setdefault(chunk, []).append((row, times))
        for chunk, marks in again.items():
            lines = bodies[chunk].split(b"\n")
            for row, times in marks:
                lines[row] = with_repeat(lines[row], 1 + times)
            bodies[chunk] = b"\n".join(lines)
        return b"\n".join(bodies.values()) + b"\n"

    def release(self, batch: Batch) -> None:
        for chunk, *_rest in batch.source[1]:
            self._flying.pop(chunk, None)

    def tenants(self) -> list[str]:
        """Those with a chunk that is not on its way."""
        flying = Counter(self._flying.values())
        waiting = self._db.execute("SELECT tenant, count(*) FROM chunk GROUP BY tenant")
        return [tenant for tenant, chunks in waiting if chunks > flying[tenant]]

    def stats(self) -> Stats:
        [[oldest, dead]] = self._db.execute(
            "SELECT (SELECT at FROM chunk ORDER BY id LIMIT 1), (SELECT count(*) FROM dead)"
        )
        return Stats("sqlite", self._rows, oldest, self.bytes.total(), 0, dead)

    def dead_letters(self, limit: int) -> list[DeadLetter]:
        found = self._db.execute(
            "SELECT tenant, data, reason, at FROM dead ORDER BY id DESC LIMIT ?", (limit,)
        )
        return [DeadLetter(*letter) for letter in found]

    def is_empty(self) -> bool:
        return not self._rows and not self.stats().dead

    def close(self, *, remove: bool = False) -> None:
        """:param remove: the file as well, when another worker's is empty"""
        self._db.close()
        if remove:
            for suffix in ("", "-wal", "-shm"):
                with suppress(FileNotFoundError):
                    os.unlink(self.path + suffix)
        os.close(self._lock)

    def tidy(self) -> None:
        """Addresses leave the log too once Odoo has them, which SQLite keeps until it is full.

        Who reads the file just now (``status``) puts it off to the next time.
        """
        if self._leftovers:
            [[busy, _pages, _copied]] = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._leftovers = bool(busy)

    def _give_back(self) -> None:
        [[pages]] = self._db.execute("PRAGMA freelist_count")
        if pages > _KEPT_PAGES:
            # As a script: execute() would stop after the first page.
            self._db.executescript("PRAGMA incremental_vacuum(1000)")
