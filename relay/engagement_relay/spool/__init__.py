"""Where events wait until Odoo has them: one interface, one file for each store."""

from __future__ import annotations
import asyncio
import logging
from typing import Any

from .base import (
    Batch,
    DeadLetter,
    SharedStore,
    Spool,
    SpoolError,
    SpoolFull,
    Stats,
    Store,
)

__all__ = [
    "Batch",
    "DeadLetter",
    "SharedStore",
    "Spool",
    "SpoolError",
    "SpoolFull",
    "Stats",
    "Store",
    "dead_letters",
    "inspect",
    "open_shared",
    "open_spool",
    "promise",
]

_logger = logging.getLogger(__name__)
# Those that several relays may share, with a local disk beside them.
SHARED = ("redis", "nats")
KINDS = ("sqlite", *SHARED, "none")
# Options of the directory beside a shared one.
_LOCAL = ("path", "max_bytes", "synchronous")


async def open_spool(kind: str, **options: Any) -> Spool:
    """A spool, to be called in the loop that will use it.

    :param kind: sqlite (path, max_bytes, synchronous), redis or nats (the same, and what
        ``open_shared`` takes), or none
    :raises SpoolError: it cannot be used
    """
    # Each store's library is needed only by those who use it.
    if kind == "sqlite":
        return _open_sqlite(**options)
    if kind in SHARED:
        from .fallback import FallbackSpool

        # The local one first: it is the one that has to work.
        local = _open_sqlite(**{name: options[name] for name in _LOCAL if name in options})
        return await FallbackSpool.open(open_shared(kind, **options), local)
    if kind == "none":
        from .memory import MemorySpool

        return MemorySpool(**options)
    raise SpoolError(f"There is no spool called {kind}: choose one of {', '.join(KINDS)}.")


def open_shared(
    kind: str, *, path: str = "", synchronous: str = "FULL", **options: Any
) -> SharedStore:
    """The store that several relays share, alone; it connects when it is used.

    :param kind: redis or nats
    :param path, synchronous: of the directory beside it
    :param options: url, namespace, replicas, max_bytes
    """
    if kind == "redis":
        from .redis import RedisSpool

        return RedisSpool(**options)
    from .nats import NatsSpool

    return NatsSpool(**options)


def _open_sqlite(**options: Any) -> Store:
    from .late import LateStore
    from .sqlite import SqliteSpool

    try:
        return SqliteSpool(**options)
    except SpoolFull as error:
        _logger.error("the spool is opened when there is room", extra={"why": str(error)})
        return LateStore(lambda: SqliteSpool(**options), options.get("max_bytes", 0))


async def inspect(kind: str, *, path: str = "", max_bytes: int = 2**30, **options: Any) -> Stats:
    """What waits, from another process than the relay's; changes nothing."""
    if kind == "none":
        return Stats("none")
    from .sqlite import inspect as inspect_directory

    local = await asyncio.to_thread(inspect_directory, path, max_bytes)
    if kind == "sqlite":
        return local
    from .fallback import both

    shared = open_shared(kind, max_bytes=max_bytes, **options)
    try:
        return both(kind, local, await shared.stats())
    except SpoolError:
        return both(kind, local, None)
    finally:
        await shared.close()


async def dead_letters(
    kind: str, *, path: str = "", limit: int = 100, **options: Any
) -> list[DeadLetter]:
    """What Odoo rejected, newest first, from another process than the relay's."""
    if kind == "none":
        return []
    from .sqlite import inspect_dead_letters

    found = await asyncio.to_thread(inspect_dead_letters, path, limit)
    if kind in SHARED:
        shared = open_shared(kind, **options)
        try:
            found += await shared.dead_letters(limit)
        except SpoolError:
            # It is away: the others can be shown.
            pass
        finally:
            await shared.close()
    return sorted(found, key=lambda letter: letter.at, reverse=True)[:limit]


async def promise(
    kind: str, *, synchronous: str = "FULL", **options: Any
) -> tuple[list[str], list[str]]:
    """What is wrong with a shared store's settings: see ``SharedStore.promise``."""
    if kind not in SHARED:
        return [], []
    shared = open_shared(kind, **options)
    try:
        return await shared.promise(synchronous)
    except SpoolError as error:
        return [], [f"{kind} does not answer: {error}. Events wait on the local disk."]
    finally:
        await shared.close()
