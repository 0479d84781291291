"""When a delivery that failed is tried again: exponential, with jitter, for three days."""

from ...relay.engagement_relay.protocol import retry_after

# Seconds. Standard Webhooks advises seconds at first, hours in the end, some days in all.
FIRST, FACTOR, LONGEST = 10.0, 3, 12 * 3600.0
LASTS = 3 * 86400.0
# So that deliveries that failed together do not come back together.
JITTER = 0.25
# A receiver that is away is asked again at least this often.
LONGEST_PAUSE = 900.0


def delay(failures: int, draw: float) -> float:
    """Seconds until the next attempt.

    :param failures: of this delivery, from 1
    :param draw: at random, from 0 to 1
    """
    # Higher powers are as long, and no float.
    whole: float = min(LONGEST, FIRST * FACTOR ** min(failures - 1, 20))
    return whole * (1 - JITTER + 2 * JITTER * draw)


def next_after(age: float, failures: int, draw: float, asked: float = 0.0) -> float | None:
    """Seconds until the next attempt of a delivery; None where it is given up.

    The last one is three days after the first, whatever the jitter was.

    :param age: seconds since it was first due
    :param failures: as in delay
    :param draw: as in delay
    :param asked: seconds that the receiver asked to wait
    """
    # The database's times have no fractions of a second.
    if age > LASTS - 1:
        return None
    return min(max(delay(failures, draw), asked), LASTS - age)


def pause(failures: int, draw: float, asked: float = 0.0) -> float:
    """Seconds in which a receiver that is away gets no delivery at all.

    :param failures: in a row, of any of its deliveries, from 1
    :param draw: as in delay
    :param asked: seconds that it asked to wait, which may be longer
    """
    return max(min(delay(failures, draw), LONGEST_PAUSE), asked)


def asked_for(text: str | None, now: float | None = None) -> float:
    """Seconds that a Retry-After says, at most as long as this waits between two attempts.

    :param now: as in retry_after.seconds
    """
    return retry_after.seconds(text, LONGEST, now)
