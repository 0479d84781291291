"""Several servers, and what happens to them: whatever was answered comes out, and nothing twice."""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections import Counter

import pytest
import redis
from engagement_relay.spool import promise
from spool_stores import TENANT, Store, line, open_store, parsed

from dev import hosts, nats
from dev.processes import wait_until
from dev.valkey import Sentinel, Valkey, sentinel_url

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        not hosts.can_be_made() and not os.environ.get("CI"), reason="needs network namespaces"
    ),
]
VISITORS = 8
_DISK = 2**26


class Servers(contextlib.ExitStack):
    """Three of a kind, each on a host of its own.

    :ivar url: what a relay is told
    :ivar options: what else
    """

    def __init__(self, path):
        super().__init__()
        self._path = path

    def __enter__(self):
        super().__enter__()
        try:
            self.hosts = self.enter_context(hosts.Hosts(3))
            self.begin()
        except BaseException:
            self.close()
            raise
        return self

    def disk(self, name):
        """A folder that is a disk of its own, with little room."""
        path = self._path / name
        path.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "none", path], check=True)
        self.callback(subprocess.run, ["umount", "-l", path], check=True)
        return path

    def where(self, number):
        return {"host": self.hosts.addresses[number], "inside": self.hosts.insides[number]}

    def leader(self):
        """:return: the number of the one that answers for the others"""
        raise NotImplementedError


class Valkeys(Servers):
    """A primary and two replicas, each with a sentinel; both replicas have to have everything."""

    kind, options = "redis", {"replicas": 2}

    def begin(self):
        path = self._path
        primary = Valkey(self.disk("node0"), **self.where(0))
        copies = [primary.copy(self.disk(f"node{n}"), **self.where(n)) for n in (1, 2)]
        self.servers = [primary, *copies]
        self.sentinels = [
            Sentinel(path / f"sentinel{n}", primary, quorum=2, **self.where(n)) for n in range(3)
        ]
        for server in (*self.servers, *self.sentinels):
            self.enter_context(server)
        self.url = sentinel_url(self.sentinels)
        wait_until(self._are_together, "the replicas and sentinels to find each other")

    def _are_together(self):
        known = self._told(self.sentinels[0], "SENTINEL", "SENTINELS", "spool")
        return known.count("'runid'") == 2 and "'connected_slaves': 2" in self._told(
            self.servers[0], "INFO", "replication"
        )

    @staticmethod
    def _told(server, *command):
        with contextlib.suppress(redis.RedisError):
            with redis.Redis(server.host, server.port, socket_timeout=1) as client:
                return str(client.execute_command(*command))
        return ""

    def leader(self):
        for number, server in enumerate(self.servers):
            if "'role': 'master'" in self._told(server, "INFO", "replication"):
                return number
        return None


class NatsServers(Servers):
    kind, options = "nats", {"replicas": 3, "max_bytes": 2**23}

    def begin(self):
        for number in range(3):
            self.disk(f"nats{number}")
        self.servers = nats.cluster(self._path, self.hosts.addresses, self.hosts.insides)
        for server in self.servers:
            self.enter_context(server)
        self.url = nats.url(self.servers)
        self.options = self.options | {
            "monitoring": ",".join(server.monitoring for server in self.servers)
        }
        wait_until(lambda: all(map(nats.Nats.is_ready, self.servers)), "the cluster")

    def leader(self):
        """The one that leads the tenant's stream."""
        for server in self.servers:
            with contextlib.suppress(OSError):
                told = server.told("/jsz?streams=true")
                for account in told.get("account_details", ()):
                    for stream in account.get("stream_detail", ()):
                        if stream["name"].endswith(TENANT):
                            names = [f"server{n}" for n in range(3)]
                            return names.index(stream["cluster"]["leader"])
        return None


KINDS = {"valkey": Valkeys, "nats": NatsServers}


@pytest.fixture(params=list(KINDS))
def servers(request, tmp_path):
    with KINDS[request.param](tmp_path / "servers") as found:
        yield found


