"""What only Redis can do, or suffer."""

import asyncio

import pytest
from engagement_relay.spool import SpoolFull, inspect
from spool_stores import TENANT, RedisServer, Store, drain, line, parsed

pytestmark = pytest.mark.anyio


@pytest.fixture
def redis():
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture
def store(redis, tmp_path):
    return Store("redis", tmp_path, redis)


@pytest.fixture
def fallback(redis, tmp_path):
    return Store("fallback", tmp_path, redis)


def visit(spool, uid, token=None):
    return spool.append(TENANT, token or uid, token or uid, line(uid))


async def until(condition):
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.02)


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
        assert (stats.rows, stats.degraded) == (3, True)
        assert (await inspect("redis", **fallback.options)).degraded
        # Delivered from the disk, without waiting for Redis.
        assert await drain(spool) == {"b0": 2, "b1": 1, "b2": 1}
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
        assert "set always" in problems[0] and "set noeviction" in problems[1]
        redis.kill()
        assert await spool.check() == ["Redis cannot be reached: ConnectionError."]
