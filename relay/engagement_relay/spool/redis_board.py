"""The board in Redis: a hash, and a stream that keeps its last entries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.exceptions import RedisError

from .board import Board
from .redis_client import connect, disconnect, spool_error

# Messages that are kept for those that look once a second.
_KEPT = 1_000


class RedisBoard(Board):
    """
    :param url: see ``redis_client.connect``
    :param namespace: what all keys begin with
    """

    def __init__(self, url: str, namespace: str) -> None:
        self._redis: Any = connect(url)
        self._texts, self._told = f"{namespace}:texts", f"{namespace}:told"
        self._last = b""

    async def put(self, name: str, text: bytes) -> None:
        async with _errors():
            await self._redis.hset(self._texts, name, text)

    async def texts(self) -> dict[str, bytes]:
        async with _errors():
            found = await self._redis.hgetall(self._texts)
        return {name.decode(): text for name, text in found.items()}

    async def tell(self, message: bytes) -> None:
        async with _errors():
            await self._redis.xadd(self._told, {"m": message}, maxlen=_KEPT, approximate=True)

    async def heard(self) -> list[bytes]:
        async with _errors():
            if not self._last:
                newest = await self._redis.xrevrange(self._told, count=1)
                self._last = newest[0][0] if newest else b"0-0"
                return []
            found = await self._redis.xrange(self._told, min=b"(" + self._last)
        if found:
            self._last = found[-1][0]
        return [fields[b"m"] for _id, fields in found]

    async def close(self) -> None:
        await disconnect(self._redis)


@asynccontextmanager
async def _errors() -> AsyncIterator[None]:
    try:
        yield
    except RedisError as error:
        raise spool_error(error) from error
