"""Where requests wait until their event is written down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from types import coroutine
from typing import Any

# Goes on with what waits.
Wake = Callable[["Waiting"], object]


class Waiting:
    """What tasks are told to wait for: one for all requests, as long as the worker lives.

    granian (2.8) never lets go of what a request of its own tasks awaited, so that futures would
    stay in memory for ever. Nor does it need one for each: whoever waits leaves behind what wakes
    them, and one call answers and wakes all that wait for the same write.

    :param loop: the one that everybody waits in
    """

    __slots__ = ("_asyncio_future_blocking", "_loop", "_wakes")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._wakes: list[Wake] = []
        self._asyncio_future_blocking = False

    @coroutine
    def until(self, wakes: list[Wake]) -> Generator[Waiting, None, None]:
        """Awaited by a request.

        :param wakes: where it leaves the function that goes on with it, to be called with
            this, and not within a task
        """
        self._wakes = wakes
        self._asyncio_future_blocking = True
        yield self

    @coroutine
    def of(self, task: asyncio.Task[None]) -> Generator[Waiting, None, None]:
        """Awaited by a request that an asyncio task answers, which may await what it likes."""
        wakes: list[Wake] = []
        task.add_done_callback(lambda _task: wakes.pop()(self))
        yield from self.until(wakes)

    # What tasks ask a future for.

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._loop

    def add_done_callback(self, wake: Wake, *, context: Any) -> None:
        self._wakes.append(wake)

    def result(self) -> None:
        return None

    def cancel(self, msg: Any = None) -> bool:
        """Who is cancelled sees it when woken."""
        return False


class Nothing(Awaitable[None]):
    """Awaited by requests that have their answer."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, Any, None]:
        return iter(())  # type: ignore[return-value]  # an iterator is all that is asked for


NOTHING = Nothing()
