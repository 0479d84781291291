"""What only JetStream can do, or suffer."""

import asyncio

import pytest
import spool_stores
from engagement_relay.spool import inspect
from spool_stores import TENANT, Store, drain, line, parsed, until, visit

from dev.nats import Nats
from dev.processes import wait_until

pytestmark = pytest.mark.anyio


@pytest.fixture
def nats(tmp_path):
    with Nats(tmp_path / "nats") as server:
        wait_until(server.is_ready, "JetStream")
        yield server


@pytest.fixture
def store(nats, tmp_path):
    return Store("nats", tmp_path, nats.url)


def why_not(tmp_path, *servers, **settings):
    values = {
        "nats_url": ",".join(server.url for server in servers),
        "nats_monitoring": ",".join(server.monitoring for server in servers),
        "nats_replicas": 1,
        **settings,
    }
    return spool_stores.why_not(tmp_path, spool="nats", **values)


def test_no_relay_starts_where_servers_answer_before_they_write(nats, tmp_path):
    assert why_not(tmp_path, nats) == []
    with Nats(tmp_path / "lazy", "lazy", sync="2m") as lazy:
        wait_until(lazy.is_ready, "JetStream")
        [why] = why_not(tmp_path, lazy)
        assert "The NATS server lazy answers before it has written" in why
        # Who asks for no more gets it.
        assert why_not(tmp_path, lazy, spool_synchronous="NORMAL") == []


def test_one_server_cannot_be_three(nats, tmp_path):
    [why] = why_not(tmp_path, nats, nats_replicas=3)
    assert why.startswith("spool: NATS cannot keep each event on 3 servers (nats_replicas)")


def test_servers_that_are_away_keep_no_relay_from_starting(nats, tmp_path):
    nats.kill()
    assert why_not(tmp_path, nats) == []


async def test_says_what_cannot_be_seen(store):
    async with store.open() as spool:
        [problem] = await spool.check()
        assert "nats_monitoring is not set" in problem


async def test_what_is_sent_again_is_no_second_one(store):
    async with store.open() as spool:
        await visit(spool, "a")
        stream = await spool._link.jetstream()
        subject = f"{spool._namespace}.{TENANT}.1"
        for _time in range(3):
            await spool._publish(stream, subject, line("a"))
        assert (await spool.stats()).rows == 1


async def test_takes_over_what_a_dead_relay_has_read(store):
    async with store.open(dead_after_ms=1000) as spool:
        async with store.open(dead_after_ms=1000) as dead:
            await asyncio.gather(visit(dead, "a"), visit(dead, "a2", "a"), visit(dead, "b"))
            batch = await dead.take(TENANT, 100)
            await spool.recover()
            assert await spool.take(TENANT, 100) is None

            async def has_found_them():
                await spool.recover()
                return await spool.tenants() == [TENANT]

            await until(has_found_them)
            # The dead one was only slow: what both finish is gone once.
            await dead.finish(batch)
            assert await drain(spool) == {"a": 2, "b": 1}
            assert (await spool.stats()).rows == 0


async def test_takes_over_all_of_it_at_once(store):
    """Not a few with each look, of which there is one in ten seconds."""
    rows = {f"u{number}": 1 for number in range(70)}
    async with store.open(dead_after_ms=1000) as spool, store.open(dead_after_ms=1000) as dead:
        for uid in rows:
            await visit(dead, uid)
        assert (await dead.take(TENANT, 100)).rows == 70
        await spool.recover()
        # As long as its messages are its own.
        await asyncio.sleep(3)
        await spool.recover()
        assert await drain(spool) == rows


async def test_leaves_a_living_relay_what_it_holds(store):
    async with store.open(dead_after_ms=2000) as busy, store.open(dead_after_ms=2000) as spool:
        await visit(busy, "a")
        batch = await busy.take(TENANT, 100)
        for _time in range(8):
            await busy.recover()
            await spool.recover()
            assert await spool.tenants() == []
            await asyncio.sleep(0.5)
        await busy.release(batch)
        assert await drain(busy) == {"a": 1}


async def test_keeps_what_it_answered_for_when_the_server_is_killed(nats, store):
    async with store.open() as spool:
        for number in range(50):
            await visit(spool, f"u{number}")
        nats.kill()
        nats.start()
        wait_until(nats.is_ready, "JetStream")
    async with store.open() as spool:
        await spool.recover()
        assert await drain(spool) == {f"u{number}": 1 for number in range(50)}


async def test_large_rows_are_several_messages(store):
    rows = {f"{number:0400000}": 1 for number in range(4)}
    async with store.open() as spool:
        await asyncio.gather(*(visit(spool, uid) for uid in rows))
        assert await drain(spool) == rows


async def test_goes_on_locally_while_the_servers_are_away(nats, tmp_path):
    store = Store("nats-fallback", tmp_path / "local", nats.url, replicas=1)
    async with store.open() as spool:
        await visit(spool, "a")
        nats.kill()
        await asyncio.gather(*(visit(spool, f"b{number}") for number in range(3)))
        assert (await inspect("nats", **store.options)).degraded
        found = await drain(spool)
        assert found.keys() >= {"b0", "b1", "b2"}
        nats.start()

        async def is_back():
            await spool.recover()
            stats = await spool.stats()
            return not stats.degraded and await spool.tenants() == [TENANT]

        await until(is_back)
        await visit(spool, "c")
        assert {**found, **await drain(spool)} == dict.fromkeys(["a", "b0", "b1", "b2", "c"], 1)


async def test_a_batch_that_odoo_has_goes_when_the_servers_are_back(nats, tmp_path):
    store = Store("nats-fallback", tmp_path / "local", nats.url, replicas=1)
    async with store.open() as spool:
        await visit(spool, "a")
        batch = await spool.take(TENANT, 100)
        nats.kill()
        await spool.finish(batch)
        nats.start()

        async def is_empty():
            await spool.recover()
            # A server that does not remember having given it gives it once more.
            for tenant in await spool.tenants():
                if again := await spool.take(tenant, 100):
                    assert parsed(again) == {"a": 1}
                    await spool.finish(again)
            stats = await spool.stats()
            return not stats.degraded and not stats.rows

        await until(is_empty)
        assert parsed(batch) == {"a": 1}
