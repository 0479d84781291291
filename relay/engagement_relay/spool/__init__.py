"""Where events wait until Odoo has them: one interface, one file for each store."""

from __future__ import annotations
import asyncio
import logging
from typing import Any

from .base import Batch, DeadLetter, Spool, SpoolError, SpoolFull, Stats, Store

__all__ = [
    "Batch",
    "DeadLetter",
    "Spool",
    "SpoolError",
    "SpoolFull",
    "Stats",
    "Store",
    "dead_letters",
    "inspect",
    "open_spool",
]

_logger = logging.getLogger(__name__)
KINDS = ("sqlite", "redis", "none")


async def open_spool(kind: str, **options: Any) -> Spool:
    """A spool, to be called in the loop that will use it.

    :param kind: sqlite (path, max_bytes, synchronous), redis (url, path, max_bytes, consumer,
        namespace, synchronous) or none
    :raises SpoolError: it cannot be used
    """
    # Each store's library is needed only by those who use it.
    if kind == "sqlite":
        return _open_sqlite(**options)
    if kind == "redis":
        from .fallback import FallbackSpool
        from .redis import RedisSpool

        local: dict[str, Any] = {
            name: options.pop(name) for name in ("path", "synchronous") if name in options
        }
        if "max_bytes" in options:
            local["max_bytes"] = options["max_bytes"]
        # The local one first: it is the one that has to work.
        return await FallbackSpool.open(RedisSpool(**options), _open_sqlite(**local))
    if kind == "none":
        from .memory import MemorySpool

        return MemorySpool(**options)
    raise SpoolError(f"There is no spool called {kind}: choose one of {', '.join(KINDS)}.")


def _open_sqlite(**options: Any) -> Store:
    from .late import LateStore
    from .sqlite import SqliteSpool

    try:
        return SqliteSpool(**options)
    except SpoolFull as error:
        _logger.error("the spool is opened when there is room", extra={"why": str(error)})
        return LateStore(lambda: SqliteSpool(**options), options.get("max_bytes", 0))


async def inspect(
    kind: str,
    *,
    path: str = "",
    url: str = "",
    namespace: str = "engagement",
    max_bytes: int = 2**30,
    **_options: Any,
) -> Stats:
    """What waits, from another process than the relay's; changes nothing."""
    if kind == "none":
        return Stats("none")
    from .sqlite import inspect as inspect_directory

    local = await asyncio.to_thread(inspect_directory, path, max_bytes)
    if kind == "sqlite":
        return local
    from .fallback import inspect as inspect_both

    return await inspect_both(local, url, namespace, max_bytes)


async def dead_letters(
    kind: str,
    *,
    path: str = "",
    url: str = "",
    namespace: str = "engagement",
    limit: int = 100,
    **_options: Any,
) -> list[DeadLetter]:
    """What Odoo rejected, newest first, from another process than the relay's."""
    if kind == "none":
        return []
    from .sqlite import inspect_dead_letters

    found = await asyncio.to_thread(inspect_dead_letters, path, limit)
    if kind == "redis":
        from .redis import RedisSpool

        spool = RedisSpool(url, namespace=namespace)
        try:
            found += await spool.dead_letters(limit)
        except SpoolError:
            # Redis is away: the others can be shown.
            pass
        finally:
            await spool.close()
    return sorted(found, key=lambda letter: letter.at, reverse=True)[:limit]
