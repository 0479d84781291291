"""Requests that wait for the same write, and are answered together when it is done."""

import logging

_logger = logging.getLogger(__name__)


class Waiting:
    """Awaited as asyncio's futures are, by granian's tasks and asyncio's own.

    A future costs a turn of the loop for each that awaits it, and a coroutine must stand between
    it and the answer: a third of what Python does for a request. Here one call answers all.

    :param loop: the one that everybody waits in
    """

    __slots__ = ("_answers", "_asyncio_future_blocking", "_loop", "_over", "_wake", "kinds")

    def __init__(self, loop):
        self._loop, self._over = loop, False
        self._answers, self._wake, self.kinds = [], [], []
        self._asyncio_future_blocking = False

    def add(self, kind, answer):
        """:param str kind: what was asked for, to be counted by
        :param answer: function and its arguments, or None when whoever awaits this answers
        """
        self.kinds.append(kind)
        if answer is not None:
            self._answers.append(answer)

    def end(self):
        """Answer everybody, then go on with what awaits this. Not to be called by a task."""
        self._over = True
        for function, *arguments in self._answers:
            try:
                function(*arguments)
            except Exception:
                _logger.exception("a request was not answered")
        for wake, context in self._wake:
            context.run(wake, self)
        self._answers = self._wake = ()

    def __await__(self):
        if not self._over:
            self._asyncio_future_blocking = True
            yield self

    # What tasks ask a future for.

    def get_loop(self):
        return self._loop

    def add_done_callback(self, wake, *, context):
        self._wake.append((wake, context))

    def result(self):
        return None

    def cancel(self, msg=None):
        """Others wait as well: who is cancelled sees it when this is over."""
        return False


class Nothing:
    """Awaited by those who have their answer."""

    __slots__ = ()

    def __await__(self):
        return iter(())


NOTHING = Nothing()
