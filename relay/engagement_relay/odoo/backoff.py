"""How long to wait after a failure."""

import random

from ..protocol import retry_after

FIRST, LONGEST = 0.5, 60.0
# A server that asks for more than this is asked again all the same.
MAX_RETRY_AFTER = 3600.0


def delay(failures: int, asked: str | None = None) -> float:
    """Seconds: doubled with each failure, with jitter, at least what the server asked for.

    :param failures: in a row, from 1
    :param asked: the header Retry-After: seconds or a date
    """
    longest = min(LONGEST, FIRST * 2 ** min(failures - 1, 16))
    return max(random.uniform(longest / 2, longest), retry_after.seconds(asked, MAX_RETRY_AFTER))
