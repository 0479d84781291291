"""What every spool promises, asked of each of them."""

import asyncio
import random

import pytest
from engagement_relay.protocol.observation import MAX_REPEAT
from engagement_relay.spool import SpoolError, SpoolFull, grouping
from engagement_relay.spool.base import MAX_GROUP, ROWS_PER_MINUTE, with_repeat
from spool_stores import (
    TENANT,
    RedisServer,
    Store,
    drain,
    line,
    parsed,
    read_rest,
    read_until,
)

pytestmark = pytest.mark.anyio

DURABLE = ["sqlite", "redis", "fallback", "away"]


@pytest.fixture(scope="module")
def redis():
    server = RedisServer()
    yield server
    server.remove()


@pytest.fixture(params=["none", *DURABLE])
def store(request, tmp_path):
    needs_redis = request.param in ("redis", "fallback")
    return Store(request.param, tmp_path, request.getfixturevalue("redis") if needs_redis else None)


durable = pytest.mark.parametrize("store", DURABLE, indirect=True)


def visit(spool, uid, *, token=None, key=None, tenant=TENANT):
    return spool.append(tenant, token or uid, key or (token or uid, "GET", "::1", ""), line(uid))


async def test_gives_what_it_got_in_order(store):
    async with store.open() as spool:
        for number in range(5):
            await visit(spool, f"u{number}")
        stats = await spool.stats()
        assert (stats.rows, stats.bytes) == (5, 5 * len(line("u0")))
        assert await spool.tenants() == [TENANT]
        batch = await spool.take(TENANT, 100)
        assert batch.body == b"".join(line(f"u{number}") + b"\n" for number in range(5))
        assert await spool.tenants() == []
        assert await spool.take(TENANT, 100) is None
        assert (await spool.stats()).rows == 5
        await spool.finish(batch)
        stats = await spool.stats()
        assert (stats.rows, stats.bytes, stats.oldest) == (0, 0, None)


async def test_counts_identical_observations_up(store):
    async with store.open() as spool:
        await asyncio.gather(*(visit(spool, f"u{n}", token="t") for n in range(3)))
        await asyncio.gather(*(visit(spool, f"v{n}", token="t") for n in range(2)))
        await visit(spool, "w", token="t", key=("t", "HEAD", "::1", ""))
        assert await drain(spool) == {"u0": 5, "w": 1}


async def test_later_looks_stay_apart(store, monkeypatch):
    monkeypatch.setattr(grouping, "SAME_WITHIN", 0)

    async with store.open() as spool:
        await visit(spool, "u0", token="t")
        await visit(spool, "u1", token="t")
        assert await drain(spool) == {"u0": 1, "u1": 1}


async def test_rows_on_their_way_do_not_change(store):
    async with store.open() as spool:
        await visit(spool, "u0", token="t")
        waiting = visit(spool, "u1", token="t")
        batch = await spool.take(TENANT, 100)
        later = visit(spool, "u2", token="t")
        await asyncio.gather(waiting, later)
        assert parsed(batch) == {"u0": 2}
        await spool.release(batch)
        again = await spool.take(TENANT, 1)
        assert again.body == batch.body
        await spool.finish(again)
        assert await drain(spool) == {"u2": 1}


async def test_what_is_seen_again_while_batches_go_out_is_counted(store):
    async with store.open() as spool:
        answered, delivered = 0, 0

        async def look(visitor):
            nonlocal answered
            for number in range(200):
                await spool.append(TENANT, "t", "t", line(f"{visitor}-{number}"))
                answered += 1

        visitors = [asyncio.create_task(look(number)) for number in range(4)]
        while not all(task.done() for task in visitors) or await spool.tenants():
            if batch := await spool.take(TENANT, 100):
                delivered += sum(parsed(batch).values())
                await spool.finish(batch)
            await asyncio.sleep(0)
        await asyncio.gather(*visitors)
        assert delivered == answered == 800


async def test_one_counting_row_takes_what_is_too_much(store):
    async with store.open() as spool:
        for start in range(0, 100, 7):
            await asyncio.gather(
                *(
                    visit(spool, f"u{n}", token="t", key=n)
                    for n in range(start, min(start + 7, 100))
                )
            )
        await visit(spool, "other")
        found = await drain(spool)
        assert found.pop("other") == 1
        assert len(found) == ROWS_PER_MINUTE + 1
        assert sum(found.values()) == 100
        assert found[f"u{ROWS_PER_MINUTE}"] == 100 - ROWS_PER_MINUTE


async def test_keeps_tenants_apart(store):
    async with store.open() as spool:
        await asyncio.gather(visit(spool, "a", tenant="aa"), visit(spool, "b", tenant="bb"))
        assert await spool.tenants() == ["aa", "bb"]
        assert await drain(spool, "bb") == {"b": 1}
        assert await spool.tenants() == ["aa"]
        assert await drain(spool, "aa") == {"a": 1}
        assert await spool.take("cc", 1) is None


