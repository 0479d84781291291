"""The connection to NATS, and what its streams are."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import suppress

from nats.aio.client import Client
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import APIError

from .base import MAX_DEAD_LETTERS, SpoolError, SpoolFull

CONSUMER = "relay"
# Seconds after which a customer does not wait any more and rows go elsewhere.
TIMEOUT = 1.0
# Seconds in which a message that comes again under its id is no second one.
_DUPLICATES = 120.0
# What JetStream answers when max_bytes or an account's storage is used up.
_FULL = (10077, 10047, 10023)
# A stream of this name is there, with other settings.
_DIFFERS = 10058
# What can go wrong on the way.
ERRORS = (Error, OSError, asyncio.TimeoutError)


class Link:
    """A connection that is made anew when it is used after it was lost, to whichever server
    answers. The library's own reconnecting would send later what nobody waits for any more.

    :param url: of the servers, with commas between them
    """

    def __init__(self, url: str) -> None:
        self._servers = [server.strip() for server in url.split(",")]
        self._client: Client | None = None
        self._connecting = asyncio.Lock()

    async def client(self) -> Client:
        """:raises SpoolError: nobody answers"""
        async with self._connecting:
            if self._client is None or not self._client.is_connected:
                await self.close()
                self._client = await self._connect()
            return self._client

    async def jetstream(self) -> JetStreamContext:
        """:raises SpoolError: nobody answers"""
        return (await self.client()).jetstream(timeout=TIMEOUT)

    async def streams(self, subject: str) -> list[str]:
        """Names of those with such a subject, which the leader knows without asking the others."""
        client, found = await self.client(), list[str]()
        while True:
            asked = json.dumps({"subject": subject, "offset": len(found)}).encode()
            answer = await client.request("$JS.API.STREAM.NAMES", asked, timeout=TIMEOUT)
            page = json.loads(answer.data).get("streams") or []
            found += page
            if not page:
                return found

    async def close(self) -> None:
        if self._client is not None:
            await _end(self._client)
            self._client = None

    async def _connect(self) -> Client:
        error: BaseException | None = None
        for server in random.sample(self._servers, len(self._servers)):
            client = Client()
            try:
                await asyncio.wait_for(
                    client.connect(
                        server,
                        name="engagement-relay",
                        allow_reconnect=False,
                        connect_timeout=1,
                        # A server that says nothing is left after two to four seconds.
                        ping_interval=2,
                        max_outstanding_pings=1,
                        error_cb=_ignore,
                    ),
                    TIMEOUT,
                )
            except ERRORS as found:
                error = found
                await _end(client)
            else:
                return client
        raise SpoolError(f"NATS: {type(error).__name__}") from error


async def _ignore(_error: Exception) -> None:
    """Whoever waits is told: the library would write it into the log as well."""


async def _end(client: Client) -> None:
    with suppress(*ERRORS):
        await asyncio.wait_for(client.close(), TIMEOUT)


def spool_error(error: BaseException) -> SpoolError:
    """Without the address of the server in its text."""
    if isinstance(error, APIError):
        text = f"NATS: {error.description or error.err_code}"[:80]
        return SpoolFull(text) if error.err_code in _FULL else SpoolError(text)
    return SpoolError(f"NATS: {type(error).__name__}")


def subjects(namespace: str, tenant: str = "*") -> str:
    """Of rows; the last part says how many a message holds."""
    return f"{namespace}.{tenant}.*"


def rows_stream(namespace: str, tenant: str, replicas: int, max_bytes: int) -> StreamConfig:
    """A tenant's rows: each is deleted when it is acknowledged, and refused when there are too
    many, never thrown away for newer ones.
    """
    return StreamConfig(
        name=f"{namespace}-{tenant}",
        subjects=[subjects(namespace, tenant)],
        retention=RetentionPolicy.WORK_QUEUE,
        discard=DiscardPolicy.NEW,
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_bytes=max_bytes,
        duplicate_window=_DUPLICATES,
    )


def dead_stream(namespace: str, replicas: int) -> StreamConfig:
    """What Odoo rejected, the last ones of all tenants."""
    return StreamConfig(
        name=f"{namespace}-dead",
        subjects=[f"{namespace}-dead.*"],
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.OLD,
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_msgs=MAX_DEAD_LETTERS,
        duplicate_window=_DUPLICATES,
    )


def rows_consumer(dead_after: float) -> ConsumerConfig:
    """One for all relays: each message goes to one of them, and to another one when that has not
    said for so long that it is alive.
    """
    return ConsumerConfig(
        name=CONSUMER,
        durable_name=CONSUMER,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=dead_after,
        max_deliver=-1,
        max_ack_pending=20_000,
    )


async def ensure_stream(stream: JetStreamContext, config: StreamConfig) -> None:
    """Made where it is missing, changed where it differs."""
    try:
        await stream.add_stream(config)
    except APIError as error:
        if error.err_code != _DIFFERS:
            raise
        await stream.update_stream(config)
