"""The spool of several relays: Redis Streams, one for each tenant, one consumer group.

An entry is a group's rows. Nothing is ever trimmed: above ``max_bytes`` the spool is full. A node
keeps what it answered for only with ``appendonly yes``, ``appendfsync always`` and
``maxmemory-policy noeviction``; ``check`` reads them. What has to outlive the node is waited for
with WAITAOF, until that many replicas have written it to their disks.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from redis.exceptions import NoScriptError, RedisError, ResponseError

from .base import (
    MAX_DEAD_LETTERS,
    Batch,
    DeadLetter,
    SpoolError,
    Stats,
    rejected_lines,
)
from .grouping import Group
from .redis_client import (
    GROUP,
    connect,
    disconnect,
    entry_body,
    read_stats,
    spool_error,
    tenants_key,
    time_of,
)
from .redis_promise import check_settings
from .redis_scripts import APPEND, APPEND_SHA, FINISH
from .shared import SharedSpool

# Entries that are read at once: what is more than asked for waits for the next batch.
_READ = 16
# A relay that has not said for so long that it is alive has lost its entries.
_DEAD_AFTER_MS = 60_000
# For replicas, together shorter than what a customer waits for the connection. Each time they are
# asked anew: one that had not written it yet when it was asked tells within a second only.
_KEPT_WITHIN_MS = (2, 3, 5, 10, 20, 40, 80, 160, 400)


class _Entry(NamedTuple):
    """:ivar is_counted_up: after it was written"""

    id: str
    rows: int
    size: int
    body: bytes
    is_counted_up: bool


class RedisSpool(SharedSpool[_Entry]):
    """
    :param url: redis://, rediss:// or unix://, or redis-sentinel:// (see ``connect``)
    :param max_bytes: of data, for each tenant
    :param consumer: this worker's name, the same after a restart if it shall find its own
        entries again at once
    :param namespace: what all keys begin with
    :param replicas: that have to have a row on their disk before it is answered
    :param dead_after_ms: see above
    """

    kind = "redis"

    def __init__(
        self,
        url: str,
        max_bytes: int = 2**30,
        consumer: str | None = None,
        namespace: str = "engagement",
        replicas: int = 0,
        dead_after_ms: int = _DEAD_AFTER_MS,
    ) -> None:
        super().__init__(max_bytes)
        # The library's own annotations mix those of its two clients.
        self._redis: Any = connect(url)
        self._finish = self._redis.register_script(FINISH)
        self._replicas = replicas
        self._consumer = consumer or f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._namespace = namespace
        self._dead_after_ms = dead_after_ms
        self._known: set[str] = set()
        self._resumed: set[str] = set()
        # All entries that were read and are not finished.
        self._held: dict[str, set[str]] = {}

    async def write(self, group: Group) -> None:
        async with self._errors():
            await self._ensure(group.tenant)
            stream, meta, *_rest = self._keys(group.tenant)
            data = b"\n".join(group.lines())
            found = await self._append(stream, meta, self.max_bytes, len(group.slots), data)
            self._see_that_it_is_kept(found)

    async def _append(self, *arguments: Any) -> list[Any]:
        """Run the script, on the connection that its replicas are then waited for."""
        found = await self._pipe(("EVALSHA", APPEND_SHA, 2, *arguments))
        if isinstance(found[0], NoScriptError):
            # A new primary, or one that was started again.
            found = await self._pipe(("EVAL", APPEND, 2, *arguments))
        return found

    async def _pipe(self, *commands: tuple[Any, ...]) -> list[Any]:
        """What the commands answer, errors included, whose texts would else hold what was sent."""
        pipe = self._redis.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        if self._replicas:
            for milliseconds in _KEPT_WITHIN_MS:
                pipe.execute_command("WAITAOF", 1, self._replicas, milliseconds)
        found: list[Any] = await pipe.execute(raise_on_error=False)
        return found

    def _see_that_it_is_kept(self, found: list[Any]) -> None:
        """:param found: answers of ``_pipe``"""
        for answer in found:
            if isinstance(answer, RedisError):
                raise answer
        if self._replicas and (found[-1][0] < 1 or found[-1][1] < self._replicas):
            raise SpoolError(f"{found[-1][1]} of {self._replicas} replicas have it on their disk")

    async def tenants(self) -> list[str]:
        async with self._errors():
            found = sorted(
                name.decode() for name in await self._redis.smembers(tenants_key(self._namespace))
            )
            pipe = self._redis.pipeline(transaction=False)
            for tenant in found:
                await self._ensure(tenant)
                stream = self._keys(tenant)[0]
                pipe.xinfo_stream(stream)
                pipe.xinfo_groups(stream)
            answers = await pipe.execute() if found else []
        waiting = []
        for tenant, stream, groups in zip(found, answers[::2], answers[1::2], strict=True):
            read = next(
                (info["last-delivered-id"] for info in groups if info["name"] == GROUP.encode()),
                None,
            )
            if self._buffers.get(tenant) or read != stream["last-generated-id"]:
                waiting.append(tenant)
        return waiting

    async def _fill(self, tenant: str, buffer: list[_Entry], limit: int) -> None:
        async with self._errors():
            while sum(entry.rows for entry in buffer) < limit:
                read = await self._read(tenant)
                if not read:
                    break
                buffer += read

    async def _read(self, tenant: str) -> list[_Entry]:
        await self._ensure(tenant)
        found = await self._redis.xreadgroup(
            GROUP, self._consumer, {self._keys(tenant)[0]: ">"}, count=_READ
        )
        return await self._entries(tenant, found[0][1] if found else [])

    async def _entries(
        self, tenant: str, found: list[tuple[bytes, dict[bytes, bytes]]]
    ) -> list[_Entry]:
        """Those that are not held already."""
        held = self._held.setdefault(tenant, set())
        new = [
            (id_.decode(), fields) for id_, fields in found if fields and id_.decode() not in held
        ]
        counts = self._keys(tenant)[3]
        pipe = self._redis.pipeline(transaction=False)
        for id_, _fields in new:
            pipe.hgetall(counts + id_)
        again = await pipe.execute() if new else []
        held.update(id_ for id_, _fields in new)
        return [
            _Entry(
                id_,
                int(fields[b"r"]),
                len(fields[b"d"]),
                entry_body(fields, {int(number): int(times) for number, times in more.items()}),
                bool(more),
            )
            for (id_, fields), more in zip(new, again, strict=True)
        ]

    async def finish(self, batch: Batch, rejected: Mapping[str, str] | None = None) -> None:
        stream, meta, dead, counts = self._keys(batch.tenant)
        entries: list[_Entry] = batch.source[1]
        args: list[Any] = [GROUP, MAX_DEAD_LETTERS, len(entries)]
        for entry in entries:
            args += [entry.id, entry.rows, entry.size]
        for line, reason in rejected_lines(batch.body, rejected):
            args += [reason, line]
        counted = (counts + entry.id for entry in entries if entry.is_counted_up)
        keys = [stream, meta, dead, *counted]
        async with self._errors():
            await self._finish(keys=keys, args=args)
        self._held[batch.tenant].difference_update(entry.id for entry in entries)

    async def recover(self) -> None:
        async with self._errors():
            names = await self._redis.smembers(tenants_key(self._namespace))
            found = {name.decode() for name in names}
            # Somebody emptied Redis: what came since is to be found.
            gone, self._known = self._known - found, self._known & found
            for tenant in found | gone:
                await self._recover(tenant)

    async def _recover(self, tenant: str) -> None:
        await self._ensure(tenant)
        stream, buffer = self._keys(tenant)[0], self._buffers.setdefault(tenant, [])
        if tenant not in self._resumed:
            buffer += await self._read_own(tenant)
            self._resumed.add(tenant)
        if held := self._held.get(tenant):
            # Says that this relay is alive.
            await self._redis.xclaim(stream, GROUP, self._consumer, 0, sorted(held), justid=True)
        _next, found, *_gone = await self._redis.xautoclaim(
            stream, GROUP, self._consumer, self._dead_after_ms, "0-0", count=_READ
        )
        buffer += await self._entries(tenant, found)
        for consumer in await self._redis.xinfo_consumers(stream, GROUP):
            if not consumer["pending"] and consumer["idle"] > 60 * self._dead_after_ms:
                await self._redis.xgroup_delconsumer(stream, GROUP, consumer["name"])

    async def _read_own(self, tenant: str) -> list[_Entry]:
        """What this relay had read before it was started again."""
        entries: list[_Entry] = []
        stream, last = self._keys(tenant)[0], "0"
        while True:
            found = await self._redis.xreadgroup(GROUP, self._consumer, {stream: last}, count=_READ)
            if not found or not found[0][1]:
                return entries
            last = found[0][1][-1][0]
            entries += await self._entries(tenant, found[0][1])

    async def stats(self) -> Stats:
        async with self._errors():
            return await read_stats(self._redis, self._namespace, self.max_bytes)

    async def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        found = []
        async with self._errors():
            for tenant in await self._redis.smembers(tenants_key(self._namespace)):
                dead = self._keys(tenant.decode())[2]
                for id_, fields in await self._redis.xrevrange(dead, count=limit):
                    found.append(
                        DeadLetter(
                            tenant.decode(), fields[b"d"], fields[b"reason"].decode(), time_of(id_)
                        )
                    )
        return sorted(found, key=lambda letter: letter.at, reverse=True)[:limit]

    async def ping(self) -> None:
        async with self._errors():
            alive = "SET", f"{self._namespace}:alive", "1"
            self._see_that_it_is_kept(await self._pipe(alive if self._replicas else ("PING",)))

    async def promise(self, synchronous: str = "FULL") -> tuple[list[str], list[str]]:
        """:return: what breaks what is configured, and what else an operator has to change"""
        return await check_settings(self._redis, self._replicas, synchronous)

    async def close(self) -> None:
        if not self._closed:
            await self.flush_all()
            self._closed = True
            await disconnect(self._redis)

    @asynccontextmanager
    async def _errors(self) -> AsyncIterator[None]:
        try:
            yield
        except RedisError as error:
            # Its streams may be gone as well: look again.
            self._known.clear()
            raise spool_error(error) from error

    def _keys(self, tenant: str) -> tuple[str, str, str, str]:
        base = f"{self._namespace}:{{{tenant}}}:"
        return base + "stream", base + "meta", base + "dead", base + "again:"

    async def _ensure(self, tenant: str) -> None:
        if tenant in self._known:
            return
        try:
            await self._redis.xgroup_create(self._keys(tenant)[0], GROUP, "0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        await self._redis.sadd(tenants_key(self._namespace), tenant)
        self._known.add(tenant)