class Traffic:
    """Visitors whose observations are kept by a relay, and a forwarder that hands them to an Odoo,
    which keeps the first of each uid.
    """

    def __init__(self, spool):
        self._spool = spool
        self.answered, self.odoo, self.again = {}, {}, Counter()
        self._stopped = False

    async def run(self, breaking):
        """:param breaking: coroutine function, while which everything goes on"""
        visitors = [asyncio.create_task(self._visit(number)) for number in range(VISITORS)]
        forwarder = asyncio.create_task(self._forward())
        try:
            await self.answers(200)
            await breaking()
            await self.answers(200)
            self._stopped = True
            await asyncio.gather(*visitors)
            await self._empty()
        finally:
            self._stopped = True
            forwarder.cancel()
            await asyncio.gather(forwarder, *visitors, return_exceptions=True)

    async def answers(self, more):
        """Until so many more visitors were answered."""
        wanted = len(self.answered) + more
        while len(self.answered) < wanted:
            await asyncio.sleep(0.02)

    async def _visit(self, visitor):
        number = 0
        while not self._stopped:
            uid, number = f"{visitor}-{number}", number + 1
            # Two that ask for the same are one row of two.
            both = (self._spool.append(TENANT, uid, (uid, "GET"), line(uid)) for _ in range(2))
            await asyncio.gather(*both)
            self.answered[uid] = 2
            await asyncio.sleep(0.005)

    async def _forward(self):
        while True:
            await self._deliver()
            await self._spool.recover()
            await asyncio.sleep(0.1)

    async def _deliver(self):
        for tenant in await self._spool.tenants():
            while batch := await self._spool.take(tenant, 500):
                for uid, repeat in parsed(batch).items():
                    self.again[uid] += 1
                    # The same, however often it comes.
                    assert self.odoo.setdefault(uid, repeat) == repeat
                await self._spool.finish(batch)

    async def _empty(self):
        """What is left is delivered by the forwarder."""
        async with asyncio.timeout(60):
            while True:
                stats = await self._spool.stats()
                if not stats.degraded and not stats.rows:
                    return
                await asyncio.sleep(0.2)


async def _survives(servers, tmp_path, breaking):
    store = Store(
        "fallback" if servers.kind == "redis" else "nats-fallback",
        tmp_path / "relay",
        servers.url,
        dead_after_ms=2000,
        **servers.options,
    )
    spool = await _opened(store)
    try:
        traffic = Traffic(spool)
        async with asyncio.timeout(150):
            await traffic.run(lambda: breaking(traffic, spool))
    finally:
        await spool.close()
    assert len(traffic.answered) > 400
    lost = {uid for uid, times in traffic.answered.items() if traffic.odoo.get(uid, 0) < times}
    doubled = {uid for uid, times in traffic.odoo.items() if traffic.answered.get(uid, 0) < times}
    assert (len(lost), len(doubled)) == (0, 0)
    return traffic


async def _opened(store):
    return await open_store(store.kind, **store.options)


async def until(condition):
    """In a thread, as it asks servers: the visitors go on."""
    await asyncio.to_thread(wait_until, condition)


async def test_the_leader_is_killed(servers, tmp_path):
    async def kill_and_start(traffic, spool):
        killed = servers.leader()
        servers.servers[killed].kill()
        await until(lambda: servers.leader() not in (None, killed))
        await traffic.answers(100)
        await asyncio.to_thread(servers.servers[killed].start)

    await _survives(servers, tmp_path, kill_and_start)


async def test_the_leader_is_cut_off(servers, tmp_path):
    async def cut_and_join(traffic, spool):
        cut = servers.leader()
        servers.hosts.cut(cut)
        await traffic.answers(100)
        await until(lambda: servers.leader() not in (None, cut))
        await traffic.answers(100)
        servers.hosts.join(cut)

    await _survives(servers, tmp_path, cut_and_join)


async def test_a_slow_follower(servers, tmp_path):
    async def slow(traffic, spool):
        leader = servers.leader()
        follower = servers.servers[(leader + 1) % 3].process
        for _time in range(10):
            os.killpg(follower.pid, signal.SIGSTOP)
            await traffic.answers(20)
            os.killpg(follower.pid, signal.SIGCONT)
            await traffic.answers(20)

    await _survives(servers, tmp_path, slow)


async def test_the_disk_of_the_leader_is_full(servers, tmp_path):
    async def fill_and_clear(traffic, spool):
        leader = servers.servers[servers.leader()]
        junk = leader.log.parent / "junk"
        with contextlib.suppress(OSError), junk.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        await traffic.answers(400)
        junk.unlink()
        if leader.process.poll() is not None:
            # Valkey ends rather than to answer for what it cannot write.
            await asyncio.to_thread(leader.start)

    await _survives(servers, tmp_path, fill_and_clear)


async def test_says_what_the_servers_do_not_promise(servers):
    assert await promise(servers.kind, url=servers.url, **servers.options) == ([], [])
