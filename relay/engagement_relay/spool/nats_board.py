"""The board in NATS: a stream that keeps the last of each name, and messages that nobody keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig

from .board import Board
from .nats_client import ERRORS, Link, ensure_stream, spool_error

# Seconds to wait for a message that is there.
_AT_HAND = 0.01


class NatsBoard(Board):
    """
    :param url: see ``nats_client.Link``
    :param namespace: what the names of stream and subjects begin with
    :param replicas: servers that keep each text
    """

    def __init__(self, url: str, namespace: str, replicas: int) -> None:
        self._link = Link(url)
        self._namespace, self._replicas = namespace, replicas
        self._is_there = False
        self._hearing: tuple[Client, Subscription] | None = None

    async def put(self, name: str, text: bytes) -> None:
        async with self._errors():
            await self._ensure()
            stream = await self._link.jetstream()
            await stream.publish(f"{self._namespace}-texts.{name}", text)

    async def texts(self) -> dict[str, bytes]:
        async with self._errors():
            await self._ensure()
            stream = await self._link.jetstream()
            info = await stream.stream_info(self._stream, subjects_filter=">")
            found = {}
            for subject in info.state.subjects or {}:
                message = await stream.get_last_msg(self._stream, subject)
                found[subject.rpartition(".")[2]] = message.data or b""
        return found

    async def tell(self, message: bytes) -> None:
        async with self._errors():
            client = await self._link.client()
            await client.publish(f"{self._namespace}-told", message)

    async def heard(self) -> list[bytes]:
        found: list[bytes] = []
        async with self._errors():
            client = await self._link.client()
            if self._hearing is None or self._hearing[0] is not client:
                self._hearing = client, await client.subscribe(f"{self._namespace}-told")
            while self._hearing[1].pending_msgs:
                found.append((await self._hearing[1].next_msg(_AT_HAND)).data)
        return found

    async def close(self) -> None:
        await self._link.close()

    @property
    def _stream(self) -> str:
        return f"{self._namespace}-texts"

    async def _ensure(self) -> None:
        if not self._is_there:
            config = StreamConfig(
                name=self._stream,
                subjects=[f"{self._namespace}-texts.*"],
                retention=RetentionPolicy.LIMITS,
                discard=DiscardPolicy.OLD,
                storage=StorageType.FILE,
                num_replicas=self._replicas,
                max_msgs_per_subject=1,
            )
            await ensure_stream(await self._link.jetstream(), config)
            self._is_there = True

    @asynccontextmanager
    async def _errors(self) -> AsyncIterator[None]:
        try:
            yield
        except ERRORS as error:
            self._is_there = False
            raise spool_error(error) from error
