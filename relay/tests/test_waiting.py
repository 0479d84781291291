"""Requests wait in one object for all of them, in granian's tasks and in asyncio's."""

import asyncio
import os
import sys

import pytest
from engagement_relay.edge.waiting import NOTHING, Waiting

from dev.processes import Server, free_port


@pytest.fixture
def ask(tmp_path):
    """A granian as the relay's that serves waiting_app; a function that asks it."""
    port = free_port()
    options = ["--interface", "rsgi", "--loop", "uvloop", "--task-impl", "rust", "--no-ws"]
    command = [sys.executable, "-m", "granian", *options, "--port", port, "waiting_app:app"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    server = Server(command, port, tmp_path / "log", "/left", env=environment)

    def ask(path):
        status, _headers, content = server.ask(path)
        return status, content.decode()

    with server:
        yield ask
    assert "rror" not in server.log.read_text()


def test_granian_keeps_nothing_of_requests_that_waited(ask):
    for _number in range(20):
        assert ask("/") == (200, "done")
        assert ask("/task") == (200, "slowly")
    assert ask("/left") == (200, "0")


def run(scenario):
    async def begin():
        return await asyncio.wait_for(scenario(Waiting(asyncio.get_running_loop())), 10)

    return asyncio.run(begin())


def go_on(waiting, wakes):
    """As the edge does, not within a task."""
    for wake in wakes:
        asyncio.get_running_loop().call_soon(wake, waiting)


def test_each_waits_for_those_who_hold_his_wake():
    async def scenario(waiting):
        seen = []

        async def request(name, wakes):
            await waiting.until(wakes)
            seen.append(name)

        first, second = [], []
        tasks = [
            asyncio.create_task(request(name, wakes))
            for name, wakes in (("a", first), ("b", second), ("c", first))
        ]
        await asyncio.sleep(0)
        go_on(waiting, second)
        go_on(waiting, first)
        await asyncio.gather(*tasks)
        return seen

    assert run(scenario) == ["b", "a", "c"]


def test_who_is_cancelled_takes_nothing_from_the_others():
    async def scenario(waiting):
        wakes = []

        async def request():
            await waiting.until(wakes)
            return "done"

        one, other = (asyncio.create_task(request()) for _number in range(2))
        await asyncio.sleep(0)
        one.cancel()
        go_on(waiting, wakes)
        return await asyncio.gather(one, other, return_exceptions=True)

    cancelled, done = run(scenario)
    assert isinstance(cancelled, asyncio.CancelledError)
    assert done == "done"


def test_nothing_is_not_waited_for():
    async def scenario(waiting):
        await NOTHING
        return True

    assert run(scenario)
