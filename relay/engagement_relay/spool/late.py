"""A disk that is full when the relay starts must not keep it from answering."""

import logging

from .base import SpoolFull, Stats

_logger = logging.getLogger(__name__)


class LateSpool:
    """Full until its store can be opened, then what that is.

    :param open_: function that returns the store
    """

    def __init__(self, open_, max_bytes):
        self._open, self._spool = open_, _Closed(max_bytes)

    def __getattr__(self, name):
        return getattr(self._spool, name)

    async def recover(self):
        if isinstance(self._spool, _Closed):
            try:
                self._spool = self._open()
            except SpoolFull:
                return
            _logger.info("the spool is open")
        await self._spool.recover()


class _Closed:
    """See Spool."""

    def __init__(self, max_bytes):
        self.max_bytes = max_bytes

    def append(self, *_observation):
        raise SpoolFull("not open")

    async def write(self, _group):
        raise SpoolFull("not open")

    async def tenants(self):
        return []

    async def take(self, _tenant, _limit):
        return None

    async def stats(self):
        return Stats("sqlite", max_bytes=self.max_bytes)

    async def dead_letters(self, _limit=100):
        return []

    async def check(self):
        return []

    async def close(self):
        pass
