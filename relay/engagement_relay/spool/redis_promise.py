"""Which settings Redis, or Valkey, needs to keep an event that was answered for."""

from __future__ import annotations

from typing import Any

from redis.exceptions import RedisError, ResponseError

# Of every node. The third is what a relay with spool_synchronous NORMAL does without.
_DURABLE = {
    "appendonly": ("yes", "without it a restart loses whatever came after the last snapshot"),
    "maxmemory-policy": ("noeviction", "otherwise Redis throws events away when memory is short"),
    "appendfsync": ("always", "otherwise a power cut loses the last second"),
}
_STREAMS, _WAITAOF = (6, 2), (7, 2)


async def check_settings(
    client: Any, replicas: int = 0, synchronous: str = "FULL"
) -> tuple[list[str], list[str]]:
    """What an operator has to change.

    :param replicas: that are to have every event on their disk
    :param synchronous: FULL where events are to survive a power cut, else NORMAL
    :return: what breaks the promise that is configured, so that no relay starts, and the rest
    """
    try:
        server, copies = await client.info("server"), await client.info("replication")
    except RedisError as error:
        return [], [f"Redis cannot be reached: {type(error).__name__}."]
    # Valkey says which Redis it speaks like.
    version = tuple(map(int, server["redis_version"].split(".")[:2]))
    needed = _WAITAOF if replicas else _STREAMS
    if version < needed:
        text = ".".join(map(str, needed))
        why = ", since redis_replicas is waited for with WAITAOF" if replicas else ""
        return [f"Redis {server['redis_version']} is too old: {text} is needed{why}."], []
    broken, unknown = await _settings(client, synchronous)
    return broken, [*unknown, *_replicas(copies["connected_slaves"], replicas)]


async def _settings(client: Any, synchronous: str) -> tuple[list[str], list[str]]:
    names = list(_DURABLE)[: None if synchronous == "FULL" else -1]
    try:
        found = {name: (await client.config_get(name)).get(name, "") for name in names}
    except ResponseError:
        why = "Redis does not tell its settings (CONFIG GET): see to its durability yourself."
        return [], [why]
    except RedisError as error:
        return [], [f"Redis cannot be reached: {type(error).__name__}."]
    return [
        f"Redis has {name} {found[name]}: set {_DURABLE[name][0]}, {_DURABLE[name][1]}."
        for name in names
        if found[name] != _DURABLE[name][0]
    ], []


def _replicas(found: int, wanted: int) -> list[str]:
    if found < wanted:
        why = "events wait on the local disk until there are as many"
    elif found > wanted == 0:
        why = "what a replica has not got yet is lost when it takes over"
    elif found > wanted:
        why = "where two nodes fail at once, one that has not got everything may take over"
    else:
        return []
    return [f"Redis has {found} replicas, redis_replicas is {wanted}: {why}."]
