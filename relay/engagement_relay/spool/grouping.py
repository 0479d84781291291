"""One write for all requests that wait, and one row for those that say the same."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Hashable
from typing import Any

from .base import ROWS_PER_MINUTE, SAME_WITHIN, Spool, SpoolError, SpoolFull

# Rows of a minute are counted in this many bytes, by the token's hash: no memory for each token,
# nothing to collect. Tokens that share a byte only reach their counting rows earlier.
_COUNTERS = 2**20


class _Shared(asyncio.Future[None]):
    """Many requests wait for it: none of them may cancel it for the others."""

    def cancel(self, msg: Any = None) -> bool:
        return False


class Slot:
    """One row. ``place`` is where its store put it, None until then."""

    __slots__ = ("tenant", "data", "repeat", "group", "place")

    def __init__(self, tenant: str, data: bytes, group: Group, repeat: int = 1) -> None:
        self.tenant = tenant
        self.data = data
        self.repeat = repeat
        self.group = group
        self.place: tuple[Any, ...] | None = None


class Group:
    """What is written at once: new rows, and how often rows written before were seen again.

    :ivar again: slot → [times, data]; a store that cannot count the slot up any more makes
        a new row of the data, which has a uid of its own
    """

    __slots__ = ("future", "slots", "again")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.future = _Shared(loop=loop)
        self.slots: list[Slot] = []
        self.again: dict[Slot, tuple[int, bytes]] = {}


class GroupedSpool(Spool):
    """Base of the spools: gathers while the store is busy with the group before.

    A store implements ``_store(group)``, which calls ``_stored(group, error)`` in the loop, and
    calls ``seal()`` before rows are taken. Everything here runs in the loop's thread.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._loop = asyncio.get_running_loop()
        self._open: Group | None = None
        self._last: asyncio.Future[None] | None = None
        self._writing = 0
        self._closed = False
        self._recent: dict[int, Slot] = {}
        self._recent_until = 0.0
        self._rows_of = bytearray(_COUNTERS)
        self._counting: dict[Hashable, Slot] = {}
        self._minute_until = 0.0

    def append(
        self, tenant: str, token: Hashable, key: Hashable, data: bytes
    ) -> asyncio.Future[None]:
        group = self._open or self._begin()
        # Not the key itself, which would live on with all it holds.
        number = hash(key)
        slot = self._recent.get(number)
        if slot is None:
            counter = hash(token) % _COUNTERS
            rows = self._rows_of[counter]
            if rows < ROWS_PER_MINUTE:
                self._rows_of[counter] = rows + 1
                slot = self._recent[number] = Slot(tenant, data, group)
                group.slots.append(slot)
                return group.future
            slot = self._counting.get(token)
            if slot is None:
                slot = self._counting[token] = Slot(tenant, data, group)
                group.slots.append(slot)
                return group.future
        if slot.group is group:
            slot.repeat += 1
        elif slot in group.again:
            times, line = group.again[slot]
            group.again[slot] = times + 1, line
        else:
            group.again[slot] = 1, data
        return group.future

    def seal(self) -> None:
        """What is known so far may be taken now: what comes later counts nothing of it up."""
        self.forget()
        self._hand_over()

    def forget(self) -> None:
        """Nothing that is written may be counted up any more."""
        self._recent.clear()
        self._counting.clear()

    async def flush(self) -> None:
        """Until everything appended so far is written, or refused."""
        self._hand_over()
        while self._writing and self._last:
            await asyncio.wait([self._last])

    def _begin(self) -> Group:
        if self._closed:
            raise SpoolError("closed")
        if self._is_full():
            raise SpoolFull("limit")
        now = self._loop.time()
        if now >= self._recent_until:
            self._recent.clear()
            self._recent_until = now + SAME_WITHIN
        if now >= self._minute_until:
            self._rows_of = bytearray(_COUNTERS)
            self._counting.clear()
            self._minute_until = now + 60
        group = self._open = Group(self._loop)
        if not self._writing:
            # Not at once: whatever else came in this turn of the loop goes with it.
            self._loop.call_soon(self._hand_over)
        return group

    def _hand_over(self) -> None:
        group, self._open = self._open, None
        if group is not None:
            self._writing += 1
            self._last = group.future
            self._store(group)

    def _stored(self, group: Group, error: BaseException | None = None) -> None:
        self._writing -= 1
        # Slots know their group: nothing is left for the garbage collector to stop the loop for.
        group.slots, group.again = [], {}
        if error is None:
            group.future.set_result(None)
        else:
            self.forget()
            group.future.set_exception(error)
        if not self._writing:
            self._hand_over()

    @abstractmethod
    def _is_full(self) -> bool: ...

    @abstractmethod
    def _store(self, group: Group) -> None: ...
