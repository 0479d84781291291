"""What granian serves in the benchmark: ``noop`` only answers, ``edge`` keeps what it saw first.

The edge is the relay's own parts in their order: verify the token, make the line, append, answer;
and every quarter of a second batches leave the spool. They go nowhere: Odoo's side and the network
have benchmarks of their own.
"""

import asyncio
import gc
import json
import os
import re
import sys
from pathlib import Path

from engagement_relay.answers import GIF, PIXEL_HEADERS
from engagement_relay.classify import Knowledge
from engagement_relay.line import LineMaker
from engagement_relay.spool import SpoolError, open_spool
from engagement_relay.token import InvalidToken, Keyring, KeyState, parse

ANSWER = list(PIXEL_HEADERS.items())


async def noop(scope, proto):
    proto.response_bytes(200, ANSWER, GIF)


class Edge:
    """Reads BENCH_RELAY: spool (kind and options), key and tenant (hex), report (a file)."""

    def __rsgi_init__(self, loop):
        settings = json.loads(os.environ["BENCH_RELAY"])
        self._tenant = settings["tenant"]
        self._key = bytes.fromhex(settings["key"])
        tenant = bytes.fromhex(self._tenant)
        self._keyring = Keyring({(tenant, "o", 0): (self._key, KeyState.SIGNING)})
        self._lines = LineMaker(Knowledge.default())
        self._report = Path(settings["report"])
        self._delivered = self._dropped = 0
        self._spool = loop.run_until_complete(open_spool(**settings["spool"]))
        self._forwarder = loop.create_task(self._forward())
        # The writing thread waits less for Python's lock; what lives long is left alone.
        sys.setswitchinterval(0.001)
        gc.collect()
        gc.freeze()
        gc.set_threshold(100_000, 50, 100)

    async def __rsgi__(self, scope, proto):
        try:
            text = scope.path[3:-4]
            token, _state = parse(text, self._keyring)
            line, key = self._lines.make(
                token,
                method=scope.method,
                headers=scope.headers,
                ip=scope.client.rpartition(":")[0],
                salt=self._key,
            )
            await self._spool.append(self._tenant, text, (text, key), line)
        except InvalidToken:
            pass
        except SpoolError:
            self._dropped += 1
        proto.response_bytes(200, ANSWER, GIF)

    async def _forward(self):
        while True:
            await asyncio.sleep(0.25)
            await self._empty()

    async def _empty(self):
        while batch := await self._spool.take(self._tenant, 500):
            again = re.findall(rb'"repeat":(\d+)}\n', batch.body)
            self._delivered += batch.rows - len(again) + sum(map(int, again))
            await self._spool.finish(batch)

    def __rsgi_del__(self, loop):
        self._forwarder.cancel()
        loop.run_until_complete(self._empty())
        loop.run_until_complete(self._spool.close())
        counts = {"delivered": self._delivered, "dropped": self._dropped}
        self._report.write_text(json.dumps(counts))


edge = Edge()
