"""What the stores have in common that several relays write to, over a network."""

from __future__ import annotations

from abc import abstractmethod
from typing import Generic, Protocol, TypeVar

from .base import Batch, SharedStore
from .grouping import TaskSpool


class Entry(Protocol):
    """Rows that were written at once, and are read and finished together."""

    @property
    def rows(self) -> int: ...

    @property
    def body(self) -> bytes: ...


_Entry = TypeVar("_Entry", bound=Entry)


class SharedSpool(TaskSpool, SharedStore, Generic[_Entry]):
    """Reads whole entries; those beyond what a batch takes wait for the next one."""

    counts_up = False

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes)
        # Entries read and not on their way yet.
        self._buffers: dict[str, list[_Entry]] = {}

    async def take(self, tenant: str, limit: int) -> Batch | None:
        self.seal()
        await self.flush()
        buffer = self._buffers.setdefault(tenant, [])
        await self._fill(tenant, buffer, limit)
        total = 0
        taken: list[_Entry] = []
        while buffer and total < limit:
            taken.append(buffer.pop(0))
            total += taken[-1].rows
        if not taken:
            return None
        body = b"\n".join([entry.body for entry in taken]) + b"\n"
        return Batch(tenant, total, body, (self.kind, taken))

    async def release(self, batch: Batch) -> None:
        self._buffers.setdefault(batch.tenant, [])[:0] = batch.source[1]

    async def check(self) -> list[str]:
        broken, rest = await self.promise()
        return [*broken, *rest]

    @abstractmethod
    async def _fill(self, tenant: str, buffer: list[_Entry], limit: int) -> None:
        """Read entries into a tenant's buffer, until it has `limit` rows or there are no more.

        :raises SpoolError: they cannot be read
        """
