"""One worker: what it opens, keeps running and closes."""

import asyncio
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable

from .config import Config
from .detection.classify import Knowledge
from .edge.client_address import ClientAddress
from .edge.edge import Edge
from .edge.line import LineMaker
from .edge.passthrough import Passthrough
from .edge.place import open_places
from .edge.recorder import Recorder
from .edge.reply import Answering, Asked
from .fleet import Fleet
from .metrics import Metrics
from .odoo.archives import Archives
from .odoo.forwarder import Forwarder
from .odoo.odoo_client import OdooClient
from .odoo.state_client import StateClient
from .spool import SHARED, SpoolError, open_spool
from .spool.board import open_board
from .tenants import Tenant, Tenants

_logger = logging.getLogger(__name__)
REPORT_SECONDS = 1.0
# How long the last events of a worker that stops are offered to Odoo; they are durable anyway.
FLUSH_SECONDS = 5.0
_FULL = logging.ERROR, "the spool is full: everybody is answered, these tenants' new events dropped"
_ROOM = logging.WARNING, "the spool has room again"


def tune() -> None:
    """What lives long is not looked at again and again; the spool's thread waits less for Python's
    lock.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    sys.setswitchinterval(0.001)


class App:
    """The application that granian runs in each worker."""

    _edge: Edge
    _fleet: Fleet | None = None

    def __init__(self, config: Config) -> None:
        self._config = config

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_until_complete(self._open())
        tune()

    def __rsgi__(self, scope: Asked, proto: Answering) -> Awaitable[None]:
        return self._edge(scope, proto)

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.run_until_complete(self._close())

    async def _open(self) -> None:
        config, loop = self._config, asyncio.get_running_loop()
        self._parent = os.getppid()
        self._metrics = Metrics(shared_spool=config.spool in SHARED)
        self._tenants = Tenants(config.data_dir)
        self._spool = await open_spool(**config.spool_options())
        self._client = OdooClient(config)
        counts = self._metrics.requests
        self._place = open_places(config.geoip_database)
        address = ClientAddress(config.trusted_proxies)
        self._recorder = Recorder(self._tenants, self._spool, counts, self._lines(), address, loop)
        carry = Passthrough(config, self._tenants, self._client, counts, address, self._recorder)
        self._edge = Edge(config, self._tenants, counts, address, self._recorder, carry, loop)
        self._states = StateClient(
            config.data_dir, self._tenants, self._client, self._metrics, self._changed
        )
        self._archives = Archives(config.data_dir, self._tenants, config.archive_days)
        self._forwarder = Forwarder(
            config.data_dir,
            self._spool,
            self._tenants,
            self._client,
            self._metrics,
            self._archives,
            self._states.want,
        )
        if not self._tenants.by_id:
            _logger.warning(
                "not paired: every link leads nowhere until `engagement-relay pair` was run"
            )
        running = [self._states.run, self._forwarder.run, self._archives.run, self._report]
        if config.shared_pairings:
            board = open_board(**config.spool_options())
            self._fleet = Fleet(
                config.data_dir, board, self._tenants, self._edge.limits, self._states.want
            )
            running.append(self._fleet.run)
        self._tasks = [asyncio.create_task(self._keep_running(task)) for task in running]

    def _lines(self) -> dict[bytes, LineMaker]:
        """One LineMaker for each tenant, with the networks and agents that its Odoo knows."""
        return {
            tenant.id: LineMaker(self._knowledge(tenant), self._place) for tenant in self._tenants
        }

    @staticmethod
    def _knowledge(tenant: Tenant) -> Knowledge:
        if not tenant.state.knowledge:
            return Knowledge.default()
        try:
            return Knowledge.unpack(tenant.state.knowledge)
        except ValueError as error:
            _logger.error(
                "Odoo's networks and agents cannot be used, those that ship are",
                extra={"tenant": tenant.name, "why": str(error)},
            )
            return Knowledge.default()

    def _changed(self) -> None:
        self._recorder.lines = self._lines()

    async def _keep_running(self, run: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await run()
            except Exception:
                _logger.exception("begins anew")
                await asyncio.sleep(REPORT_SECONDS)

    async def _report(self) -> None:
        full: tuple[str, ...] = ()
        while True:
            await asyncio.sleep(REPORT_SECONDS)
            now = time.time()
            self._metrics.report()
            self._metrics.tenants(len(self._tenants.by_id))
            for tenant in self._tenants:
                self._metrics.state(tenant.name, now - tenant.fetched_at)
            try:
                stats = await self._spool.stats()
                self._metrics.spool(stats, now)
                if stats.full != full:
                    full = stats.full
                    extra = {"bytes": stats.bytes, "tenants": full}
                    _logger.log(*(_FULL if full else _ROOM), extra=extra)
            except SpoolError as error:
                _logger.error("the spool does not answer", extra={"why": str(error)})
            if os.getppid() != self._parent:
                _logger.error("the process that watches over the workers is gone")
                os.kill(os.getpid(), signal.SIGTERM)

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            sent = await self._forwarder.flush(FLUSH_SECONDS)
            await self._forwarder.close()
            if not sent:
                _logger.info("events wait in the spool for the next start")
        finally:
            await self._spool.close()
            await self._client.close()
            if self._fleet:
                await self._fleet.close()
            self._metrics.report()
