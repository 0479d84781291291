"""No spool: rows are kept until the process ends. For benchmarks and tests."""

import time
from collections import Counter
from collections.abc import Mapping

from .base import MAX_DEAD_LETTERS, Batch, DeadLetter, Stats, rejected_lines, with_repeat
from .grouping import Group, GroupedSpool, Slot


class MemorySpool(GroupedSpool):
    """:param max_bytes: of each tenant's data; full above it"""

    def __init__(self, max_bytes: int = 2**28) -> None:
        super().__init__(max_bytes)
        self._waiting: dict[str, list[Slot]] = {}
        self._flying = 0
        self._dead: list[DeadLetter] = []
        self._bytes: Counter[str] = Counter()

    async def tenants(self) -> list[str]:
        return sorted(tenant for tenant, slots in self._waiting.items() if slots)

    async def take(self, tenant: str, limit: int) -> Batch | None:
        self.seal()
        slots = self._waiting.get(tenant, [])
        taken, self._waiting[tenant] = slots[:limit], slots[limit:]
        if not taken:
            return None
        self._flying += len(taken)
        lines = [with_repeat(slot.data, slot.repeat) for slot in taken]
        return Batch(tenant, len(taken), b"\n".join(lines) + b"\n", tuple(taken))

    async def finish(self, batch: Batch, rejected: Mapping[str, str] | None = None) -> None:
        now = time.time()
        self._dead += [
            DeadLetter(batch.tenant, line, reason, now)
            for line, reason in rejected_lines(batch.body, rejected)
        ]
        del self._dead[:-MAX_DEAD_LETTERS]
        self._flying -= batch.rows
        self._bytes[batch.tenant] -= sum(len(slot.data) for slot in batch.source)

    async def release(self, batch: Batch) -> None:
        self._flying -= batch.rows
        self._waiting[batch.tenant][:0] = batch.source

    async def stats(self) -> Stats:
        rows = self._flying + sum(map(len, self._waiting.values()))
        return Stats(
            "none",
            rows,
            None,
            self._bytes.total(),
            self.max_bytes,
            len(self._dead),
            full=tuple(tenant for tenant in self._bytes if self._is_full(tenant)),
        )

    async def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        return self._dead[::-1][:limit]

    async def recover(self) -> None:
        pass

    async def check(self) -> list[str]:
        return ["This spool keeps events in memory only: whatever ends the relay loses them."]

    async def close(self) -> None:
        await self.flush()
        self._closed = True

    def _is_full(self, tenant: str) -> bool:
        return self._bytes[tenant] >= self.max_bytes

    def _store(self, group: Group) -> None:
        for slot, (times, data) in group.again.items():
            if slot.place is None:
                slot = Slot(data, group, 0)
                group.slots.append(slot)
            slot.repeat += times
        for slot in group.slots:
            slot.place = ()
            self._waiting.setdefault(group.tenant, []).append(slot)
            self._bytes[group.tenant] += len(slot.data)
        self._stored(group)
