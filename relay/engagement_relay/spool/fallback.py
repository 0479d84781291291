"""Redis, and the local disk while Redis is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from redis.exceptions import RedisError

from .base import Batch, DeadLetter, SpoolError, SpoolFull, Stats, Store
from .grouping import Group, GroupedSpool, Slot
from .redis import RedisSpool, is_entry
from .redis_client import connect, read_stats

_logger = logging.getLogger(__name__)
# Seconds between two looks whether Redis is back.
_LOOK = 1.0

_Answer = TypeVar("_Answer")


class FallbackSpool(GroupedSpool):
    """What Redis does not take waits in SQLite, and is sent to Odoo from there."""

    def __init__(self, primary: RedisSpool, local: Store) -> None:
        super().__init__(local.max_bytes)
        self._primary, self._local = primary, local
        self._degraded = False
        self._looking: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        # Delivered while Redis was away: still to be deleted there.
        self._unfinished: list[tuple[Batch, Mapping[str, str] | None]] = []

    @classmethod
    async def open(cls, primary: RedisSpool, local: Store) -> FallbackSpool:
        spool = cls(primary, local)
        try:
            await primary.ping()
        except SpoolError as error:
            spool._degrade(error)
        return spool

    async def tenants(self) -> list[str]:
        found = set(await self._local.tenants())
        if not self._degraded:
            found.update(await self._ask(self._primary.tenants, []))
        return sorted(found)

    async def take(self, tenant: str, limit: int) -> Batch | None:
        self.seal()
        await self.flush()
        batch = await self._local.take(tenant, limit)
        if batch is None and not self._degraded:
            batch = await self._ask(lambda: self._primary.take(tenant, limit), None)
        return batch

    async def finish(self, batch: Batch, rejected: Mapping[str, str] | None = None) -> None:
        if batch.source[0] != "redis":
            await self._local.finish(batch, rejected)
            return
        try:
            await self._primary.finish(batch, rejected)
        except SpoolError as error:
            self._unfinished.append((batch, rejected))
            self._degrade(error)

    async def release(self, batch: Batch) -> None:
        owner: Store = self._primary if batch.source[0] == "redis" else self._local
        await owner.release(batch)

    async def stats(self) -> Stats:
        local = await self._local.stats()
        shared = None if self._degraded else await self._ask(self._primary.stats, None)
        return both(local, shared)

    async def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        found = await self._local.dead_letters(limit)
        if not self._degraded:
            found += await self._ask(lambda: self._primary.dead_letters(limit), [])
        return sorted(found, key=lambda letter: letter.at, reverse=True)[:limit]

    async def recover(self) -> None:
        await self._local.recover()
        if self._degraded:
            return
        while self._unfinished and not self._degraded:
            await self.finish(*self._unfinished.pop())
        await self._ask(self._primary.recover, None)

    async def check(self) -> list[str]:
        return [*await self._primary.check(), *await self._local.check()]

    async def close(self) -> None:
        if not self._closed:
            await self.flush()
            self._closed = True
            if self._looking:
                self._looking.cancel()
            await self._local.close()
            await self._primary.close()

    async def _ask(self, question: Callable[[], Awaitable[_Answer]], default: _Answer) -> _Answer:
        try:
            return await question()
        except SpoolError as error:
            self._degrade(error)
            return default

    def _degrade(self, error: SpoolError) -> None:
        if not self._degraded:
            _logger.warning("Redis does not answer (%s): events wait on the local disk", error)
            self._degraded = True
            self._looking = self._loop.create_task(self._look_for_redis())

    async def _look_for_redis(self) -> None:
        while self._degraded:
            await asyncio.sleep(_LOOK)
            try:
                await self._primary.ping()
            except SpoolError:
                continue
            _logger.info("Redis is back")
            self._degraded = False

    def _is_full(self) -> bool:
        return False

    def _store(self, group: Group) -> None:
        task = self._loop.create_task(self._write(group))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _without_entries(self, group: Group) -> Group:
        """The same group; rows that would be counted up in Redis are new ones."""
        for slot, (times, data) in list(group.again.items()):
            if is_entry(slot.place):
                del group.again[slot]
                group.slots.append(Slot(slot.tenant, data, group, times))
                self.forget()
        return group

    async def _write(self, group: Group) -> None:
        if not self._degraded:
            try:
                if not await self._primary.write(group):
                    self.forget()
            except SpoolFull:
                pass
            except SpoolError as error:
                self._degrade(error)
            else:
                self._stored(group)
                return
        try:
            await self._local.write(self._without_entries(group))
        except SpoolError as error:
            self._stored(group, error)
        else:
            self._stored(group)


def both(local: Stats, shared: Stats | None) -> Stats:
    """:param shared: of Redis, or None while it is away"""
    if shared is None:
        return local._replace(backend="redis", degraded=True)
    return shared._replace(
        rows=shared.rows + local.rows,
        oldest=min((at for at in (shared.oldest, local.oldest) if at is not None), default=None),
        bytes=shared.bytes + local.bytes,
        dead=shared.dead + local.dead,
        # What Redis has no room for waits here.
        full=local.full,
    )


async def inspect(local: Stats, url: str, namespace: str, max_bytes: int) -> Stats:
    """
    :param local: of the directory beside it
    :param max_bytes: of each tenant in Redis
    """
    client = connect(url)
    try:
        return both(local, await read_stats(client, namespace, max_bytes))
    except RedisError:
        return both(local, None)
    finally:
        await client.aclose()
