"""The spool of several relays: Redis Streams, one for each tenant, one consumer group.

An entry is a group's rows of a tenant. Nothing is ever trimmed: above ``max_bytes`` the spool is
full. Redis keeps what it answered for only with ``appendonly yes``, ``appendfsync always`` and
``maxmemory-policy noeviction``; ``check`` reads them.
"""

import os
import secrets
import socket
from contextlib import asynccontextmanager

from redis.exceptions import RedisError, ResponseError

from .base import MAX_DEAD_LETTERS, Batch, DeadLetter, SpoolError, rejected_lines
from .grouping import GroupedSpool
from .redis_client import (
    GROUP,
    check_settings,
    connect,
    entry_body,
    read_stats,
    spool_error,
    tenants_key,
    time_of,
)
from .redis_scripts import APPEND, FINISH

# Entries that are read at once: what is more than asked for waits for the next batch.
_READ = 16
# A relay that has not said for so long that it is alive has lost its entries.
_DEAD_AFTER_MS = 60_000


def is_entry(place):
    return place is not None and isinstance(place[0], str)


class RedisSpool(GroupedSpool):
    """
    :param str url: redis://, rediss:// or unix://
    :param int max_bytes: of data, for each tenant
    :param str consumer: this worker's name, the same after a restart if it shall find its own
        entries again at once
    :param str namespace: what all keys begin with
    :param int dead_after_ms: see above
    """

    def __init__(
        self,
        url,
        max_bytes=2**30,
        consumer=None,
        namespace="engagement",
        dead_after_ms=_DEAD_AFTER_MS,
    ):
        super().__init__(max_bytes)
        self._redis = connect(url)
        self._append, self._finish = map(self._redis.register_script, (APPEND, FINISH))
        self._consumer = consumer or f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._namespace = namespace
        self._dead_after_ms = dead_after_ms
        self._known = set()
        self._resumed = set()
        self._tasks = set()
        # Entries read and not on their way yet, and all that were read and are not finished.
        self._buffers = {}
        self._held = {}

    async def write(self, group):
        """
        :return: False when rows that were to be counted up had been read already
        :raises SpoolError: it is not known to be written
        """
        in_time, tenants = True, {}
        for slot in group.slots:
            tenants.setdefault(slot.tenant, ([], []))[0].append(slot)
        for slot, (times, data) in group.again.items():
            tenants.setdefault(slot.tenant, ([], []))[1].append((slot, times, data))
        for tenant, (slots, again) in tenants.items():
            async with self._errors():
                in_time &= await self._write_tenant(tenant, slots, again)
        return in_time

    async def _write_tenant(self, tenant, slots, again):
        await self._ensure(tenant)
        stream, meta, _dead, counts = self._keys(tenant)
        repeats = ",".join(
            f"{number}:{slot.repeat}" for number, slot in enumerate(slots) if slot.repeat > 1
        )
        data = b"\n".join([slot.data for slot in slots])
        args = [GROUP, self.max_bytes, len(slots), repeats, data]
        keys = [stream, meta]
        for slot, times, line in again:
            # Rows that are not in Redis count as read.
            entry, number = slot.place if is_entry(slot.place) else ("0-0", 0)
            keys.append(counts + entry)
            args += [entry, number, times, line]
        entry, late = await self._append(keys=keys, args=args)
        if entry:
            entry = entry.decode()
            for number, slot in enumerate(slots):
                slot.place = entry, number
        return not late

    async def tenants(self):
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

    async def take(self, tenant, limit):
        self.seal()
        await self.flush()
        buffer = self._buffers.setdefault(tenant, [])
        async with self._errors():
            while sum(entry[1] for entry in buffer) < limit:
                read = await self._read(tenant)
                if not read:
                    break
                buffer += read
        taken, total = [], 0
        while buffer and total < limit:
            taken.append(buffer.pop(0))
            total += taken[-1][1]
        if not taken:
            return None
        body = b"\n".join([entry[3] for entry in taken]) + b"\n"
        return Batch(tenant, total, body, ("redis", taken))

    async def _read(self, tenant):
        await self._ensure(tenant)
        found = await self._redis.xreadgroup(
            GROUP, self._consumer, {self._keys(tenant)[0]: ">"}, count=_READ
        )
        return await self._entries(tenant, found[0][1] if found else [])

    async def _entries(self, tenant, found):
        """:return: (id, rows, bytes, body, was counted up) of each that is not held already"""
        held = self._held.setdefault(tenant, set())
        found = [
            (id_.decode(), fields) for id_, fields in found if fields and id_.decode() not in held
        ]
        counts = self._keys(tenant)[3]
        pipe = self._redis.pipeline(transaction=False)
        for id_, _fields in found:
            pipe.hgetall(counts + id_)
        again = await pipe.execute() if found else []
        held.update(id_ for id_, _fields in found)
        return [
            (
                id_,
                int(fields[b"r"]),
                len(fields[b"d"]),
                entry_body(fields, {int(number): int(times) for number, times in more.items()}),
                bool(more),
            )
            for (id_, fields), more in zip(found, again, strict=True)
        ]

    async def finish(self, batch, rejected=None):
        stream, meta, dead, counts = self._keys(batch.tenant)
        entries = batch.source[1]
        args = [GROUP, MAX_DEAD_LETTERS, len(entries)]
        for id_, rows, size, _body, _more in entries:
            args += [id_, rows, size]
        for line, reason in rejected_lines(batch.body, rejected):
            args += [reason, line]
        keys = [stream, meta, dead, *(counts + entry[0] for entry in entries if entry[4])]
        async with self._errors():
            await self._finish(keys=keys, args=args)
        self._held[batch.tenant].difference_update(entry[0] for entry in entries)

    async def release(self, batch):
        self._buffers.setdefault(batch.tenant, [])[:0] = batch.source[1]

    async def recover(self):
        async with self._errors():
            names = await self._redis.smembers(tenants_key(self._namespace))
            found = {name.decode() for name in names}
            # Somebody emptied Redis: what came since is to be found.
            gone, self._known = self._known - found, self._known & found
            for tenant in found | gone:
                await self._recover(tenant)

    async def _recover(self, tenant):
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

    async def _read_own(self, tenant):
        """What this relay had read before it was started again."""
        stream, entries, last = self._keys(tenant)[0], [], "0"
        while True:
            found = await self._redis.xreadgroup(GROUP, self._consumer, {stream: last}, count=_READ)
            if not found or not found[0][1]:
                return entries
            last = found[0][1][-1][0]
            entries += await self._entries(tenant, found[0][1])

    async def stats(self):
        async with self._errors():
            return await read_stats(self._redis, self._namespace, self.max_bytes)

    async def dead_letters(self, limit=100):
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

    async def ping(self):
        async with self._errors():
            await self._redis.ping()

    async def check(self):
        return await check_settings(self._redis)

    async def close(self):
        if not self._closed:
            await self.flush()
            self._closed = True
            await self._redis.aclose()

    @asynccontextmanager
    async def _errors(self):
        try:
            yield
        except RedisError as error:
            # Its streams may be gone as well: look again.
            self._known.clear()
            raise spool_error(error) from error

    def _keys(self, tenant):
        base = f"{self._namespace}:{{{tenant}}}:"
        return base + "stream", base + "meta", base + "dead", base + "again:"

    async def _ensure(self, tenant):
        if tenant in self._known:
            return
        try:
            await self._redis.xgroup_create(self._keys(tenant)[0], GROUP, "0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        await self._redis.sadd(tenants_key(self._namespace), tenant)
        self._known.add(tenant)

    def _is_full(self):
        return False

    def _store(self, group):
        task = self._loop.create_task(self._write_then_tell(group))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write_then_tell(self, group):
        try:
            if not await self.write(group):
                self.forget()
        except SpoolError as error:
            self._stored(group, error)
        else:
            self._stored(group)
