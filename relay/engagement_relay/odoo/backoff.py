"""How long to wait after a failure."""

import random
import time
from email.utils import parsedate_to_datetime

FIRST, LONGEST = 0.5, 60.0
# A server that asks for more than this is asked again all the same.
MAX_RETRY_AFTER = 3600.0


def delay(failures: int, retry_after: str | None = None) -> float:
    """Seconds: doubled with each failure, with jitter, at least what the server asked for.

    :param failures: in a row, from 1
    :param retry_after: the header: seconds or a date
    """
    longest = min(LONGEST, FIRST * 2 ** min(failures - 1, 16))
    return max(random.uniform(longest / 2, longest), _asked_for(retry_after))


def _asked_for(text: str | None) -> float:
    if not text:
        return 0.0
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except ValueError:
            return 0.0
    return min(max(seconds, 0.0), MAX_RETRY_AFTER) if seconds == seconds else 0.0
