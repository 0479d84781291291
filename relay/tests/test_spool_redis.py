"""What only Redis can do, or suffer."""

import asyncio
import contextlib
import os
import signal
import subprocess

import pytest
import spool_stores
from engagement_relay.config import BadConfig, load
from engagement_relay.spool import SpoolError, SpoolFull, inspect
from engagement_relay.spool.redis_client import read_sentinels
from spool_stores import TENANT, RedisServer, Store, drain, parsed, until, visit

from dev.valkey import Valkey

pytestmark = pytest.mark.anyio


@pytest.fixture
def redis():
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture
def store(redis, tmp_path):
    return Store("redis", tmp_path, redis.url)


def why_not(redis, tmp_path, **settings):
    return spool_stores.why_not(tmp_path, spool="redis", redis_url=redis.url, **settings)


def ask(redis, *command):
    subprocess.run(["redis-cli", "-s", redis.socket, *command], check=True, capture_output=True)


def test_no_relay_starts_where_the_settings_break_what_it_promises(redis, tmp_path):
    assert why_not(redis, tmp_path) == []
    ask(redis, "config", "set", "appendfsync", "everysec")
    assert why_not(redis, tmp_path) == [
        "spool: Redis has appendfsync everysec: set always, otherwise a power cut loses the last "
        "second."
    ]
    # Who asks for no more gets it.
    assert why_not(redis, tmp_path, spool_synchronous="NORMAL") == []
    ask(redis, "config", "set", "appendonly", "no")
    [why] = why_not(redis, tmp_path, spool_synchronous="NORMAL")
    assert "appendonly no" in why


def test_a_redis_that_is_away_keeps_no_relay_from_starting(redis, tmp_path):
    redis.kill()
    assert why_not(redis, tmp_path) == []


def test_an_old_redis_cannot_wait_for_replicas(redis, tmp_path):
    found = subprocess.run(["redis-server", "--version"], capture_output=True, text=True)
    version = tuple(map(int, found.stdout.partition("v=")[2].split()[0].split(".")[:2]))
    why = why_not(redis, tmp_path, redis_replicas=1)
    assert bool(why) is (version < (7, 2))
    assert not why or "too old: 7.2 is needed, since redis_replicas" in why[0]


@pytest.fixture
def valkey(tmp_path):
    with Valkey(tmp_path / "valkey") as server:
        yield server


async def can_keep(spool):
    with contextlib.suppress(SpoolError):
        await spool.ping()
        return True
    return False


async def test_waits_for_the_replicas(valkey, tmp_path):
    store = Store("valkey", tmp_path, valkey.url, replicas=1)
    tried = []
    async with store.open() as spool:
        with pytest.raises(SpoolError, match="0 of 1 replicas"):
            await visit(spool, "a")
        with pytest.raises(SpoolError):
            await spool.ping()
        assert "Redis has 0 replicas, redis_replicas is 1" in (await spool.check())[0]
        with valkey.copy(tmp_path / "copy") as replica:

            async def is_kept():
                with contextlib.suppress(SpoolError):
                    tried.append(f"b{len(tried)}")
                    await visit(spool, tried[-1])
                    return True
                return False

            # It counts once it has written down what was there before.
            await until(is_kept)
            replica.kill()
        with pytest.raises(SpoolError):
            await visit(spool, "c")
    valkey.kill()
    # What the replica has on its disk, after a power cut of both.
    with Valkey(tmp_path / "copy") as promoted:
        store.options["url"] = promoted.url
        async with store.open() as spool:
            await spool.recover()
            assert tried[-1] in await drain(spool)


async def test_each_alone_is_kept_by_the_replica(valkey, tmp_path):
    """A replica tells what it has written when it is asked, and what is newer a second later."""
    store = Store("valkey", tmp_path, valkey.url, replicas=1)
    async with store.open() as spool:
        with valkey.copy(tmp_path / "copy"):
            await until(lambda: can_keep(spool))
            for number in range(30):
                await visit(spool, f"u{number}")
            assert len(await drain(spool)) == 30


async def test_what_was_written_though_nobody_said_so_is_sent_once_by_uid(valkey, tmp_path):
    store = Store("fallback", tmp_path / "local", valkey.url, replicas=1)
    with valkey.copy(tmp_path / "copy") as replica:
        async with store.open() as spool:
            await until(lambda: can_keep(spool._primary))

            async def is_back():
                return not (await spool.stats()).degraded

            await until(is_back)
            os.killpg(replica.process.pid, signal.SIGSTOP)
            await asyncio.gather(visit(spool, "a"), visit(spool, "a2", "a"))
            assert (await spool.stats()).degraded
            assert await drain(spool) == {"a": 2}
            os.killpg(replica.process.pid, signal.SIGCONT)
            await until(is_back)
            # The same row with the same count, which Odoo has.
            assert await drain(spool) == {"a": 2}


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("redis-sentinel://a:1,b:2/0#spool", [("a", 1), ("b", 2)]),
        ("redis-sentinel://a,[::1]:3#spool", [("a", 26379), ("::1", 3)]),
    ],
)
def test_reads_addresses_of_sentinels(url, addresses):
    assert read_sentinels(url) == (addresses, "spool", 0, {}, {})


def test_passwords_of_nodes_are_not_the_sentinels():
    found = read_sentinels("rediss-sentinel://me:s%40y@a:1/2?sentinel_password=own#spool")
    assert found == (
        [("a", 1)],
        "spool",
        2,
        {"ssl": True, "username": "me", "password": "s@y"},
        {"ssl": True, "password": "own"},
    )


