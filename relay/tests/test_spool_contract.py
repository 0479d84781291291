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

from dev.nats import Nats
from dev.processes import wait_until
from dev.valkey import Valkey

pytestmark = pytest.mark.anyio

DURABLE = ["sqlite", "redis", "valkey", "nats", "fallback", "away"]


@pytest.fixture(scope="module")
def redis():
    server = RedisServer()
    yield server.url
    server.remove()


@pytest.fixture(scope="module")
def valkey(tmp_path_factory):
    with Valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server.url


@pytest.fixture(scope="module")
def nats(tmp_path_factory):
    with Nats(tmp_path_factory.mktemp("nats")) as server:
        wait_until(server.is_ready, "JetStream")
        yield server.url


SERVERS = {"redis": "redis", "valkey": "valkey", "fallback": "valkey", "nats": "nats"}


@pytest.fixture(params=["none", *DURABLE])
def store(request, tmp_path):
    server = SERVERS.get(request.param)
    return Store(request.param, tmp_path, request.getfixturevalue(server) if server else "")


durable = pytest.mark.parametrize("store", DURABLE, indirect=True)


def visit(spool, uid, *, token=None, key=None, tenant=TENANT):
    return spool.append(tenant, token or uid, key or (token or uid, "GET", "::1", ""), line(uid))


async def test_gives_what_it_got_in_order(store):
    async with store.open() as spool:
        for number in range(5):
            await visit(spool, f"u{number}")
        stats = await spool.stats()
        assert stats.rows == 5
        # JetStream counts what stands around them as well.
        assert stats.bytes == 5 * len(line("u0")) or store.name == "nats"
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
        counted = {"u0": 5} if store.counts_up else {"u0": 3, "v0": 2}
        assert await drain(spool) == {**counted, "w": 1}


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
        assert parsed(batch) == ({"u0": 2} if store.counts_up else {"u0": 1, "u1": 1})
        await spool.release(batch)
        again = await spool.take(TENANT, batch.rows)
        assert again.body == batch.body
        await spool.finish(again)
        assert await drain(spool) == {"u2": 1}


async def test_what_is_seen_again_while_batches_go_out_is_counted(store):
    # Who asks too often waits where nothing can be counted up.
    looks = 200 if store.counts_up else 8
    async with store.open() as spool:
        answered, delivered = 0, 0

        async def look(visitor):
            nonlocal answered
            for number in range(looks):
                await spool.append(TENANT, "t", "t", line(f"{visitor}-{number}"))
                answered += 1

        visitors = [asyncio.create_task(look(number)) for number in range(4)]
        while not all(task.done() for task in visitors) or await spool.tenants():
            if batch := await spool.take(TENANT, 100):
                delivered += sum(parsed(batch).values())
                await spool.finish(batch)
            await asyncio.sleep(0)
        await asyncio.gather(*visitors)
        assert delivered == answered == 4 * looks


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
        assert sum(found.values()) == 100
        assert found[f"u{ROWS_PER_MINUTE}"] == (100 - ROWS_PER_MINUTE if store.counts_up else 1)
        # Where nothing is counted up, one for each time that they were waited for together.
        groups = 1 if store.counts_up else 13
        assert len(found) == ROWS_PER_MINUTE + groups


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
            assert batch.rows < 100 + MAX_GROUP or store.name in ("redis", "valkey", "fallback")
            found.update(parsed(batch))
        assert found == {f"u{n}": 1 for n in range(3000)}


async def test_a_full_tenant_leaves_the_others_their_room(store):
    size = 150 if store.name == "nats" else len(line("u00"))
    async with store.open(max_bytes=10 * size) as spool:
        with pytest.raises(SpoolFull):
            for number in range(30):
                await visit(spool, f"u{number:02}", tenant="dead0000")
        alive = [visit(spool, f"v{number:02}", tenant="a11ce000") for number in range(8)]
        if store.name in ("sqlite", "none", "fallback", "away"):
            assert (await spool.stats()).full == ("dead0000",)
        with pytest.raises(SpoolFull):
            await asyncio.gather(
                visit(spool, "v08", tenant="a11ce000"), visit(spool, "u30", tenant="dead0000")
            )
        await asyncio.gather(*alive)
        assert len(await drain(spool, "a11ce000")) == 9


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
    # With what JetStream keeps around each.
    size = 150 if store.name == "nats" else len(line("u00"))
    async with store.open(max_bytes=10 * size) as spool:
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
    tokens_of = 8 if store.counts_up else 1000

    appended, found, batches = 0, {}, []
    async with store.open() as spool:
        for _step in range(400):
            what = turn.random()
            if what < 0.6:
                tokens = [turn.randrange(tokens_of) for _n in range(turn.randrange(1, 6))]
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
        assert (await spool.take(TENANT, 100)).rows == (2 if store.counts_up else 3)
    counted = {"b": 2} if store.counts_up else {"b": 1, "b2": 1}
    assert await left(store) == {"a": 2, **counted}


def _same_consumer(store):
    """What lets a worker find at once what it had read before it was killed, or soon."""
    if store.name == "nats":
        return {"dead_after_ms": 1000}
    return {"consumer": "one"} if store.name in ("redis", "valkey", "fallback") else {}


async def left(store):
    """What another worker finds: repeat by uid."""
    found = {}
    async with store.open() as spool:
        while True:
            await spool.recover()
            found |= await drain(spool)
            if not (await spool.stats()).rows:
                return found


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
