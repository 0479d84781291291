"""Whose processor time an answer takes, for the relay's benchmark."""

import os
import resource
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def worker_of(process):
    """:return: the process id of granian's only worker"""
    for task in Path(f"/proc/{process.pid}/task").iterdir():
        # Its last child: another watches over shared resources.
        if children := (task / "children").read_text().split():
            return int(children[-1])
    raise ProcessLookupError(process.pid)


def spent(worker):
    """:param int worker: a process id, or None
    :return: seconds so far: of the thread that the event loop runs in, of the worker's others, and
        of the load generators that have ended
    :rtype: tuple[float, float, float]
    """
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    loop = others = 0.0
    for task in Path(f"/proc/{worker}/task").iterdir() if worker else ():
        # The name, which may hold blanks, ends with a bracket.
        fields = (task / "stat").read_text().rpartition(")")[2].split()
        seconds = (int(fields[11]) + int(fields[12])) / _TICK
        if task.name == str(worker):
            loop = seconds
        else:
            others += seconds
    return loop, others, ended.ru_utime + ended.ru_stime


def for_each(before, after, answers):
    """:return: microseconds for each answer, as ``spent``"""
    return tuple((end - start) / answers * 1e6 for start, end in zip(before, after, strict=True))