@pytest.mark.parametrize(
    "url", ["redis-sentinel://a:1", "redis-sentinel:///0#spool", "redis-sentinel://a:b#spool"]
)
def test_refuses_what_names_no_sentinels(url):
    with pytest.raises(ValueError):
        read_sentinels(url)
    with pytest.raises(BadConfig, match="redis_url"):
        load(None, {"ENGAGEMENT_SPOOL": "redis", "ENGAGEMENT_REDIS_URL": url})


def test_sentinels_need_replicas_that_are_waited_for():
    settings = {"ENGAGEMENT_SPOOL": "redis", "ENGAGEMENT_REDIS_URL": "redis-sentinel://a:1/0#spool"}
    with pytest.raises(BadConfig, match="redis_replicas: 1 or more"):
        load(None, settings)
    load(None, settings | {"ENGAGEMENT_REDIS_REPLICAS": "1"})


@pytest.fixture
def fallback(redis, tmp_path):
    return Store("fallback", tmp_path, redis.url)


async def test_takes_over_what_a_dead_relay_has_read(store):
    async with store.open(consumer="dead") as dead, store.open(dead_after_ms=1) as spool:
        await asyncio.gather(visit(dead, "a"), visit(dead, "a2", "a"), visit(dead, "b"))
        batch = await dead.take(TENANT, 100)
        assert await spool.take(TENANT, 100) is None

        async def has_found_them():
            await spool.recover()
            return await spool.tenants() == [TENANT]

        await until(has_found_them)
        # The dead one was only slow: what both finish is counted off once.
        await dead.finish(batch)
        assert await drain(spool) == {"a": 2, "b": 1}
        assert (await spool.stats())[1:4] == (0, None, 0)


async def test_leaves_a_living_relay_what_it_holds(store):
    async with store.open() as busy, store.open(dead_after_ms=60_000) as spool:
        await visit(busy, "a")
        batch = await busy.take(TENANT, 100)
        await busy.recover()
        await spool.recover()
        assert await spool.tenants() == []
        await busy.release(batch)
        assert await drain(busy) == {"a": 1}


async def test_does_not_count_up_what_another_relay_has_read(store):
    async with store.open() as one, store.open() as other:
        await visit(one, "u0", "t")
        batch = await other.take(TENANT, 100)
        await visit(one, "u1", "t")
        await visit(one, "u2", "t")
        assert parsed(batch) == {"u0": 1}
        await other.finish(batch)
        assert sum((await drain(other)).values()) == 2


async def test_keeps_what_it_answered_for_when_redis_is_killed(redis, store):
    async with store.open() as spool:
        for number in range(50):
            await visit(spool, f"u{number}")
        redis.kill()
        redis.start()
    async with store.open() as spool:
        assert await drain(spool) == {f"u{number}": 1 for number in range(50)}


async def test_redis_without_memory_is_full(store):
    async with store.open() as spool:
        await visit(spool, "before")
        await spool._redis.config_set("maxmemory", "1mb")
        with pytest.raises(SpoolFull):
            for number in range(100):
                await visit(spool, f"{number:050000}")
        await spool._redis.config_set("maxmemory", "0")
        assert "before" in await drain(spool)


async def test_finds_what_came_after_redis_was_emptied(store):
    async with store.open() as spool:
        await visit(spool, "lost")
        await spool._redis.flushall()
        await visit(spool, "kept")
        await spool.recover()
        assert await spool.tenants() == [TENANT]
        assert await drain(spool) == {"kept": 1}


async def test_goes_on_locally_while_redis_is_away(redis, fallback):
    async with fallback.open() as spool:
        await visit(spool, "a")
        redis.kill()
        await asyncio.gather(*(visit(spool, f"b{n}") for n in range(3)))
        await visit(spool, "b4", "b0")
        stats = await spool.stats()
        assert (stats.rows, stats.degraded) == (4, True)
        assert (await inspect("redis", **fallback.options)).degraded
        # Delivered from the disk, without waiting for Redis.
        assert await drain(spool) == {"b0": 1, "b1": 1, "b2": 1, "b4": 1}
        await visit(spool, "c", "b1")
        redis.start()

        async def is_back():
            return not (await spool.stats()).degraded

        await until(is_back)
        await visit(spool, "d")
        assert await drain(spool) == {"c": 1, "a": 1, "d": 1}


async def test_what_odoo_got_while_redis_was_away_is_deleted_later(redis, fallback):
    async with fallback.open() as spool:
        await visit(spool, "a")
        batch = await spool.take(TENANT, 100)
        redis.kill()
        await spool.finish(batch)
        redis.start()

        async def is_empty():
            await spool.recover()
            stats = await spool.stats()
            return not stats.degraded and not stats.rows

        await until(is_empty)


async def test_says_which_settings_lose_events(redis, store):
    async with store.open() as spool:
        assert await spool.check() == []
        await spool._redis.config_set("appendfsync", "everysec")
        await spool._redis.config_set("maxmemory-policy", "allkeys-lru")
        problems = await spool.check()
        assert len(problems) == 2
        assert "set noeviction" in problems[0] and "set always" in problems[1]
        redis.kill()
        assert await spool.check() == ["Redis cannot be reached: ConnectionError."]
