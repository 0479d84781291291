"""The connection to Redis, what stands in an entry, and which settings make it durable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import OutOfMemoryError, RedisError, ResponseError

from .base import SpoolError, SpoolFull, Stats, with_repeat

GROUP = "relay"
# Seconds after which a customer does not wait any more and rows go elsewhere.
_TIMEOUT = 1.0

# What Redis needs to keep an event that it has answered for.
_DURABLE = {
    "appendonly": ("yes", "without it a restart loses whatever came after the last snapshot"),
    "appendfsync": ("always", "otherwise a power cut loses the last second"),
    "maxmemory-policy": ("noeviction", "otherwise Redis throws events away when memory is short"),
}


def connect(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_timeout=_TIMEOUT,
        socket_connect_timeout=_TIMEOUT,
        retry=Retry(NoBackoff(), 0),
    )


def tenants_key(namespace: str) -> str:
    return f"{namespace}:tenants"


def spool_error(error: RedisError) -> SpoolError:
    """Without the address of the server in its text."""
    text = str(error)
    if isinstance(error, OutOfMemoryError) or text.startswith("FULL"):
        return SpoolFull(text[:80])
    if isinstance(error, ResponseError):
        return SpoolError(text[:80])
    return SpoolError(f"Redis: {type(error).__name__}")


def entry_body(fields: Mapping[bytes, bytes], again: Mapping[int, int]) -> bytes:
    """The lines of an entry, with how often each was seen.

    :param again: number → times, counted up after it was written
    """
    repeats = dict(again)
    for pair in filter(None, fields[b"n"].split(b",")):
        number, _colon, times = pair.partition(b":")
        # A row was seen once before it was seen again.
        repeats[int(number)] = repeats.get(int(number), 0) + int(times) - 1
    if not repeats:
        return fields[b"d"]
    lines = fields[b"d"].split(b"\n")
    for row, more in repeats.items():
        lines[row] = with_repeat(lines[row], 1 + more)
    return b"\n".join(lines)


def time_of(id_: bytes) -> float:
    """:return: unix seconds in which an entry was written"""
    return int(id_.partition(b"-")[0]) / 1000


async def read_stats(client: Any, namespace: str, max_bytes: int = 0) -> Stats:
    rows = size = dead = 0
    oldest: float | None = None
    for name in await client.smembers(tenants_key(namespace)):
        base = f"{namespace}:{{{name.decode()}}}:"
        counts = await client.hmget(base + "meta", "rows", "bytes")
        rows, size = rows + int(counts[0] or 0), size + int(counts[1] or 0)
        dead += await client.xlen(base + "dead")
        for id_, _fields in await client.xrange(base + "stream", count=1):
            oldest = min(time_of(id_), oldest or time_of(id_))
    return Stats("redis", rows, oldest, size, max_bytes, dead)


async def check_settings(client: Any) -> list[str]:
    """What an operator has to change."""
    try:
        info = await client.info("server")
        if tuple(map(int, info["redis_version"].split(".")[:2])) < (6, 2):
            return [f"Redis {info['redis_version']} is too old: 6.2 is needed."]
        found = {name: await client.config_get(name) for name in _DURABLE}
    except ResponseError:
        return ["Redis does not tell its settings (CONFIG GET): see to its durability yourself."]
    except RedisError as error:
        return [f"Redis cannot be reached: {type(error).__name__}."]
    return [
        f"Redis has {name} {found[name].get(name, '')}: set {wanted}, {why}."
        for name, (wanted, why) in _DURABLE.items()
        if found[name].get(name) != wanted
    ]
