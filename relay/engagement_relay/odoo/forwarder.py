"""From the spool to Odoo: in batches, signed, until Odoo says that it has them."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import locks, storage
from ..spool import Batch, Spool, SpoolError
from ..tenants import Tenants
from . import backoff, odoo_client
from .archives import Archives
from .ingest import BATCH_ROWS, GZIP_LEVEL, Refused, post

if TYPE_CHECKING:
    # At run time only where its library may be loaded: see serve.
    from ..metrics import Metrics

_logger = logging.getLogger(__name__)
# A row waits at most twice as long when Odoo is well.
LOOK_SECONDS = 0.25
RECOVER_SECONDS = 10.0


class Forwarder:
    """One batch at a time for each tenant, whatever the number of workers.

    :param archives: where what Odoo took is kept
    :param want: is told, with a tenant's name, which version of the state Odoo has
    """

    def __init__(
        self,
        data_dir: Path,
        spool: Spool,
        tenants: Tenants,
        client: odoo_client.OdooClient,
        metrics: Metrics,
        archives: Archives,
        want: Callable[[str, int], None],
    ) -> None:
        self._data_dir, self._spool, self._tenants = data_dir, spool, tenants
        self._client, self._metrics, self._want = client, metrics, want
        self._archives = archives
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._rows: dict[str, int] = {}
        self._depth = 0

    async def run(self) -> None:
        recovered = 0.0
        while True:
            try:
                if time.monotonic() - recovered > RECOVER_SECONDS:
                    recovered = time.monotonic()
                    await self._spool.recover()
                    self._depth = (await self._spool.stats()).rows
                await self._start()
            except SpoolError as error:
                _logger.error("the spool cannot be read", extra={"why": str(error)})
            await asyncio.sleep(LOOK_SECONDS)

    async def flush(self, seconds: float) -> bool:
        """Send what there is, as long as it goes well, for a while.

        :return: whether all of it is sent
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await self._start()
            if not self._sending:
                return not await self._spool.tenants()
            await asyncio.wait(self._sending.values(), timeout=max(0, until - time.monotonic()))
        return False

    async def close(self) -> None:
        """Stop sending; what is on its way comes again."""
        tasks = list(self._sending.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _start(self) -> None:
        known = {tenant.name: tenant.pairing for tenant in self._tenants}
        for name in await self._spool.tenants():
            if (
                name in known
                and name not in self._sending
                and time.monotonic() >= self._not_before.get(name, 0)
            ):
                task = asyncio.create_task(self._send_all(known[name]))
                self._sending[name] = task
                task.add_done_callback(partial(self._sent, name))

    def _sent(self, name: str, _task: asyncio.Task[None]) -> None:
        self._sending.pop(name, None)

    async def _send_all(self, pairing: storage.Pairing) -> None:
        with locks.held(storage.folder(self._data_dir) / f"{pairing.tenant}.send.lock") as free:
            while free:
                batch = await self._spool.take(pairing.tenant, self._rows_of(pairing))
                if batch is None or not await self._send(pairing, batch):
                    return

    async def _send(self, pairing: storage.Pairing, batch: Batch) -> bool:
        """:return: whether to go on"""
        started = time.monotonic()
        try:
            answer = await self._post(pairing, batch)
            rejected = {str(item["uid"]): str(item["reason"]) for item in answer["rejected"]}
            # On a full disk it may fail: Odoo is told again, and keeps the first.
            await self._spool.finish(batch, rejected)
        except (Refused, SpoolError, *odoo_client.ERRORS) as error:
            await self._spool.release(batch)
            self._failed(pairing, batch, error)
            return False
        except BaseException:
            await self._spool.release(batch)
            raise
        with contextlib.suppress(OSError):
            storage.delivered_path(self._data_dir, pairing.tenant).touch()
        self._failures.pop(pairing.tenant, None)
        # What was too large once is found out again slowly.
        self._rows[pairing.tenant] = min(BATCH_ROWS, self._rows_of(pairing) * 5 // 4 + 1)
        self._metrics.delivered(answer, len(rejected), time.monotonic() - started)
        if rejected:
            _logger.warning(
                "Odoo rejected events",
                extra={"tenant": pairing.tenant, "reasons": sorted(set(rejected.values()))},
            )
        self._want(pairing.tenant, int(answer["state_version"]))
        return True

    async def _post(self, pairing: storage.Pairing, batch: Batch) -> dict[str, Any]:
        packed = await asyncio.to_thread(gzip.compress, batch.body, GZIP_LEVEL, mtime=0)
        answer = await post(self._client, pairing, packed, max(self._depth, batch.rows))
        if archive := self._archives.of(pairing.tenant):
            try:
                await asyncio.to_thread(archive.add, packed)
            except OSError as error:
                # Odoo has it: that it cannot be replayed must not fill the spool.
                extra = {"tenant": pairing.tenant, "why": error.strerror}
                _logger.error("a batch is not in the archive", extra=extra)
        return answer

    def _rows_of(self, pairing: storage.Pairing) -> int:
        return self._rows.get(pairing.tenant, BATCH_ROWS)

    def _failed(self, pairing: storage.Pairing, batch: Batch, error: BaseException) -> None:
        failures = self._failures[pairing.tenant] = self._failures.get(pairing.tenant, 0) + 1
        status = getattr(error, "status", None) if isinstance(error, Refused) else None
        if status == 413:
            self._rows[pairing.tenant] = max(1, min(self._rows_of(pairing), batch.rows) // 4)
        wait = backoff.delay(failures, getattr(error, "retry_after", None))
        self._not_before[pairing.tenant] = time.monotonic() + wait
        self._metrics.failed(str(status or type(error).__name__))
        _logger.warning(
            "a batch was not taken, it is sent again",
            extra={
                "tenant": pairing.tenant,
                "rows": batch.rows,
                "why": str(error) if status else type(error).__name__,
                "seconds": round(wait, 1),
            },
        )
