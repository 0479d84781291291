"""A disk that is full when the relay starts must not keep it from answering."""

import asyncio
import logging
from collections.abc import Callable, Hashable, Mapping

from .base import Batch, DeadLetter, SpoolFull, Stats, Store
from .grouping import Group

_logger = logging.getLogger(__name__)


class LateStore(Store):
    """Full until its store can be opened, then what that is.

    :param open_: tried at each ``recover``; raises SpoolFull while there is no room
    """

    def __init__(self, open_: Callable[[], Store], max_bytes: int) -> None:
        self._open, self.max_bytes = open_, max_bytes
        self._store: Store | None = None

    def _opened(self) -> Store:
        if self._store is None:
            raise SpoolFull("not open")
        return self._store

    def append(
        self, tenant: str, token: Hashable, key: Hashable, data: bytes
    ) -> asyncio.Future[None]:
        return self._opened().append(tenant, token, key, data)

    async def write(self, group: Group) -> None:
        await self._opened().write(group)

    async def tenants(self) -> list[str]:
        return await self._store.tenants() if self._store else []

    async def take(self, tenant: str, limit: int) -> Batch | None:
        return await self._store.take(tenant, limit) if self._store else None

    async def finish(self, batch: Batch, rejected: Mapping[str, str] | None = None) -> None:
        await self._opened().finish(batch, rejected)

    async def release(self, batch: Batch) -> None:
        await self._opened().release(batch)

    async def stats(self) -> Stats:
        if self._store:
            return await self._store.stats()
        return Stats("sqlite", max_bytes=self.max_bytes, full=("all",))

    async def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        return await self._store.dead_letters(limit) if self._store else []

    async def recover(self) -> None:
        if self._store is None:
            try:
                self._store = self._open()
            except SpoolFull:
                return
            _logger.info("the spool is open")
        await self._store.recover()

    async def check(self) -> list[str]:
        return await self._store.check() if self._store else []

    async def close(self) -> None:
        if self._store:
            await self._store.close()
