"""What Prometheus is told, and by whom.

Each worker counts in plain numbers and hands them over once a second: counting in the library's
files, shared by the workers, would cost as much as the rest of a request.
"""

import contextlib
import os
from collections import Counter as Count
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from .spool import Stats

# How the values of several workers become one.
_Mode = Literal["livemax", "livesum", "livemin"]
_PREFIX = "engagement_relay_"
# Of a batch: 10 ms to the client's timeout.
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """
    :param shared_spool: several workers see the same rows
    """

    def __init__(self, shared_spool: bool = False) -> None:
        self.requests: Count[tuple[str, str]] = Count()
        self._reported: Count[tuple[str, str]] = Count()
        registry = CollectorRegistry()
        rows: _Mode = "livemax" if shared_spool else "livesum"

        def counter(name: str, text: str, labels: tuple[str, ...] = ()) -> Counter:
            return Counter(_PREFIX + name, text, labels, registry=registry)

        def gauge(name: str, text: str, mode: _Mode, labels: tuple[str, ...] = ()) -> Gauge:
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
        spool: tuple[tuple[str, str, _Mode], ...] = (
            ("rows", "Events that wait for Odoo", rows),
            ("bytes", "Their size", rows),
            ("max_bytes", "Where a tenant's events are dropped", rows),
            ("dead_letters", "Events that Odoo rejected", rows),
            ("oldest_seconds", "Age of the first that waits", "livemax"),
            ("degraded", "1 while the shared spool is away", "livemax"),
            ("full", "1 while a tenant's new events are dropped", "livemax"),
        )
        self._spool = {name: gauge(f"spool_{name}", text, mode) for name, text, mode in spool}
        self._tenants = gauge("tenants", "Paired companies; 0: nothing is served", "livemin")
        self._state_age = gauge(
            "state_age_seconds", "Since Odoo last told the state", "livemin", ("tenant",)
        )

    def report(self) -> None:
        """Hand over what was counted since the last call."""
        for labels, number in (self.requests - self._reported).items():
            self._requests.labels(*labels).inc(number)
        self._reported = self.requests.copy()

    def spool(self, stats: Stats, now: float) -> None:
        values = {
            "rows": stats.rows,
            "bytes": stats.bytes,
            "max_bytes": stats.max_bytes,
            "dead_letters": stats.dead,
            "oldest_seconds": max(0, now - stats.oldest) if stats.oldest else 0,
            "degraded": stats.degraded,
            "full": bool(stats.full),
        }
        for name, value in values.items():
            self._spool[name].set(value)

    def tenants(self, number: int) -> None:
        self._tenants.set(number)

    def state(self, tenant: str, age: float) -> None:
        self._state_age.labels(tenant).set(age)

    def state_failed(self) -> None:
        self._state_failures.inc()

    def delivered(self, answer: Mapping[str, Any], rejected: int, seconds: float) -> None:
        self._events.labels("accepted").inc(int(answer["accepted"]))
        self._events.labels("duplicate").inc(int(answer["duplicates"]))
        self._events.labels("rejected").inc(rejected)
        self._seconds.observe(seconds)

    def failed(self, reason: str) -> None:
        self._failures.labels(reason).inc()


class _LiveCollector(MultiProcessCollector):
    """Forgets the gauges of workers that ended without a word."""

    def collect(self) -> Iterable[Metric]:
        for pid in {name.rpartition("_")[2][:-3] for name in os.listdir(self._path)}:
            if pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
                with contextlib.suppress(OSError):
                    mark_process_dead(pid, self._path)
        found: Iterable[Metric] = super().collect()
        return found


def listen(address: tuple[str, int], path: str) -> None:
    """Serve /metrics of all workers, from the process that watches over them.

    :param address: host, port
    :param path: of the folder that they share
    """
    registry = CollectorRegistry()
    _LiveCollector(registry, path)
    host, port = address
    start_http_server(port, host, registry)
