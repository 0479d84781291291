"""How often one address may ask for what costs something."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import blake2b
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
        self._buckets: dict[str, tuple[float, float]] = {}
        self._key: bytes | None = None
        self._spent: Counter[str] = Counter()

    def allows(self, address: str) -> bool:
        """Take one from the bucket of this address."""
        household = _household(address)
        if self._key is not None:
            household = blake2b(household.encode(), key=self._key, digest_size=8).hexdigest()
            self._spent[household] += 1
        return self._take(household, 1) >= 1

    def share(self, key: bytes) -> None:
        """From now on what is taken is counted for others, under names that only the key gives.

        :param key: the same for all of them
        """
        if key != self._key:
            self._key = key
            self._buckets.clear()
            self._spent.clear()

    def spent(self) -> dict[str, int]:
        """What was taken here since the last call."""
        spent, self._spent = self._spent, Counter()
        return dict(spent)

    def take(self, spent: Mapping[str, int]) -> None:
        """What was taken elsewhere."""
        for household, number in spent.items():
            self._take(household, number)

    def _take(self, household: str, number: int) -> float:
        """:return: what was left before"""
        now = self._clock()
        left, since = self._buckets.get(household, (self._size, now))
        left = min(self._size, left + (now - since) * self._rate)
        if len(self._buckets) >= _MAX_ADDRESSES:
            self._buckets.clear()
        self._buckets[household] = (max(0, left - number), now)
        return left


def _household(address: str) -> str:
    """Whoever has one address of IPv6 has 2^64 of them."""
    if ":" not in address:
        return address
    try:
        return f"{int(IPv6Address(address)) >> 64:x}"
    except ValueError:
        return address
