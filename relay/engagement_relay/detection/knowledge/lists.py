"""Entries of the public lists that somebody keeps."""

import csv
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address

from . import Entry
from .prefixes import parse

APPLE = "https://mask-api.icloud.com/egress-ip-ranges.csv"


def apple(lines: Iterable[str], date: str) -> Iterator[Entry]:
    """Apple's list of Private Relay's egress networks: prefix, country, region, city.

    :param lines: of the file; what is no prefix (a heading, an empty line) is passed over
    :param date: ISO date of the file
    :return: the entries, neighbouring prefixes joined
    """
    found = set()
    for row in csv.reader(lines):
        try:
            found.add(parse(row[0].strip()))
        except (IndexError, ValueError):
            continue
    for version, first, size in _joined(found):
        net = f"{(IPv4Address if version == 4 else IPv6Address)(first)}/{size}"
        yield Entry("network", net, "privacy_relay", "iCloud Private Relay", APPLE, date)


def _joined(found: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Leave out what lies in another network, and join the two halves of one."""
    joined: list[tuple[int, int, int]] = []
    for version, first, size in sorted(found):
        bits = 32 if version == 4 else 128
        if joined and joined[-1][0] == version:
            _version, start, length = joined[-1]
            if first >> (bits - length) == start >> (bits - length):
                continue
        joined.append((version, first, size))
        while len(joined) > 1 and joined[-1][0] == joined[-2][0] and joined[-1][2] == joined[-2][2]:
            length = joined[-1][2]
            if not length or joined[-1][1] ^ joined[-2][1] != 1 << (bits - length):
                break
            joined.pop()
            version, start, _length = joined.pop()
            joined.append((version, start, length - 1))
    return joined
