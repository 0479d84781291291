"""Keeps the state of each tenant fresh, on disk, for all workers."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .. import locks, storage
from ..protocol import wire
from ..state import BadState, State
from ..tenants import Tenant, Tenants, load_state
from . import backoff, odoo_client

if TYPE_CHECKING:
    # At run time only where its library may be loaded: see serve.
    from ..metrics import Metrics

_logger = logging.getLogger(__name__)
# Seconds between two questions when nothing calls for one: a withdrawal holds after this long.
INTERVAL = 10.0
_LOOK = 1.0


class StateClient:
    """
    :param on_change: called after another state, or pairing, was loaded
    """

    def __init__(
        self,
        data_dir: Path,
        tenants: Tenants,
        client: odoo_client.OdooClient,
        metrics: Metrics,
        on_change: Callable[[], None],
    ) -> None:
        self._data_dir, self._tenants, self._client = data_dir, tenants, client
        self._metrics, self._on_change = metrics, on_change
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._wanted: dict[str, int] = {}
        # What is on the disk may be of before this process.
        self._asked: set[str] = set()
        self._awake = asyncio.Event()

    def want(self, tenant: str, version: int) -> None:
        """Odoo said that there is a newer one."""
        if version > self._wanted.get(tenant, 0):
            self._wanted[tenant] = version
            self._awake.set()

    async def run(self) -> None:
        while True:
            if self._tenants.reload():
                self._on_change()
            for tenant in list(self._tenants):
                if self._is_due(tenant):
                    await self._ask(tenant)
            try:
                await asyncio.wait_for(self._awake.wait(), _LOOK)
            except asyncio.TimeoutError:
                pass
            self._awake.clear()

    def _is_due(self, tenant: Tenant) -> bool:
        now = time.time()
        if now < self._not_before.get(tenant.name, 0):
            return False
        wanted = self._wanted.get(tenant.name, 0) > tenant.state.version
        fresh = 0 <= now - tenant.fetched_at < INTERVAL
        return wanted or tenant.name not in self._asked or not fresh

    async def _ask(self, tenant: Tenant) -> None:
        path = storage.folder(self._data_dir) / f"{tenant.name}.state.lock"
        with locks.held(path) as free:
            if not free:
                return
            self._asked.add(tenant.name)
            try:
                await fetch(self._data_dir, self._client, tenant.pairing)
            except (BadState, *odoo_client.ERRORS) as error:
                failures = self._failures[tenant.name] = self._failures.get(tenant.name, 0) + 1
                self._not_before[tenant.name] = time.time() + backoff.delay(failures)
                self._metrics.state_failed()
                _logger.warning(
                    "no state from Odoo", extra={"tenant": tenant.name, "why": describe(error)}
                )
                return
        self._failures.pop(tenant.name, None)
        if self._tenants.reload():
            self._on_change()


async def fetch(data_dir: Path, client: odoo_client.OdooClient, pairing: storage.Pairing) -> State:
    """Ask for what is new and write it down.

    :raises BadState: Odoo answered something else
    """
    try:
        state, fetched_at = load_state(data_dir, pairing.tenant)
    except BadState:
        state, fetched_at = State(), 0.0
    path = f"{wire.STATE}?since={state.version}"
    async with client.request(pairing, "GET", path) as response:
        too_old = await odoo_client.who_is_too_old(response)
        storage.note_upgrade(data_dir, pairing.tenant, too_old)
        if response.status != 200:
            raise BadState(too_old or f"status {response.status}")
        text = await response.read()
    try:
        new = state.updated(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise BadState(f"{type(error).__name__}: {error}"[:200]) from error
    where = storage.state_path(data_dir, pairing.tenant)
    if new == state and fetched_at:
        os.utime(where)
    else:
        storage.write_json(where, new.to_json())
    return new


def describe(error: BaseException) -> str:
    """What went wrong, without any address that was asked for."""
    return str(error) if isinstance(error, BadState) else odoo_client.in_words(error)
