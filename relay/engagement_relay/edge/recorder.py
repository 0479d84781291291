"""Write down what was asked for, as far as it may be, and answer when it is durable."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from operator import itemgetter
from typing import Any, NamedTuple

from ..detection.observe import TYPES, is_refused
from ..protocol.token import Mark
from ..spool import Spool, SpoolError
from ..state import is_stale
from ..tenants import Tenant, Tenants
from .client_address import ClientAddress
from .line import LineMaker
from .reply import Asked, AskedHeaders
from .waiting import NOTHING, Waiting, Wake

_logger = logging.getLogger(__name__)
# A disk that hangs must not keep people waiting: after so many seconds nobody waits for it.
PATIENCE = 2.0
# Events that are answered meanwhile and written down when the disk comes back.
_MAX_UNCONFIRMED = 50_000

Answer = Callable[..., object]


class _Waiters(NamedTuple):
    """For one write: answers, and who goes on after them."""

    answers: list[tuple[str, Answer | None, tuple[Any, ...]]]
    wakes: list[Wake]


class Recorder:
    """
    :param spool: opened
    :param counts: (kind, outcome) → number
    :param lines: tenant's id → LineMaker
    :param loop: the one that requests come in
    """

    def __init__(
        self,
        tenants: Tenants,
        spool: Spool,
        counts: Counter[tuple[str, str]],
        lines: dict[bytes, LineMaker],
        address: ClientAddress,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._tenants, self._spool, self._counts = tenants, spool, counts
        self.lines, self._address = lines, address
        self._waiting = Waiting(loop)
        # The spool's writes that are not done, and what waits for them.
        self._writes: dict[asyncio.Future[None], _Waiters] = {}
        # When one was done.
        self._moved, self._unconfirmed = 0.0, 0

    def record(
        self,
        token: Mark,
        text: str,
        asked: Asked,
        headers: AskedHeaders,
        answer: Answer | None = None,
        arguments: tuple[Any, ...] = (),
    ) -> Awaitable[None]:
        """Never raises, never waits long.

        :param text: the token's own, without what stood behind it
        :param answer: is called with the arguments when it is durable, or dropped
        :return: done after that
        """
        kind = token.kind
        try:
            write = self._append(kind, token, text, asked, headers)
            if write is not None:
                waiters = self._writes.get(write) or self._begin_to_wait(write)
                waiters.answers.append((kind, answer, arguments))
                return self._waiting.until(waiters.wakes)
        except SpoolError:
            self._counts[kind, "dropped"] += 1
        except Exception:
            self._counts[kind, "failed"] += 1
            _logger.exception("an event was lost")
        if answer is not None:
            answer(*arguments)
        return NOTHING

    def after(self, task: asyncio.Task[None]) -> Awaitable[None]:
        """What a request awaits that a task of the loop answers."""
        return self._waiting.of(task)

    def _append(
        self, kind: str, token: Mark, text: str, asked: Asked, headers: AskedHeaders
    ) -> asyncio.Future[None] | None:
        """:return: the write to wait for, None when there is nothing to wait for"""
        tenant = self._tenants.by_id[token.tenant]
        now = time.time()
        policy = min(token.policy, tenant.policy)
        if not policy or not _is_wanted(tenant, token, headers, now):
            self._counts[kind, "unrecorded"] += 1
            return None
        stalled = self._writes and time.monotonic() - self._moved > PATIENCE
        if not stalled:
            self._unconfirmed = 0
        elif self._unconfirmed >= _MAX_UNCONFIRMED:
            self._counts[kind, "dropped"] += 1
            return None
        line, key = self.lines[token.tenant].make(
            token,
            policy,
            asked.method,
            headers,
            self._address.of(asked.client, headers),
            tenant.salts.get(token.key_id, b""),
            now,
            minimum=is_stale(tenant.fetched_at, now),
        )
        write = self._spool.append(tenant.name, text, (text, key), line)
        if stalled:
            self._unconfirmed += 1
            self._counts[kind, "unconfirmed"] += 1
            return None
        return write

    def _begin_to_wait(self, write: asyncio.Future[None]) -> "_Waiters":
        if not self._writes:
            self._moved = time.monotonic()
        waiters = self._writes[write] = _Waiters([], [])
        write.add_done_callback(self._end_waiting)
        return waiters

    def _end_waiting(self, write: asyncio.Future[None]) -> None:
        answers, wakes = self._writes.pop(write)
        self._moved = time.monotonic()
        outcome = "recorded" if write.exception() is None else "dropped"
        for kind, number in Counter(map(itemgetter(0), answers)).items():
            self._counts[kind, outcome] += number
        for _kind, answer, arguments in answers:
            if answer is not None:
                try:
                    answer(*arguments)
                except Exception:
                    _logger.exception("a request was not answered")
        for wake in wakes:
            wake(self._waiting)


def _is_wanted(tenant: Tenant, token: Mark, headers: AskedHeaders, now: float) -> bool:
    if token.sent_at < now - tenant.retention:
        return False
    if token.uid in tenant.suppressed:
        return False
    if tenant.partly and TYPES[token.kind] in tenant.partly.get(token.uid, ()):
        return False
    honour = tenant.state.honour
    return not (honour and is_refused(headers, honour))
