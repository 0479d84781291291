"""The spool of several relays: NATS JetStream, a stream for each tenant, one consumer for all.

A message is a group's rows; work-queue retention deletes it when it is acknowledged. Its id is the
hash of what it holds, and each row holds its uid, so that what is sent again within two minutes is
no second one. Servers keep what they answered for only with ``sync_interval: always``.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from hashlib import blake2b
from typing import NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg, StreamInfo
from nats.js.errors import NoStreamResponseError, NotFoundError

from .base import (
    MAX_GROUP,
    Batch,
    DeadLetter,
    SpoolError,
    Stats,
    rejected_lines,
)
from .grouping import Group
from .nats_client import (
    CONSUMER,
    ERRORS,
    TIMEOUT,
    Link,
    dead_stream,
    ensure_stream,
    rows_consumer,
    rows_stream,
    spool_error,
    subjects,
)
from .nats_promise import check_servers, check_streams
from .shared import SharedSpool

# Messages that are read at once: what is more than asked for waits for the next batch.
_READ = 16
# Seconds to wait for messages that the consumer says it has.
_AT_HAND = 0.1
# A relay that has not said for so long that it is alive has lost its messages.
_DEAD_AFTER_MS = 60_000
# Bytes of a message: servers take 1 MB by default, headers included.
_LARGEST = 2**19
# Times that a message is sent before its rows go elsewhere, within what a customer waits.
_TRIES = 2
# Times that an acknowledgement is sent where nobody answers.
_ACKNOWLEDGED = 5


class _Entry(NamedTuple):
    number: int
    rows: int
    message: Msg

    @property
    def body(self) -> bytes:
        return self.message.data


class NatsSpool(SharedSpool[_Entry]):
    """
    :param url: nats:// or tls://, several servers with commas between them
    :param max_bytes: of messages, for each tenant
    :param namespace: what the names of all streams and subjects begin with
    :param replicas: servers that keep each message: 1, 3 or 5
    :param monitoring: see ``nats_promise.check_servers``, with commas between them
    :param dead_after_ms: see above
    """

    kind = "nats"

    def __init__(
        self,
        url: str,
        max_bytes: int = 2**30,
        namespace: str = "engagement",
        replicas: int = 3,
        monitoring: str = "",
        dead_after_ms: int = _DEAD_AFTER_MS,
    ) -> None:
        super().__init__(max_bytes)
        self._link = Link(url)
        self._namespace, self._replicas = namespace, replicas
        self._monitoring = [page for page in monitoring.split(",") if page]
        self._dead_after = dead_after_ms / 1000
        # Tenants that have a stream, those whose stream and consumer were seen to be as they
        # should, and whether that of dead letters was.
        self._known: set[str] = set()
        self._seen: set[str] = set()
        self._can_bury = False
        self._ensuring = asyncio.Lock()
        # A subscription ends with its connection.
        self._pulls: dict[str, tuple[Client, JetStreamContext.PullSubscription]] = {}
        # All messages that were read and are not finished.
        self._held: dict[str, dict[int, Msg]] = {}
        # Acknowledgements that nobody has answered.
        self._unheard: Counter[str] = Counter()

    async def write(self, group: Group) -> None:
        async with self._errors():
            stream = await self._ensured(group.tenant)
            for rows, data in _parts(group.lines()):
                await self._publish(stream, f"{self._namespace}.{group.tenant}.{rows}", data)

    @staticmethod
    async def _publish(stream: JetStreamContext, subject: str, data: bytes) -> None:
        """Under an id of its own, so that it may be sent again when nobody answers."""
        named = {"Nats-Msg-Id": blake2b(data, digest_size=16).hexdigest()}
        for again in range(_TRIES, 0, -1):
            try:
                await stream.publish(subject, data, timeout=TIMEOUT / _TRIES, headers=named)
                return
            except (asyncio.TimeoutError, NoStreamResponseError):
                if again == 1:
                    raise

    async def tenants(self) -> list[str]:
        async with self._errors():
            return [
                tenant
                for tenant in sorted(self._known)
                if self._buffers.get(tenant) or await self._waiting(tenant)
            ]

    async def _waiting(self, tenant: str) -> int:
        """:return: messages that nobody has read"""
        info = await (await self._ensured(tenant)).consumer_info(self._name(tenant), CONSUMER)
        return info.num_pending or 0

    async def _fill(self, tenant: str, buffer: list[_Entry], limit: int) -> None:
        async with self._errors():
            waiting = await self._waiting(tenant) if tenant in self._known else 0
            while waiting and sum(entry.rows for entry in buffer) < limit:
                read = await self._read(tenant, min(_READ, waiting))
                # Another relay may have been faster.
                waiting = (read[-1].message.metadata.num_pending or 0) if read else 0
                buffer += read

    async def _read(self, tenant: str, messages: int) -> list[_Entry]:
        """
        :param messages: how many there are; the library waits for as many
        :return: those that are not held already
        """
        client = await self._link.client()
        with_client, pull = self._pulls.get(tenant, (None, None))
        if pull is None or with_client is not client:
            stream = await self._ensured(tenant)
            pull = await stream.pull_subscribe_bind(CONSUMER, self._name(tenant))
            self._pulls[tenant] = client, pull
        try:
            found = await pull.fetch(messages, timeout=_AT_HAND)
        except asyncio.TimeoutError:
            return []
        held = self._held.setdefault(tenant, {})
        new: list[_Entry] = []
        for message in found:
            number = message.metadata.sequence.stream
            if number not in held:
                new.append(_Entry(number, _rows_of(message.subject), message))
            # The newest delivery is the one that is answered.
            held[number] = message
        return new

    async def finish(self, batch: Batch, rejected: Mapping[str, str] | None = None) -> None:
        held = self._held[batch.tenant]
        numbers = [entry.number for entry in batch.source[1]]
        async with self._errors():
            stream = await self._ensured(batch.tenant)
            for line, reason in rejected_lines(batch.body, rejected):
                await self._with_dead(stream)
                letter = json.dumps(reason).encode() + b"\n" + line
                await self._publish(stream, f"{self._namespace}-dead.{batch.tenant}", letter)
            await asyncio.gather(*(self._acknowledge(held, number) for number in numbers))

    async def _acknowledge(self, held: dict[int, Msg], number: int) -> None:
        if message := held.get(number):
            client = await self._link.client()
            try:
                await client.request(message.reply, b"+ACK", timeout=TIMEOUT)
            except asyncio.TimeoutError:
                self._unheard[message.reply] += 1
                if self._unheard[message.reply] < _ACKNOWLEDGED:
                    raise
                # At worst it comes again, and Odoo has it.
            self._unheard.pop(message.reply, None)
            held.pop(number, None)

    async def recover(self) -> None:
        async with self._errors():
            client = await self._link.client()
            for held in self._held.values():
                for message in held.values():
                    # Says that this relay is alive.
                    await client.publish(message.reply, b"+WPI")
            # Somebody may have deleted some, and others made some.
            self._known = set(await self._tenants())
            self._seen &= self._known
            for tenant in sorted(self._known):
                await self._recover(tenant)

    async def _recover(self, tenant: str) -> None:
        stream = await self._ensured(tenant)
        info = await stream.consumer_info(self._name(tenant), CONSUMER)
        # What a dead relay had counts as delivered, as does what living ones have.
        others = (info.num_ack_pending or 0) - len(self._held.get(tenant, ()))
        for _time in range(-(-others // _READ)):
            read = await self._read(tenant, _READ)
            self._buffers.setdefault(tenant, []).extend(read)
            if not read:
                break

    async def stats(self) -> Stats:
        found = Stats(self.kind, max_bytes=self.max_bytes)
        async with self._errors():
            stream = await self._link.jetstream()
            for tenant in await self._tenants():
                info = await stream.stream_info(self._name(tenant), subjects_filter=">")
                found = found._replace(
                    rows=found.rows + _rows_in(info),
                    bytes=found.bytes + info.state.bytes,
                    oldest=min(
                        (
                            at
                            for at in (found.oldest, await self._oldest(stream, info))
                            if at is not None
                        ),
                        default=None,
                    ),
                )
            with suppress(NotFoundError):
                info = await stream.stream_info(f"{self._namespace}-dead")
                found = found._replace(dead=info.state.messages)
        return found

    @staticmethod
    async def _oldest(stream: JetStreamContext, info: StreamInfo) -> float | None:
        if info.state.messages:
            # It may have been deleted meanwhile.
            with suppress(NotFoundError):
                first = await stream.get_msg(info.config.name or "", seq=info.state.first_seq)
                return _time_of(first)
        return None

    async def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        found: list[DeadLetter] = []
        async with self._errors():
            stream = await self._link.jetstream()
            with suppress(NotFoundError):
                name = f"{self._namespace}-dead"
                state = (await stream.stream_info(name)).state
                number = state.last_seq
                while state.messages and number >= state.first_seq and len(found) < limit:
                    found.append(_letter(await stream.get_msg(name, seq=number)))
                    number -= 1
        return found

    async def ping(self) -> None:
        async with self._errors():
            stream = await self._with_dead(await self._link.jetstream())
            # Answered by its leader: there are enough servers to have one.
            await stream.stream_info(f"{self._namespace}-dead")

    async def promise(self, synchronous: str = "FULL") -> tuple[list[str], list[str]]:
        broken: list[str] = []
        rest: list[str] = []
        if synchronous == "FULL":
            broken, rest = await check_servers(self._monitoring, self._replicas)
        async with self._errors():
            stream = await self._link.jetstream()
            more_broken, more = await check_streams(stream, self._namespace, self._replicas)
        return [*broken, *more_broken], [*rest, *more]

    async def close(self) -> None:
        if not self._closed:
            await self.flush_all()
            self._closed = True
            with suppress(SpoolError, *ERRORS):
                await self._let_go()
            await self._link.close()

    async def _let_go(self) -> None:
        """Others get at once what is held here."""
        if any(self._held.values()):
            client = await self._link.client()
            for held in self._held.values():
                for message in held.values():
                    await client.publish(message.reply, b"-NAK")
            await client.flush(timeout=1)

    @asynccontextmanager
    async def _errors(self) -> AsyncIterator[None]:
        try:
            yield
        except SpoolError:
            raise
        # While a connection ends, the library lets through what its own parts stumble over.
        except Exception as error:
            # Its streams may be gone as well: look again.
            self._seen.clear()
            self._can_bury = False
            raise spool_error(error) from error

    def _name(self, tenant: str) -> str:
        return f"{self._namespace}-{tenant}"

    async def _tenants(self) -> list[str]:
        names = await self._link.streams(subjects(self._namespace))
        return [name.removeprefix(f"{self._namespace}-") for name in names]

    async def _ensured(self, tenant: str) -> JetStreamContext:
        """:return: where a tenant's stream and consumer are"""
        stream = await self._link.jetstream()
        async with self._ensuring:
            if tenant not in self._seen:
                await ensure_stream(
                    stream,
                    rows_stream(self._namespace, tenant, self._replicas, self.max_bytes),
                )
                await stream.add_consumer(self._name(tenant), rows_consumer(self._dead_after))
                self._known.add(tenant)
                self._seen.add(tenant)
        return stream

    async def _with_dead(self, stream: JetStreamContext) -> JetStreamContext:
        if not self._can_bury:
            await ensure_stream(stream, dead_stream(self._namespace, self._replicas))
            self._can_bury = True
        return stream


def _parts(lines: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """
    :return: how many rows, and their lines, no more than fit into a message
    """
    part: list[bytes] = []
    size = 0
    for line in lines:
        if part and (size + len(line) >= _LARGEST or len(part) == MAX_GROUP):
            yield len(part), b"\n".join(part)
            part, size = [], 0
        part.append(line)
        size += len(line) + 1
    yield len(part), b"\n".join(part)


def _rows_of(subject: str) -> int:
    return int(subject.rpartition(".")[2])


def _rows_in(info: StreamInfo) -> int:
    return sum(_rows_of(name) * number for name, number in (info.state.subjects or {}).items())


def _letter(message: RawStreamMsg) -> DeadLetter:
    reason, _line_feed, line = (message.data or b"").partition(b"\n")
    tenant = (message.subject or "").rpartition(".")[2]
    return DeadLetter(tenant, line, json.loads(reason), _time_of(message) or 0.0)


def _time_of(message: RawStreamMsg) -> float | None:
    return message.time.timestamp() if message.time else None