async def test_takes_about_as_many_as_asked_for(store):
    async with store.open() as spool:
        for start in range(0, 3000, 600):
            await asyncio.gather(*(visit(spool, f"u{start + n}") for n in range(600)))
        found = {}
        while batch := await spool.take(TENANT, 100):
            assert batch.rows < 100 + MAX_GROUP or store.name in ("redis", "fallback")
            found.update(parsed(batch))
        assert found == {f"u{n}": 1 for n in range(3000)}


async def test_buries_what_odoo_rejects(store):
    async with store.open() as spool:
        await asyncio.gather(*(visit(spool, uid) for uid in "abc"))
        await spool.finish(await spool.take(TENANT, 100), {"b": "keys", "z": "unknown"})
        stats = await spool.stats()
        assert (stats.rows, stats.dead) == (0, 1)
        [letter] = await spool.dead_letters()
        assert letter[:3] == (TENANT, line("b"), "keys")
        assert letter.at > 1.7e9


async def test_is_full_at_its_limit_and_open_again_afterwards(store):
    async with store.open(max_bytes=10 * len(line("u00"))) as spool:
        kept = 0
        with pytest.raises(SpoolFull):
            for number in range(30):
                await visit(spool, f"u{number:02}")
                kept += 1
        # Where Redis is full the disk beside it goes on, to the same limit.
        assert kept in {"fallback": (20,)}.get(store.name, (10, 11))
        assert len(await drain(spool)) == kept
        await visit(spool, "after")
        assert await drain(spool) == {"after": 1}


async def test_one_impatient_request_does_not_disturb_the_others(store):
    async def wait(uid):
        await visit(spool, uid)

    async with store.open() as spool:
        tasks = [asyncio.create_task(wait(f"u{number}")) for number in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert results[0] is results[2] is None
        assert await drain(spool) == {"u0": 1, "u1": 1, "u2": 1}


async def test_refuses_when_closed(store):
    async with store.open() as spool:
        waiting = visit(spool, "u0")
        await spool.close()
        assert waiting.done() and waiting.exception() is None
        with pytest.raises(SpoolError):
            await visit(spool, "u1")


async def test_every_observation_comes_out_once_whatever_happens(store):
    """Random turns of a relay's life; what comes out adds up to what went in."""
    turn = random.Random(7)

    appended, found, batches = 0, {}, []
    async with store.open() as spool:
        for _step in range(400):
            what = turn.random()
            if what < 0.6:
                tokens = [turn.randrange(8) for _n in range(turn.randrange(1, 6))]
                waiting = [
                    visit(spool, f"u{appended + n}", token=token, key=(token, turn.random() < 0.5))
                    for n, token in enumerate(tokens)
                ]
                appended += len(tokens)
                if what < 0.5:
                    await asyncio.gather(*waiting)
            elif what < 0.75:
                if batch := await spool.take(TENANT, turn.randrange(1, 50)):
                    batches.append(batch)
            elif batches:
                batch = batches.pop(turn.randrange(len(batches)))
                if what < 0.85:
                    await spool.release(batch)
                else:
                    assert not parsed(batch).keys() & found.keys()
                    found.update(parsed(batch))
                    await spool.finish(batch)
        for batch in batches:
            await spool.release(batch)
        found.update(await drain(spool))
        assert sum(found.values()) == appended
        assert (await spool.stats()).rows == 0


@durable
async def test_keeps_everything_when_it_is_closed(store):
    store.options |= _same_consumer(store)
    async with store.open() as spool:
        await asyncio.gather(visit(spool, "a"), visit(spool, "b"), visit(spool, "a2", token="a"))
        await visit(spool, "b2", token="b")
        assert (await spool.take(TENANT, 100)).rows == 2
    assert await left(store) == {"a": 2, "b": 2}


def _same_consumer(store):
    return {} if store.name == "sqlite" or "consumer" in store.options else {"consumer": "one"}


async def left(store):
    """What another worker finds: repeat by uid."""
    async with store.open() as spool:
        await spool.recover()
        return await drain(spool)


@durable
async def test_a_killed_worker_loses_nothing(store):
    store.options |= _same_consumer(store)
    answered, delivered = {}, {}
    for life in range(4):
        worker = store.worker(100_000, *(["deliver"] if life % 2 else []))
        said = read_until(worker, 200 + 130 * life)
        worker.kill()
        for word, uid, times in (w for w in said + read_rest(worker) if len(w) == 3):
            (answered if word == "answered" else delivered)[uid] = int(times)
    assert len(answered) > 1000
    # A batch that was delivered and not deleted comes again, the same as it was.
    for uid, repeat in (await left(store)).items():
        assert delivered.setdefault(uid, repeat) == repeat
    assert {uid: times for uid, times in answered.items() if delivered.get(uid) != times} == {}


@durable
async def test_four_workers_at_once(store):
    workers = [store.worker(1500) for _number in range(4)]
    answered = {uid: int(times) for worker in workers for _w, uid, times in read_rest(worker)}
    assert len(answered) == 6000
    assert await left(store) == answered


def test_counts_no_further_than_odoo_takes():
    assert with_repeat(b'{"a":1}', 2 * MAX_REPEAT) == b'{"a":1,"repeat":%d}' % MAX_REPEAT
