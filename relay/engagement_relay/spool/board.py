"""What relays of one name tell each other, in the store that they share."""

from __future__ import annotations

from typing import Any, Protocol


class Board(Protocol):
    """Small texts that stay, and messages for whoever is there just now."""

    async def put(self, name: str, text: bytes) -> None:
        """
        :param name: letters, digits and ``-``
        :raises SpoolError: it is not known to be there
        """

    async def texts(self) -> dict[str, bytes]:
        """All of them, by name.

        :raises SpoolError:
        """

    async def tell(self, message: bytes) -> None:
        """Everybody, this one included.

        :raises SpoolError:
        """

    async def heard(self) -> list[bytes]:
        """What was told since the last call; nothing by the first.

        :raises SpoolError:
        """

    async def close(self) -> None: ...


def open_board(kind: str, *, url: str, namespace: str, replicas: int, **_options: Any) -> Board:
    """:param kind: redis or nats; it connects when it is used"""
    if kind == "redis":
        from .redis_board import RedisBoard

        return RedisBoard(url, namespace)
    from .nats_board import NatsBoard

    return NatsBoard(url, namespace, replicas)
