"""The store that several relays share, and the local disk while that one is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from .base import Batch, DeadLetter, SharedStore, SpoolError, SpoolFull, Stats, Store
from .grouping import Group, TaskSpool

_logger = logging.getLogger(__name__)
# Seconds between two looks whether the shared store is back.
_LOOK = 1.0

_Answer = TypeVar("_Answer")


class FallbackSpool(TaskSpool):
    """What the shared store does not take waits in SQLite, and is sent to Odoo from there. Where
    it had taken it all the same, both are sent, with one uid: Odoo keeps the first.
    """

    counts_up = False

    def __init__(self, primary: SharedStore, local: Store) -> None:
        super().__init__(local.max_bytes)
        self._primary, self._local = primary, local
        self._degraded = False
        self._looking: asyncio.Task[None] | None = None
        # Delivered while it was away: still to be deleted there.
        self._unfinished: list[tuple[Batch, Mapping[str, str] | None]] = []

    @classmethod
    async def open(cls, primary: SharedStore, local: Store) -> FallbackSpool:
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
        if batch.source[0] != self._primary.kind:
            await self._local.finish(batch, rejected)
            return
        try:
            await self._primary.finish(batch, rejected)
        except SpoolError as error:
            self._unfinished.append((batch, rejected))
            self._degrade(error)

    async def release(self, batch: Batch) -> None:
        is_shared = batch.source[0] == self._primary.kind
        await (self._primary if is_shared else self._local).release(batch)

    async def stats(self) -> Stats:
        local = await self._local.stats()
        shared = None if self._degraded else await self._ask(self._primary.stats, None)
        return both(self._primary.kind, local, shared)

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
            await self.flush_all()
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
            _logger.warning(
                "the shared spool is away: events wait on the local disk",
                extra={"spool": self._primary.kind, "why": str(error)},
            )
            self._degraded = True
            self._looking = self._loop.create_task(self._look_for_primary())

    async def _look_for_primary(self) -> None:
        while self._degraded:
            await asyncio.sleep(_LOOK)
            try:
                await self._primary.ping()
            except SpoolError:
                continue
            _logger.info("the shared spool is back", extra={"spool": self._primary.kind})
            self._degraded = False

    async def write(self, group: Group) -> None:
        if self._degraded or not await self._is_shared(group):
            await self._local.write(group)

    async def _is_shared(self, group: Group) -> bool:
        """:return: whether the shared store has it, for sure"""
        try:
            await self._primary.write(group)
        except SpoolFull:
            return False
        except SpoolError as error:
            self._degrade(error)
            return False
        return True


def both(kind: str, local: Stats, shared: Stats | None) -> Stats:
    """
    :param local: of the directory beside it
    :param shared: of the store that is shared, or None while it is away
    """
    if shared is None:
        return local._replace(backend=kind, degraded=True)
    return shared._replace(
        rows=shared.rows + local.rows,
        oldest=min((at for at in (shared.oldest, local.oldest) if at is not None), default=None),
        bytes=shared.bytes + local.bytes,
        dead=shared.dead + local.dead,
        # What the shared one has no room for waits here.
        full=local.full,
    )
