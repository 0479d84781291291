"""One write for all requests that wait, and one row for those that say the same."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Hashable
from typing import Any

from .base import ROWS_PER_MINUTE, SAME_WITHIN, Spool, SpoolError, SpoolFull, with_repeat

# Rows of a minute are counted in this many bytes, by the token's hash: no memory for each token,
# nothing to collect. Tokens that share a byte only reach their counting rows earlier.
_COUNTERS = 2**20


class _Shared(asyncio.Future[None]):
    """Many requests wait for it: none of them may cancel it for the others."""

    def cancel(self, msg: Any = None) -> bool:
        return False


class Slot:
    """One row. ``place`` is where its store put it, None until then."""

    __slots__ = ("data", "repeat", "group", "place")

    def __init__(self, data: bytes, group: Group, repeat: int = 1) -> None:
        self.data = data
        self.repeat = repeat
        self.group = group
        self.place: tuple[Any, ...] | None = None


class Group:
    """What is written at once, of one tenant, so that one who is full costs nobody else a row.

    :ivar tenant: 8 hex digits
    :ivar again: rows written before that were seen again, slot → [times, data]; a store that
        cannot count the slot up any more makes a new row of the data, which has a uid of its own
    """

    __slots__ = ("tenant", "future", "slots", "again")

    def __init__(self, tenant: str, loop: asyncio.AbstractEventLoop) -> None:
        self.tenant = tenant
        self.future = _Shared(loop=loop)
        self.slots: list[Slot] = []
        self.again: dict[Slot, tuple[int, bytes]] = {}

    def lines(self) -> list[bytes]:
        """Its rows as they stand in a batch, for stores that change nothing afterwards."""
        return [with_repeat(slot.data, slot.repeat) for slot in self.slots]


class GroupedSpool(Spool):
    """Base of the spools: gathers while the store is busy with the groups before.

    A store implements ``_store(group)``, which calls ``_stored(group, error)`` in the loop, and
    calls ``seal()`` before rows are taken. Everything here runs in the loop's thread.

    :cvar counts_up: rows that are written can be counted up. Where it may stay unknown whether a
        write has happened they must not be, as it could neither be done again nor left out: there
        only what waits together is one row, and what is too much of one token waits for up to
        SAME_WITHIN, to be one row as well.
    """

    counts_up = True

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._loop = asyncio.get_running_loop()
        self._open: dict[str, Group] = {}
        self._late: dict[str, Group] = {}
        self._unwritten: set[asyncio.Future[None]] = set()
        self._closed = False
        self._recent: dict[int, Slot] = {}
        self._recent_until = 0.0
        self._rows_of = bytearray(_COUNTERS)
        self._counting: dict[Hashable, Slot] = {}
        self._minute_until = 0.0

    def append(
        self, tenant: str, token: Hashable, key: Hashable, data: bytes
    ) -> asyncio.Future[None]:
        group = self._open.get(tenant) or self._begin(tenant)
        # Not the key itself, which would live on with all it holds.
        number = hash(key)
        slot = self._recent.get(number)
        if slot is not None and slot.group is not group and not self.counts_up:
            slot = None
        if slot is None:
            counter = hash(token) % _COUNTERS
            rows = self._rows_of[counter]
            if rows < ROWS_PER_MINUTE:
                self._rows_of[counter] = rows + 1
                slot = self._recent[number] = Slot(data, group)
                group.slots.append(slot)
                return group.future
            if not self.counts_up:
                group = self._late.get(tenant) or self._begin_late(tenant)
            slot = self._counting.get(token)
            if slot is None or (slot.group is not group and not self.counts_up):
                slot = self._counting[token] = Slot(data, group)
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
        if self._unwritten:
            await asyncio.wait(list(self._unwritten))

    async def flush_all(self) -> None:
        """The same, and what would still have waited for others of its token."""
        for tenant, group in list(self._late.items()):
            self._hand_over_late(tenant, group)
        await self.flush()

    def _begin(self, tenant: str) -> Group:
        if self._closed:
            raise SpoolError("closed")
        if self._is_full(tenant):
            raise SpoolFull("limit")
        now = self._loop.time()
        if now >= self._recent_until:
            self._recent.clear()
            self._recent_until = now + SAME_WITHIN
        if now >= self._minute_until:
            self._rows_of = bytearray(_COUNTERS)
            self._counting.clear()
            self._minute_until = now + 60
        if not self._unwritten and not self._open:
            # Not at once: whatever else came in this turn of the loop goes with it.
            self._loop.call_soon(self._hand_over)
        group = self._open[tenant] = Group(tenant, self._loop)
        return group

    def _begin_late(self, tenant: str) -> Group:
        group = self._late[tenant] = Group(tenant, self._loop)
        self._loop.call_later(SAME_WITHIN, self._hand_over_late, tenant, group)
        return group

    def _hand_over_late(self, tenant: str, group: Group) -> None:
        if self._late.get(tenant) is group:
            del self._late[tenant]
            self._write_down(group)

    def _hand_over(self) -> None:
        groups, self._open = self._open, {}
        for group in groups.values():
            # All that it got may have gone into a late one.
            if group.slots or group.again:
                self._write_down(group)
            else:
                group.future.set_result(None)

    def _write_down(self, group: Group) -> None:
        self._unwritten.add(group.future)
        self._store(group)

    def _stored(self, group: Group, error: BaseException | None = None) -> None:
        self._unwritten.discard(group.future)
        # Slots know their group: nothing is left for the garbage collector to stop the loop for.
        group.slots, group.again = [], {}
        if error is None:
            group.future.set_result(None)
        else:
            self.forget()
            group.future.set_exception(error)
        if not self._unwritten:
            self._hand_over()

    @abstractmethod
    def _is_full(self, tenant: str) -> bool: ...

    @abstractmethod
    def _store(self, group: Group) -> None: ...


class TaskSpool(GroupedSpool):
    """One that writes each group in a task of its own; what it writes to says when it is full."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes)
        self._tasks: set[asyncio.Task[None]] = set()

    def _is_full(self, tenant: str) -> bool:
        return False

    def _store(self, group: Group) -> None:
        task: asyncio.Task[None] = self._loop.create_task(self._write_then_tell(group))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write_then_tell(self, group: Group) -> None:
        try:
            await self.write(group)
        except SpoolError as error:
            self._stored(group, error)
        else:
            self._stored(group)

    @abstractmethod
    async def write(self, group: Group) -> None:
        """:raises SpoolError: it is not written, or nobody knows"""
