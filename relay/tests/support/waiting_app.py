"""For granian: requests that wait and are answered together, and how much of them is left."""

import asyncio
from weakref import WeakSet

from engagement_relay.edge.waiting import Waiting

TEXT = [("Content-Type", "text/plain")]


class Wakes(list):
    """Known for as long as anything refers to it."""

    known = WeakSet()
    __hash__ = object.__hash__

    def __init__(self):
        self.known.add(self)


class App:
    def __rsgi_init__(self, loop):
        self._loop, self._waiting = loop, Waiting(loop)

    def __rsgi__(self, scope, proto):
        if scope.path == "/left":
            return self._answer(proto, str(len(Wakes.known)))
        if scope.path == "/task":
            return self._waiting.of(self._loop.create_task(self._slowly(proto)))
        wakes = Wakes()
        self._loop.call_later(0.001, self._end, proto, wakes)
        return self._waiting.until(wakes)

    async def _answer(self, proto, text):
        proto.response_str(200, TEXT, text)

    async def _slowly(self, proto):
        await asyncio.sleep(0.001)
        await self._answer(proto, "slowly")

    def _end(self, proto, wakes):
        proto.response_str(200, TEXT, "done")
        for wake in wakes:
            wake(self._waiting)


app = App()
