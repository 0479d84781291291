"""The spool of one host: a SQLite file for each worker, one fsync for all requests that wait."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from ..storage import free_bytes
from .base import Batch, DeadLetter, SpoolError, SpoolFull, Stats, Store
from .grouping import Group, GroupedSpool
from .sqlite_file import SpoolFile
from .sqlite_thread import SpoolThread, spool_error

_logger = logging.getLogger(__name__)
# Bytes of the disk that stay free for deleting what Odoo has, which writes as well: with less,
# only a small spool is kept, in bytes of its data.
_SPARED = 2**26
_SMALL = 2**22


class SqliteSpool(GroupedSpool, Store):
    """A file for each worker: four processes in one file wait up to seconds for each other.

    Whoever starts takes the first file whose lock is free. What a dead worker left is adopted by
    a living one, read until it is empty, and removed.

    :param path: directory, made when it is missing
    :param max_bytes: of data, for this worker and each tenant
    :param synchronous: FULL or NORMAL
    :raises SpoolError: the directory cannot be used; SpoolFull: not now
    """

    def __init__(
        self, path: str | os.PathLike[str], max_bytes: int = 2**30, synchronous: str = "FULL"
    ) -> None:
        super().__init__(max_bytes)
        self._path, self._synchronous = Path(path), synchronous
        self._is_short = False
        try:
            self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._own = self._open_own()
        except (OSError, sqlite3.Error) as error:
            raise spool_error(error) from error
        # By name: where a batch came from.
        self._files = {self._own.name: self._own}
        self._thread = SpoolThread(self._loop)

    async def write(self, group: Group) -> None:
        """:raises SpoolError: nothing is written"""
        if self._is_full(group.tenant):
            raise SpoolFull("limit")
        await self._thread.write(self._own, partial(self._own.add, group))

    async def tenants(self) -> list[str]:
        found = [await self._thread.read(file.tenants) for file in self._all()]
        return sorted({tenant for tenants in found for tenant in tenants})

    async def take(self, tenant: str, limit: int) -> Batch | None:
        self.seal()
        for file in self._all():
            batch = await self._thread.read(partial(file.take, tenant, limit))
            if batch:
                return batch
        return None

    async def finish(self, batch: Batch, rejected: Mapping[str, str] | None = None) -> None:
        if file := self._files.get(batch.source[0]):
            await self._thread.write(file, partial(file.finish, batch, rejected))

    async def release(self, batch: Batch) -> None:
        if file := self._files.get(batch.source[0]):
            await self._thread.read(partial(file.release, batch))

    async def stats(self) -> Stats:
        self._is_short = await self._thread.read(partial(_is_short, self._path))
        found = [await self._thread.read(file.stats) for file in self._all()]
        full = tuple(tenant for tenant in self._own.bytes if self._is_full(tenant))
        return add_up(found)._replace(max_bytes=self.max_bytes, full=full)

    async def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        found = [
            letter
            for file in self._all()
            for letter in await self._thread.read(partial(file.dead_letters, limit))
        ]
        return sorted(found, key=lambda letter: letter.at, reverse=True)[:limit]

    async def recover(self) -> None:
        for file in self._all():
            if file is not self._own and await self._thread.read(file.is_empty):
                del self._files[file.name]
                await self._thread.read(partial(file.close, remove=True))
        for path in sorted(self._path.glob("spool-*.db")):
            if path.name not in self._files:
                await self._adopt(path)
        for file in self._all():
            await self._thread.read(file.tidy)

    async def check(self) -> list[str]:
        return check_directory(self._path)

    async def close(self) -> None:
        if not self._closed:
            await self.flush_all()
            self._closed = True
            for file in self._all():
                await self._thread.read(file.close)
            await self._loop.run_in_executor(None, self._thread.stop)

    def _open_own(self) -> SpoolFile:
        number = 0
        while True:
            path = self._path / f"spool-{number}.db"
            try:
                return SpoolFile(path, self._synchronous)
            except BlockingIOError:
                number += 1
            except sqlite3.DatabaseError as error:
                if not _is_damaged(error):
                    raise
                _logger.error("spool file %s is damaged, kept aside as .damaged", path)
                return self._begin_anew(path)

    def _begin_anew(self, path: Path) -> SpoolFile:
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(f"{path}{suffix}"):
                os.replace(f"{path}{suffix}", f"{path}.damaged{suffix}")
        return SpoolFile(path, self._synchronous)

    async def _adopt(self, path: Path) -> None:
        try:
            file = await self._thread.read(partial(SpoolFile, path, self._synchronous))
        except BlockingIOError:
            return
        except (OSError, sqlite3.Error) as error:
            _logger.error("spool file %s cannot be adopted: %s", path, error)
            return
        self._files[file.name] = file

    def _all(self) -> list[SpoolFile]:
        return list(self._files.values())

    def _is_full(self, tenant: str) -> bool:
        return self._own.bytes[tenant] >= _most(self.max_bytes, self._is_short)

    def _store(self, group: Group) -> None:
        self._thread.put(
            self._own,
            partial(self._own.add, group),
            lambda _result, error: self._stored(group, error),
        )


def _is_short(path: str | os.PathLike[str]) -> bool:
    return free_bytes(path) < _SPARED


def _most(max_bytes: int, is_short: bool) -> int:
    """Bytes that a worker keeps for a tenant: on a short disk, enough for an Odoo that takes its
    events, while one that does not leaves the rest to the others.
    """
    return min(max_bytes, _SMALL) if is_short else max_bytes


def inspect(path: str | os.PathLike[str], max_bytes: int) -> Stats:
    """What waits in a directory, from another process than the relay's.

    :param max_bytes: of each worker and tenant
    """
    found: list[Stats] = []
    full: set[str] = set()
    for file in sorted(Path(path).glob("spool-*.db")):
        db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            [row] = db.execute(
                "SELECT coalesce(sum(rows), 0), (SELECT at FROM chunk ORDER BY id LIMIT 1),"
                " coalesce(sum(size), 0), 0, (SELECT count(*) FROM dead) FROM chunk"
            )
            most = _most(max_bytes, _is_short(path))
            full.update(
                tenant
                for [tenant] in db.execute(
                    "SELECT tenant FROM chunk GROUP BY tenant HAVING sum(size) >= ?", (most,)
                )
            )
        except sqlite3.Error as error:
            raise SpoolError(f"{file}: {error}") from error
        finally:
            db.close()
        found.append(Stats("sqlite", *row))
    return add_up(found)._replace(full=tuple(sorted(full)))


def inspect_dead_letters(path: str | os.PathLike[str], limit: int = 100) -> list[DeadLetter]:
    """Those in a directory, newest first, from another process than the relay's."""
    found: list[DeadLetter] = []
    for file in Path(path).glob("spool-*.db"):
        db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            rows = db.execute(
                "SELECT tenant, data, reason, at FROM dead ORDER BY id DESC LIMIT ?", (limit,)
            )
            found += [DeadLetter(*row) for row in rows]
        except sqlite3.Error as error:
            raise SpoolError(f"{file}: {error}") from error
        finally:
            db.close()
    return sorted(found, key=lambda letter: letter.at, reverse=True)[:limit]


def add_up(found: list[Stats]) -> Stats:
    """One Stats of several."""
    return Stats(
        "sqlite",
        sum(stats.rows for stats in found),
        min((stats.oldest for stats in found if stats.oldest is not None), default=None),
        sum(stats.bytes for stats in found),
        sum(stats.max_bytes for stats in found),
        sum(stats.dead for stats in found),
    )


def check_writable(path: str | os.PathLike[str]) -> list[str]:
    """What keeps a relay from using the directory."""
    if not os.access(path, os.W_OK | os.X_OK):
        return [f"{path} is not a directory that the relay may write to."]
    return []


def check_directory(path: str | os.PathLike[str]) -> list[str]:
    """What an operator has to change."""
    if problems := check_writable(path):
        return problems
    if free_bytes(path) < 2**28:
        return [f"Less than 256 MB are free below {path}."]
    return []


def _is_damaged(error: sqlite3.Error) -> bool:
    return "malformed" in str(error) or "not a database" in str(error)
