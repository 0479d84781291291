"""Where requests wait until their event is written down."""

from types import coroutine


class Waiting:
    """What tasks are told to wait for: one for all requests, as long as the worker lives.

    granian (2.8) never lets go of what a request of its own tasks awaited, so that futures would
    stay in memory for ever. Nor does it need one for each: whoever waits leaves behind what wakes
    him, and one call answers and wakes all that wait for the same write.

    :param loop: the one that everybody waits in
    """

    __slots__ = ("_asyncio_future_blocking", "_loop", "_wakes")

    def __init__(self, loop):
        self._loop = loop

    @coroutine
    def until(self, wakes):
        """Awaited by a request.

        :param list wakes: where it leaves the function that goes on with it, to be called with
            this, and not within a task
        """
        self._wakes = wakes
        self._asyncio_future_blocking = True
        yield self

    @coroutine
    def of(self, task):
        """Awaited by a request that an asyncio task answers, which may await what it likes."""
        wakes = []
        task.add_done_callback(lambda _task: wakes.pop()(self))
        yield from self.until(wakes)

    # What tasks ask a future for.

    def get_loop(self):
        return self._loop

    def add_done_callback(self, wake, *, context):
        self._wakes.append(wake)

    def result(self):
        return None

    def cancel(self, msg=None):
        """Who is cancelled sees it when he is woken."""
        return False


class Nothing:
    """Awaited by requests that have their answer."""

    __slots__ = ()

    def __await__(self):
        return iter(())


NOTHING = Nothing()
