"""What Prometheus is told, and by whom.

Each worker counts in plain numbers and hands them over once a second: counting in the library's
files, shared by the workers, would cost as much as the rest of a request.
"""

import contextlib
import os
from collections import Counter as Count

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

_PREFIX = "engagement_relay_"
# Of a batch: 10 ms to the client's timeout.
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """
    :param bool shared_spool: several workers see the same rows
    """

    def __init__(self, shared_spool=False):
        self.requests = Count()
        self._reported = Count()
        registry = CollectorRegistry()
        rows = "livemax" if shared_spool else "livesum"

        def counter(name, text, labels=()):
            return Counter(_PREFIX + name, text, labels, registry=registry)

        def gauge(name, text, mode, labels=()):
            return Gauge(_PREFIX + name, text, labels, multiprocess_mode=mode, registry=registry)

        self._requests = counter(
            "requests", "Requests, by what was asked for and what became of it", ("kind", "outcome")
        )
        self._events = counter("events", "Events that Odoo answered for", ("result",))
        self._failures = counter("forward_failures", "Batches that were not taken", ("reason",))
        self._state_failures = counter("state_failures", "Questions for the state without answer")
        self._seconds = Histogram(
            _PREFIX + "forward_seconds",
            "From a batch's start to Odoo's answer",
            buckets=_SECONDS,
            registry=registry,
        )
        self._spool = {
            name: gauge(f"spool_{name}", text, mode)
            for name, text, mode in (
                ("rows", "Events that wait for Odoo", rows),
                ("bytes", "Their size", rows),
                ("max_bytes", "Where events are dropped", rows),
                ("dead_letters", "Events that Odoo rejected", rows),
                ("oldest_seconds", "Age of the first that waits", "livemax"),
                ("degraded", "1 while Redis is away", "livemax"),
            )
        }
        self._state_age = gauge(
            "state_age_seconds", "Since Odoo last told the state", "livemin", ("tenant",)
        )

    def report(self):
        """Hand over what was counted since the last call."""
        for labels, number in (self.requests - self._reported).items():
            self._requests.labels(*labels).inc(number)
        self._reported = self.requests.copy()

    def spool(self, stats, now):
        values = {
            "rows": stats.rows,
            "bytes": stats.bytes,
            "max_bytes": stats.max_bytes,
            "dead_letters": stats.dead,
            "oldest_seconds": max(0, now - stats.oldest) if stats.oldest else 0,
            "degraded": stats.degraded,
        }
        for name, value in values.items():
            self._spool[name].set(value)

    def state(self, tenant, age):
        self._state_age.labels(tenant).set(age)

    def state_failed(self):
        self._state_failures.inc()

    def delivered(self, answer, rejected, seconds):
        self._events.labels("accepted").inc(int(answer["accepted"]))
        self._events.labels("duplicate").inc(int(answer["duplicates"]))
        self._events.labels("rejected").inc(rejected)
        self._seconds.observe(seconds)

    def failed(self, reason):
        self._failures.labels(reason).inc()


class _LiveCollector(MultiProcessCollector):
    """Forgets the gauges of workers that ended without a word."""

    def collect(self):
        for pid in {name.rpartition("_")[2][:-3] for name in os.listdir(self._path)}:
            if pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
                with contextlib.suppress(OSError):
                    mark_process_dead(pid, self._path)
        return super().collect()


def listen(address, path):
    """Serve /metrics of all workers, from the process that watches over them.

    :param tuple address: host, port
    :param str path: of the folder that they share
    """
    registry = CollectorRegistry()
    _LiveCollector(registry, path)
    host, port = address
    start_http_server(port, host, registry)
