"""The thread that owns a worker's files: the loop never waits for a disk."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar, cast

from .base import SpoolError, SpoolFull
from .sqlite_file import Job, SpoolFile

_Result = TypeVar("_Result")
# Called in the loop with the result, or None, and the error, or None.
Done = Callable[[Any, BaseException | None], None]
# The file to write to, or None when the job only reads.
_Waiting = tuple[SpoolFile | None, Callable[..., Any], Done]


class SpoolThread:
    """Whatever waits to be written when a commit is done, and before something is read, goes into
    the next one.

    :param loop: results are handed over in it
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._jobs: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def put(self, file: SpoolFile, job: Job, done: Done) -> None:
        self._jobs.put((file, job, done))

    async def read(self, job: Callable[[], _Result]) -> _Result:
        return cast(_Result, await self._ask(None, job))

    async def write(self, file: SpoolFile, job: Job) -> None:
        await self._ask(file, job)

    async def _ask(self, file: SpoolFile | None, job: Callable[..., Any]) -> Any:
        future = self._loop.create_future()

        def done(result: Any, error: BaseException | None) -> None:
            if future.cancelled():
                return
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        self._jobs.put((file, job, done))
        return await future

    def stop(self) -> None:
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while jobs := self._waiting():
            results: list[tuple[Done, Any, BaseException | None]] = []
            # Writes first: what is read now was asked for after them, and before all others.
            for written in {file: None for file, _job, _done in jobs if file is not None}:
                self._write(written, [job for job in jobs if job[0] is written], results)
            for file, job, done in jobs:
                if file is None:
                    results.append((done, *_try(job)))
            self._loop.call_soon_threadsafe(_hand_over, results)

    def _waiting(self) -> list[_Waiting]:
        """What is to be done next, up to the first that reads; nothing after ``stop``."""
        jobs: list[_Waiting] = []
        job = self._jobs.get()
        while job is not None:
            jobs.append(job)
            if job[0] is None:
                break
            try:
                job = self._jobs.get_nowait()
            except Empty:
                break
        else:
            return []
        return jobs

    def _write(
        self,
        file: SpoolFile,
        jobs: list[_Waiting],
        results: list[tuple[Done, Any, BaseException | None]],
    ) -> None:
        _result, error = _try(partial(file.transact, [job for _file, job, _done in jobs]))
        if error is None or len(jobs) == 1:
            results += [(done, None, error) for _file, _job, done in jobs]
            return
        # Each alone: on a full disk rows may still be deleted.
        for _file, job, done in jobs:
            results.append((done, *_try(partial(file.transact, [job]))))


def _try(job: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    try:
        return job(), None
    except sqlite3.Error as error:
        return None, spool_error(error)
    except Exception as error:
        return None, error


def spool_error(error: Exception) -> SpoolError:
    """:param error: of the disk or of SQLite, whose code Python 3.10 does not tell"""
    text = str(error)
    is_full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
    is_full |= "full" in text or "disk I/O" in text
    return (SpoolFull if is_full else SpoolError)(text)


def _hand_over(results: list[tuple[Done, Any, BaseException | None]]) -> None:
    for done, result, error in results:
        done(result, error)
