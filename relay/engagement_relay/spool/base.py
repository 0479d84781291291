"""What every spool offers: events wait here, durable, from the answer until Odoo has them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ..protocol.observation import MAX_REPEAT

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Hashable, Mapping

    from .grouping import Group

# Rows that are written, taken and acknowledged together.
MAX_GROUP = 250
# Of one token within a minute; one counting row takes the rest, so that a loop on a valid pixel
# cannot fill the spool.
ROWS_PER_MINUTE = 20
# Seconds in which identical observations become one row: not longer than a batch to Odoo may wait,
# so that a second look minutes later stays a second event however long Odoo is away.
SAME_WITHIN = 0.5
# The last ones are kept.
MAX_DEAD_LETTERS = 10_000


class SpoolError(Exception):
    """The event could not be kept; the text says why, without any of its data."""


class SpoolFull(SpoolError):
    """The tenant's limit is reached, or the disk is full. The visitor is answered all the same."""


class Batch(NamedTuple):
    """Rows on their way to Odoo.

    :ivar tenant: 8 hex digits
    :ivar rows: how many
    :ivar body: their JSON, a line each, with ``repeat`` where it was seen more than once
    :ivar source: where the spool finds them again, for itself only
    """

    tenant: str
    rows: int
    body: bytes
    source: tuple[Any, ...]


class DeadLetter(NamedTuple):
    tenant: str
    data: bytes
    reason: str
    at: float


class Stats(NamedTuple):
    """:ivar rows: waiting or on their way
    :ivar oldest: unix seconds of the first of them
    :ivar bytes: of their data; ``max_bytes`` is where it is full for a tenant
    :ivar dead: dead letters
    :ivar degraded: the shared store is away, rows wait on the local disk
    :ivar full: tenants whose new events are dropped
    """

    backend: str
    rows: int = 0
    oldest: float | None = None
    bytes: int = 0
    max_bytes: int = 0
    dead: int = 0
    degraded: bool = False
    full: tuple[str, ...] = ()


class Spool(Protocol):
    """Used from one event loop.

    What was delivered is the sum of ``repeat`` over the rows (1 where it does not stand): identical
    observations that wait together are one row. A row that was taken is never changed any more.
    After a crash rows come again under the same uid; Odoo keeps the first.
    """

    def append(
        self, tenant: str, token: Hashable, key: Hashable, data: bytes
    ) -> asyncio.Future[None]:
        """Keep one observation. A plain function, so that the hot path makes one coroutine less.

        :param tenant: 8 hex digits
        :param token: what the limit per minute counts
        :param key: equal for identical observations: token, method, address, agent
        :param data: JSON object in one line, without ``repeat``
        :return: done when the observation survives a power cut; shared with others, so that
            cancelling one waiting request takes effect only then
        :raises SpoolError: by the call or by awaiting
        """

    async def tenants(self) -> list[str]:
        """Those with rows to take."""

    async def take(self, tenant: str, limit: int) -> Batch | None:
        """The oldest rows, on their way from now on.

        :param limit: rows; whole groups are taken, so up to MAX_GROUP - 1 more may come
        """

    async def finish(self, batch: Batch, rejected: Mapping[str, str] | None = None) -> None:
        """Odoo has them, or does not want them.

        :param rejected: uid → reason; those become dead letters
        """

    async def release(self, batch: Batch) -> None:
        """Sending failed: the same rows come again with the next ``take``."""

    async def stats(self) -> Stats: ...

    async def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """Newest first."""

    async def recover(self) -> None:
        """Take over what dead workers left. Cheap, to be called every few seconds."""

    async def check(self) -> list[str]:
        """What is wrong with the store's settings, in words for the operator."""

    async def close(self) -> None:
        """Write what waits, then let go of the store."""


class Store(Spool, Protocol):
    """A spool that another one writes to, in groups that the other has gathered.

    :ivar max_bytes: of data, where it is full for a tenant
    """

    max_bytes: int

    async def write(self, group: Group) -> None:
        """:raises SpoolError: it is not known to be written"""


class SharedStore(Store, Protocol):
    """One that several relays write to, over a network: it may be away, and whether a write that
    was not answered has happened is not known.

    :ivar kind: how a batch says that it comes from here
    """

    kind: str

    async def ping(self) -> None:
        """:raises SpoolError: it cannot keep what it is given just now"""

    async def promise(self, synchronous: str = "FULL") -> tuple[list[str], list[str]]:
        """What an operator has to change: what breaks the promise that is configured, so that no
        relay starts, and the rest.

        :param synchronous: FULL where events are to survive a power cut, else NORMAL
        """


def with_repeat(data: bytes, repeat: int) -> bytes:
    """:param data: a JSON object that is not empty"""
    return data if repeat == 1 else b'%b,"repeat":%d}' % (data[:-1], min(repeat, MAX_REPEAT))


def rejected_lines(body: bytes, rejected: Mapping[str, str] | None) -> list[tuple[bytes, str]]:
    """The lines of a batch that are to be buried, with reasons."""
    found: list[tuple[bytes, str]] = []
    if not rejected:
        return found
    for line in body.splitlines():
        reason = rejected.get(json.loads(line).get("uid"))
        if reason is not None:
            found.append((line, str(reason)[:200]))
    return found
