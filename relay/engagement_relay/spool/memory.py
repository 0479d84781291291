"""No spool: rows are kept until the process ends. For benchmarks and tests."""

import time

from .base import MAX_DEAD_LETTERS, DeadLetter, Row, Stats, with_repeat
from .grouping import GroupedSpool, Slot


class MemorySpool(GroupedSpool):
    """:param int max_bytes: of data; full above it"""

    def __init__(self, max_bytes=2**28):
        super().__init__(max_bytes)
        self._rows = {}
        self._taken = set()
        self._dead = []
        self._bytes = 0
        self._next = 1

    async def tenants(self):
        return sorted({slot.tenant for id_, (slot, _at) in self._rows.items() if self._free(id_)})

    async def take(self, tenant, limit):
        self.seal()
        ids = [
            id_ for id_, (slot, _at) in self._rows.items()
            if slot.tenant == tenant and self._free(id_)
        ][:limit]
        self._taken.update(ids)
        slots = [(id_, self._rows[id_][0]) for id_ in ids]
        return [Row(id_, with_repeat(slot.data, slot.repeat)) for id_, slot in slots]

    async def delete(self, ids):
        for id_ in ids:
            self._taken.discard(id_)
            if row := self._rows.pop(id_, None):
                self._bytes -= len(row[0].data)

    async def bury(self, letters):
        for id_, reason in letters:
            if id_ in self._rows:
                slot = self._rows[id_][0]
                data = with_repeat(slot.data, slot.repeat)
                self._dead.append(DeadLetter(slot.tenant, data, reason, time.time()))
        del self._dead[:-MAX_DEAD_LETTERS]
        await self.delete([id_ for id_, _reason in letters])

    async def release(self, ids):
        self._taken.difference_update(ids)

    async def stats(self):
        oldest = next((at for _slot, at in self._rows.values()), None)
        return Stats("none", len(self._rows), oldest, self._bytes, self.max_bytes, len(self._dead))

    async def dead_letters(self, limit=100):
        return self._dead[::-1][:limit]

    async def recover(self):
        pass

    async def check(self):
        return ["This spool keeps events in memory only: whatever ends the relay loses them."]

    async def close(self):
        await self.flush()
        self._closed = True

    def _free(self, id_):
        return id_ not in self._taken

    def _is_full(self):
        return self._bytes >= self.max_bytes

    def _store(self, group):
        for slot, (times, data) in group.again.items():
            if slot.place is None:
                slot = Slot(slot.tenant, data, group, 0)
                group.slots.append(slot)
            slot.repeat += times
        now = time.time()
        for slot in group.slots:
            slot.place = str(self._next)
            self._next += 1
            self._rows[slot.place] = slot, now
            self._bytes += len(slot.data)
        self._stored(group)
