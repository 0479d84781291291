"""``python -m engagement_relay.knowledge apple FILE.csv > entries.csv``: import a public list.

Apple's list of Private Relay's egress networks has one row per prefix: prefix, country, region,
city. The output has the columns of ``knowledge.csv``.
"""

import csv
import datetime
import sys
from ipaddress import IPv4Address, IPv6Address

from . import Entry, write_csv
from .prefixes import parse

APPLE = "https://mask-api.icloud.com/egress-ip-ranges.csv"


def apple(lines, date):
    """
    :param lines: of Apple's file; what is no prefix (a heading, an empty line) is passed over
    :param str date: ISO date of the file
    :return: the entries, neighbouring prefixes joined
    :rtype: Iterator[Entry]
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


def _joined(found):
    """Leave out what lies in another network, and join the two halves of one."""
    joined = []
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


def main(arguments):
    """:return: the exit code"""
    if len(arguments) != 2 or arguments[0] != "apple":
        sys.stderr.write(__doc__)
        return 2
    with open(arguments[1], encoding="utf-8", newline="") as lines:
        write_csv(apple(lines, datetime.date.today().isoformat()), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
