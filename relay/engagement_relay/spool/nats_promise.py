"""Which settings NATS servers need to keep an event that was answered for."""

from __future__ import annotations

import asyncio

import aiohttp
from nats.js import JetStreamContext
from nats.js.errors import APIError, ServiceUnavailableError

from .nats_client import dead_stream, ensure_stream

_SECONDS = 2.0
_ERRORS = (
    aiohttp.ClientError,
    OSError,
    asyncio.TimeoutError,
    KeyError,
    TypeError,
    ValueError,
)


async def check_streams(
    stream: JetStreamContext, namespace: str, replicas: int
) -> tuple[list[str], list[str]]:
    """What an operator has to change: what breaks the promise that is configured, and the rest."""
    try:
        await ensure_stream(stream, dead_stream(namespace, replicas))
    except ServiceUnavailableError:
        return ["NATS runs without JetStream: jetstream { store_dir: … } in its configuration."], []
    except APIError as error:
        why = error.description or error.err_code
        return [f"NATS cannot keep each event on {replicas} servers (nats_replicas): {why}."], []
    return [], []


async def check_servers(pages: list[str], replicas: int) -> tuple[list[str], list[str]]:
    """Whether they write each event down before they answer for it, which clients are not told.

    :param pages: their monitoring addresses
    """
    if not pages:
        return [], [
            "nats_monitoring is not set: it cannot be seen whether the servers have "
            "sync_interval: always, without which a power cut loses the last two minutes."
        ]
    broken: list[str] = []
    rest: list[str] = []
    timeout = aiohttp.ClientTimeout(_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for page in pages:
            try:
                async with session.get(f"{page.rstrip('/')}/varz") as response:
                    found = await response.json()
                name, config = found["server_name"], found["jetstream"].get("config") or {}
            except _ERRORS:
                rest.append(f"nats_monitoring: {page} does not tell how its server is set.")
                continue
            if config and not config.get("sync_always"):
                broken.append(
                    f"The NATS server {name} answers before it has written: set "
                    "jetstream { sync_interval: always }, otherwise a power cut loses events."
                )
    if len(pages) < replicas:
        rest.append(f"nats_monitoring names {len(pages)} servers of {replicas} at least.")
    return broken, rest
