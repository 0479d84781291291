"""What granian serves in the benchmark: ``noop`` only answers, ``edge`` is the relay's own edge.

The forwarder alone is another: four times a second batches as large as the relay's leave the spool
and go nowhere, as Odoo's side and the network have benchmarks of their own.
"""

import asyncio
import json
import os
import re
from collections import Counter
from pathlib import Path

from engagement_relay.app import tune
from engagement_relay.config import Config
from engagement_relay.detection.classify import Knowledge
from engagement_relay.edge.client_address import ClientAddress
from engagement_relay.edge.edge import Edge
from engagement_relay.edge.line import LineMaker
from engagement_relay.edge.passthrough import Passthrough
from engagement_relay.edge.recorder import Recorder
from engagement_relay.odoo.ingest import BATCH_ROWS
from engagement_relay.protocol.answers import GIF, PIXEL_HEADERS
from engagement_relay.spool import open_spool
from engagement_relay.tenants import Tenants

ANSWER = list(PIXEL_HEADERS.items())


async def noop(scope, proto):
    proto.response_bytes(200, ANSWER, GIF)


class Relay:
    """Reads BENCH_RELAY: spool (kind and options), data_dir, tenant, report (a file)."""

    def __rsgi_init__(self, loop):
        settings = json.loads(os.environ["BENCH_RELAY"])
        self._tenant, self._report = settings["tenant"], Path(settings["report"])
        self._delivered = 0
        self._counts = Counter()
        tenants = Tenants(Path(settings["data_dir"]))
        self._spool = loop.run_until_complete(open_spool(**settings["spool"]))
        knowledge = Knowledge.default()
        lines = {tenant.id: LineMaker(knowledge) for tenant in tenants}
        address = ClientAddress()
        recorder = Recorder(tenants, self._spool, self._counts, lines, address, loop)
        config = Config()
        carry = Passthrough(config, tenants, None, self._counts, address, recorder)
        self._edge = Edge(config, tenants, self._counts, address, recorder, carry, loop)
        self._forwarder = loop.create_task(self._forward())
        tune()

    def __rsgi__(self, scope, proto):
        return self._edge(scope, proto)

    async def _forward(self):
        while True:
            await asyncio.sleep(0.25)
            await self._empty()

    async def _empty(self):
        while batch := await self._spool.take(self._tenant, BATCH_ROWS):
            again = re.findall(rb'"repeat":(\d+)}\n', batch.body)
            self._delivered += batch.rows - len(again) + sum(map(int, again))
            await self._spool.finish(batch)

    def __rsgi_del__(self, loop):
        self._forwarder.cancel()
        loop.run_until_complete(self._empty())
        loop.run_until_complete(self._spool.close())
        outcomes = {"/".join(key): number for key, number in self._counts.items()}
        counts = {"delivered": self._delivered, **outcomes}
        # One for each worker.
        self._report.with_name(f"{self._report.name}.{os.getpid()}").write_text(json.dumps(counts))


edge = Relay()
