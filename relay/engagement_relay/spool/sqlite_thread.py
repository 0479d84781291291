"""The thread that owns a worker's files: the loop never waits for a disk."""

import errno
import sqlite3
from queue import Empty, SimpleQueue
from threading import Thread

from .base import SpoolError, SpoolFull


class SpoolThread:
    """Whatever waits to be written when a commit is done, and before something is read, goes into
    the next one.

    :param loop: results are handed over in it
    """

    def __init__(self, loop):
        self._loop = loop
        self._jobs = SimpleQueue()
        self._thread = Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    def put(self, file, job, done):
        """:param file: SpoolFile to write to, or None when the job only reads
        :param done: called in the loop with the result, or None, and the error, or None
        """
        self._jobs.put((file, job, done))

    async def read(self, job):
        return await self.write(None, job)

    async def write(self, file, job):
        future = self._loop.create_future()

        def done(result, error):
            if future.cancelled():
                return
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        self.put(file, job, done)
        return await future

    def stop(self):
        self._jobs.put(None)
        self._thread.join()

    def _run(self):
        while True:
            jobs = self._waiting()
            if jobs[-1] is None:
                return
            results = []
            # Writes first: what is read now was asked for after them, and before all others.
            files = {file: None for file, _job, _done in jobs if file is not None}
            for file in files:
                self._write(file, [job for job in jobs if job[0] is file], results)
            for file, job, done in jobs:
                if file is None:
                    results.append((done, *_try(job)))
            self._loop.call_soon_threadsafe(_hand_over, results)

    def _waiting(self):
        jobs = [self._jobs.get()]
        while jobs[-1] is not None and jobs[-1][0] is not None:
            try:
                jobs.append(self._jobs.get_nowait())
            except Empty:
                break
        return jobs

    def _write(self, file, jobs, results):
        _result, error = _try(lambda: file.transact([job for _file, job, _done in jobs]))
        if error is None or len(jobs) == 1:
            results += [(done, None, error) for _file, _job, done in jobs]
            return
        # Each alone: on a full disk rows may still be deleted.
        for _file, job, done in jobs:
            results.append((done, *_try(lambda job=job: file.transact([job]))))


def _try(job):
    try:
        return job(), None
    except sqlite3.Error as error:
        return None, spool_error(error)
    except Exception as error:
        return None, error


def spool_error(error):
    """:param error: of the disk or of SQLite, whose code Python 3.10 does not tell
    :rtype: SpoolError
    """
    text = str(error)
    is_full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
    is_full |= "full" in text or "disk I/O" in text
    return (SpoolFull if is_full else SpoolError)(text)


def _hand_over(results):
    for done, result, error in results:
        done(result, error)
