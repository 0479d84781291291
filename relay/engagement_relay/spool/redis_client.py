"""The connection to Redis, and what stands in an entry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import redis.asyncio as redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import OutOfMemoryError, RedisError, ResponseError

from .base import SpoolError, SpoolFull, Stats, with_repeat

GROUP = "relay"
# Seconds after which a customer does not wait any more and rows go elsewhere.
_TIMEOUT = 1.0
_SENTINELS = re.compile(
    r"redis(?P<tls>s?)-sentinel://(?:(?P<user>[^:@/]*):(?P<password>[^@/]*)@)?"
    r"(?P<hosts>[^@/?#]+)(?:/(?P<db>[0-9]*))?(?:\?sentinel_password=(?P<own>[^#]+))?#(?P<name>.+)"
)


class Sentinels(NamedTuple):
    """:ivar name: of what they watch
    :ivar own: their options, as the library names them; ``options`` are the nodes'
    """

    addresses: list[tuple[str, int]]
    name: str
    db: int
    options: dict[str, Any]
    own: dict[str, Any]


def read_sentinels(url: str) -> Sentinels | None:
    """:raises ValueError: it says who they are, and not as it should
    :return: None where it is one node's
    """
    if "-sentinel:" not in url.partition("//")[0]:
        return None
    found = _SENTINELS.fullmatch(url)
    if found is None:
        raise ValueError("redis-sentinel://HOST:PORT,HOST:PORT/DB#NAME")
    parts = [urlsplit(f"//{text}") for text in found["hosts"].split(",")]
    addresses = [(part.hostname or "", part.port or 26379) for part in parts]
    if not all(host for host, _port in addresses):
        raise ValueError("a sentinel without a name")
    options: dict[str, Any] = {"ssl": True} if found["tls"] else {}
    own = dict(options)
    if found["password"]:
        options |= {"username": unquote(found["user"]) or None}
        options |= {"password": unquote(found["password"])}
    if found["own"]:
        own["password"] = unquote(found["own"])
    return Sentinels(addresses, unquote(found["name"]), int(found["db"] or 0), options, own)


def connect(url: str) -> redis.Redis:
    """
    :param url: redis://, rediss:// or unix:// of one node, or
        redis-sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/DB?sentinel_password=PASSWORD#NAME, which
        asks these sentinels who is the primary of NAME; rediss-sentinel:// with TLS
    """
    options: dict[str, Any] = {
        "socket_timeout": _TIMEOUT,
        "socket_connect_timeout": _TIMEOUT,
        "retry": Retry(NoBackoff(), 0),
    }
    found = read_sentinels(url)
    if found is None:
        return redis.Redis.from_url(url, **options)
    # The library leaves it without annotations.
    ask: Any = Sentinel
    sentinel = ask(found.addresses, sentinel_kwargs=options | found.own, **options | found.options)
    primary: redis.Redis = sentinel.master_for(found.name, db=found.db)
    return primary


async def disconnect(client: Any) -> None:
    await client.aclose(close_connection_pool=True)
    if manager := getattr(client.connection_pool, "sentinel_manager", None):
        for sentinel in manager.sentinels:
            await sentinel.aclose()


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
