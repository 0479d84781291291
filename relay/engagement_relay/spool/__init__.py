"""Where events wait until Odoo has them: one interface, one file for each store."""

import asyncio
import logging

from .base import Batch, DeadLetter, Spool, SpoolError, SpoolFull, Stats

__all__ = [
    "Batch",
    "DeadLetter",
    "Spool",
    "SpoolError",
    "SpoolFull",
    "Stats",
    "dead_letters",
    "inspect",
    "open_spool",
]

_logger = logging.getLogger(__name__)
KINDS = ("sqlite", "redis", "none")


async def open_spool(kind, **options):
    """A spool, to be called in the loop that will use it.

    :param str kind: sqlite (path, max_bytes, synchronous), redis (url, path, max_bytes, consumer,
        namespace, synchronous) or none
    :rtype: Spool
    :raises SpoolError: it cannot be used
    """
    # Each store's library is needed only by those who use it.
    if kind == "sqlite":
        return _open_sqlite(**options)
    if kind == "redis":
        from .fallback import FallbackSpool
        from .redis import RedisSpool

        local = {name: options.pop(name) for name in ("path", "synchronous") if name in options}
        if "max_bytes" in options:
            local["max_bytes"] = options["max_bytes"]
        # The local one first: it is the one that has to work.
        return await FallbackSpool.open(RedisSpool(**options), _open_sqlite(**local))
    if kind == "none":
        from .memory import MemorySpool

        return MemorySpool(**options)
    raise SpoolError(f"There is no spool called {kind}: choose one of {', '.join(KINDS)}.")


def _open_sqlite(**options):
    from .late import LateSpool
    from .sqlite import SqliteSpool

    try:
        return SqliteSpool(**options)
    except SpoolFull as error:
        _logger.error("the spool is opened when there is room", extra={"why": str(error)})
        return LateSpool(lambda: SqliteSpool(**options), options.get("max_bytes", 0))


async def inspect(kind, *, path=None, url=None, namespace="engagement", **_options):
    """What waits, from another process than the relay's; changes nothing.

    :rtype: Stats
    """
    if kind == "none":
        return Stats("none")
    from .sqlite import inspect as inspect_directory

    local = await asyncio.to_thread(inspect_directory, path)
    if kind == "sqlite":
        return local
    from .fallback import inspect as inspect_both

    return await inspect_both(local, url, namespace)


async def dead_letters(kind, *, path=None, url=None, namespace="engagement", limit=100, **_options):
    """What Odoo rejected, from another process than the relay's.

    :rtype: list[DeadLetter], newest first
    """
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
