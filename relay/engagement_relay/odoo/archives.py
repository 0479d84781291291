"""Keeps the archives of all tenants as they should be, while the relay runs."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from .. import locks, storage
from ..tenants import Tenants
from .archive import Archive

_logger = logging.getLogger(__name__)
# Seconds between two looks whether somebody refused, and after which files are tidied anyway.
LOOK_SECONDS = 5.0
_TIDY_SECONDS = 3_600.0


class Archives:
    """
    :param days: that what Odoo took is kept; 0: not at all
    """

    def __init__(self, data_dir: Path, tenants: Tenants, days: int) -> None:
        self._data_dir, self._tenants, self._days = data_dir, tenants, days
        self._archives: dict[str, Archive] = {}
        self._tidied: dict[str, float] = {}
        self._versions: dict[str, int] = {}

    def of(self, tenant: str) -> Archive | None:
        """None where nothing is kept."""
        if not self._days:
            return None
        if tenant not in self._archives:
            self._archives[tenant] = Archive(self._data_dir, tenant, self._days)
        return self._archives[tenant]

    async def run(self) -> None:
        """What was kept before obeys as well, also once nothing is kept any more."""
        while True:
            for tenant in list(self._tenants):
                archive = self.of(tenant.name) or Archive(self._data_dir, tenant.name, 0)
                if archive.is_kept:
                    try:
                        await self._look(archive, tenant.name)
                    except (OSError, ValueError) as error:
                        extra = {"tenant": tenant.name, "why": str(error)}
                        _logger.error("an archive cannot be tidied", extra=extra)
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self, archive: Archive, name: str) -> None:
        state = self._tenants.by_id[bytes.fromhex(name)].state
        if state.version != self._versions.get(name):
            if await asyncio.to_thread(archive.note, state):
                self._tidied.pop(name, None)
            self._versions[name] = state.version
        now = asyncio.get_running_loop().time()
        if now - self._tidied.get(name, -_TIDY_SECONDS) < _TIDY_SECONDS:
            return
        # Nothing is added to a file that is written anew.
        with locks.held(storage.folder(self._data_dir) / f"{name}.send.lock") as free:
            if free:
                await asyncio.to_thread(archive.tidy)
                self._tidied[name] = now
