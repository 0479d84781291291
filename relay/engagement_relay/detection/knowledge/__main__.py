"""``python -m engagement_relay.detection.knowledge apple FILE.csv > entries.csv``: import a list.

The output has the columns of ``knowledge.csv``.
"""

import datetime
import sys

from . import write_csv
from .lists import apple


def main(arguments: list[str]) -> int:
    """:return: the exit code"""
    if len(arguments) != 2 or arguments[0] != "apple":
        sys.stderr.write(__doc__)
        return 2
    with open(arguments[1], encoding="utf-8", newline="") as lines:
        write_csv(apple(lines, datetime.date.today().isoformat()), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
