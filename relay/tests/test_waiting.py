"""Requests that wait for one write are answered at once, before whoever awaits it goes on."""

import asyncio

from engagement_relay.waiting import NOTHING, Waiting


def run(scenario):
    async def begin():
        loop = asyncio.get_running_loop()
        waiting = Waiting(loop)
        return await asyncio.wait_for(scenario(waiting, loop), 10)

    return asyncio.run(begin())


def test_answers_come_before_those_who_await_go_on():
    async def scenario(waiting, loop):
        seen = []

        async def request(number):
            waiting.add("o", (seen.append, f"answer {number}"))
            await waiting
            seen.append(f"done {number}")

        tasks = [asyncio.create_task(request(number)) for number in range(2)]
        await asyncio.sleep(0)
        assert seen == []
        loop.call_soon(waiting.end)
        await asyncio.gather(*tasks)
        return seen

    assert run(scenario) == ["answer 0", "answer 1", "done 0", "done 1"]


def test_one_answer_that_fails_costs_nobody_else_his(caplog):
    async def scenario(waiting, loop):
        seen = []
        waiting.add("o", (int, "not a number"))
        waiting.add("o", (seen.append, "answer"))
        loop.call_soon(waiting.end)
        await waiting
        return seen

    assert run(scenario) == ["answer"]
    assert "a request was not answered" in caplog.text


def test_who_is_cancelled_takes_nothing_from_the_others():
    async def scenario(waiting, loop):
        async def request():
            await waiting
            return "done"

        one, other = (asyncio.create_task(request()) for _number in range(2))
        await asyncio.sleep(0)
        one.cancel()
        loop.call_soon(waiting.end)
        return await asyncio.gather(one, other, return_exceptions=True)

    cancelled, done = run(scenario)
    assert isinstance(cancelled, asyncio.CancelledError)
    assert done == "done"


def test_awaiting_what_is_over_or_nothing_does_not_wait():
    async def scenario(waiting, loop):
        loop.call_soon(waiting.end)
        await waiting
        await waiting
        await NOTHING
        return True

    assert run(scenario)
