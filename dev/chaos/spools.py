"""What the relay keeps its events in, and how that is broken."""

import contextlib
import random

from .. import nats
from ..processes import wait_until
from ..valkey import Valkey


class Disk(contextlib.ExitStack):
    """The relay's own disk. Entering it gives the relay's settings.

    :param folder: for the data of servers
    """

    def __init__(self, folder):
        super().__init__()
        self._folder, self._servers = folder, []

    def __enter__(self):
        super().__enter__()
        return {"spool": "sqlite"}

    def kill_one(self):
        """One of its servers ends as with a power cut, and is started again."""
        if self._servers:
            server = random.choice(self._servers)
            server.kill()
            server.start()


class ValkeyNodes(Disk):
    """A primary that is waited for with its replica."""

    def __enter__(self):
        super().__enter__()
        primary = self.enter_context(Valkey(self._folder / "primary"))
        self._servers = [primary, self.enter_context(primary.copy(self._folder / "replica"))]
        wait_until(lambda: primary.replicas() == 1, "the replica")
        return {"spool": "redis", "redis_url": primary.url, "redis_replicas": 1}


class NatsServers(Disk):
    """Three that keep each event."""

    def __enter__(self):
        super().__enter__()
        self._servers = nats.cluster(self._folder)
        for server in self._servers:
            self.callback(server.stop)
            server.start()
        wait_until(lambda: all(map(nats.Nats.is_ready, self._servers)), "the NATS servers")
        return {
            "spool": "nats",
            "nats_url": nats.url(self._servers),
            "nats_monitoring": ",".join(server.monitoring for server in self._servers),
        }


SPOOLS = {"sqlite": Disk, "valkey": ValkeyNodes, "nats": NatsServers}
