"""Relays that share one store under one namespace: one pairing, one limit, one refusal for all."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from . import storage
from .edge.limits import Limit
from .spool import SpoolError
from .spool.board import Board
from .tenants import Tenants

_logger = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
# Looks between two at the pairings.
_PAIRINGS_EVERY = 3
_PAIRING = "pairing-"


class Fleet:
    """
    :param board: where they tell each other
    :param limits: by name, the same on all of them
    :param want: is told, with a tenant's name, which version of the state there is
    """

    def __init__(
        self,
        data_dir: Path,
        board: Board,
        tenants: Tenants,
        limits: Mapping[str, Limit],
        want: Callable[[str, int], None],
    ) -> None:
        self._data_dir, self._board, self._tenants = data_dir, board, tenants
        self._limits, self._want = limits, want
        self._name = secrets.token_hex(8)
        self._told: dict[str, int] = {}
        self._is_away = False

    async def run(self) -> None:
        look = 0
        while True:
            try:
                if look % _PAIRINGS_EVERY == 0:
                    await self._share_pairings()
                await self._talk()
                self._is_away = False
            except SpoolError as error:
                if not self._is_away:
                    _logger.warning("other relays are not heard", extra={"why": str(error)})
                self._is_away = True
            look += 1
            await asyncio.sleep(LOOK_SECONDS)

    async def close(self) -> None:
        await self._board.close()

    async def _share_pairings(self) -> None:
        """The newest of each tenant is everybody's."""
        folder = storage.folder(self._data_dir)
        found = {
            name.removeprefix(_PAIRING): text
            for name, text in (await self._board.texts()).items()
            if name.startswith(_PAIRING)
        }
        own = {path.name.partition(".")[0]: path for path in folder.glob("*.pairing.json")}
        for tenant, path in own.items():
            at = path.stat().st_mtime_ns
            if at > _time_of(found.get(tenant)):
                values = {"at": at, "pairing": storage.read_json(path)}
                await self._board.put(_PAIRING + tenant, json.dumps(values).encode())
        for tenant, text in found.items():
            path = storage.pairing_path(self._data_dir, tenant)
            if not path.exists() or path.stat().st_mtime_ns < _time_of(text):
                storage.write_json(path, json.loads(text)["pairing"])
                os.utime(path, ns=(_time_of(text),) * 2)
                _logger.info("paired, as another relay is", extra={"tenant": tenant})

    async def _talk(self) -> None:
        key = self._key()
        for limit in self._limits.values():
            limit.share(key)
        states = {tenant.name: tenant.state.version for tenant in self._tenants}
        news = {name: number for name, number in states.items() if self._told.get(name) != number}
        spent = {name: taken for name, limit in self._limits.items() if (taken := limit.spent())}
        if news or spent:
            message = {"from": self._name, "states": news, "spent": spent}
            await self._board.tell(json.dumps(message).encode())
            self._told.update(news)
        for text in await self._board.heard():
            self._hear(json.loads(text))

    def _hear(self, message: Mapping[str, Any]) -> None:
        if message["from"] == self._name:
            return
        for tenant, version in message["states"].items():
            self._want(tenant, version)
        for name, taken in message["spent"].items():
            if limit := self._limits.get(name):
                limit.take(taken)

    def _key(self) -> bytes:
        """What all know and nobody else does: people's addresses go out under it only."""
        known = sorted(tenant.pairing.secret for tenant in self._tenants)
        return hashlib.blake2b(b"".join(known), digest_size=32).digest()


def _time_of(text: bytes | None) -> int:
    """:return: nanoseconds since 1970 in which a pairing was written down"""
    return int(json.loads(text)["at"]) if text else 0
