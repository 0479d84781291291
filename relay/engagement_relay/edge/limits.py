"""How often one address may ask for what costs something."""

import time
from collections.abc import Callable
from ipaddress import IPv6Address

# Addresses that are remembered; then all start anew.
_MAX_ADDRESSES = 50_000


class Limit:
    """A bucket for each address, or 64 bits of IPv6, that fills again within a minute.

    :param per_minute: and that many at once
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._size = per_minute / 60, per_minute
        self._clock = clock
        self._buckets: dict[str | int, tuple[float, float]] = {}

    def allows(self, address: str) -> bool:
        """Take one from the bucket of this address."""
        household, now = _household(address), self._clock()
        left, since = self._buckets.get(household, (self._size, now))
        left = min(self._size, left + (now - since) * self._rate)
        if len(self._buckets) >= _MAX_ADDRESSES:
            self._buckets.clear()
        self._buckets[household] = (max(0, left - 1), now)
        return left >= 1


def _household(address: str) -> str | int:
    """Whoever has one address of IPv6 has 2^64 of them."""
    if ":" not in address:
        return address
    try:
        return int(IPv6Address(address)) >> 64
    except ValueError:
        return address
