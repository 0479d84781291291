"""How long a server asks to wait."""

import time
from email.utils import parsedate_to_datetime


def seconds(text: str | None, longest: float, now: float | None = None) -> float:
    """What a Retry-After says (RFC 9110 §10.2.3): 0 where it says nothing of use.

    :param longest: whoever asks for more is asked again all the same
    :param now: unix seconds, by default the clock's
    """
    if not text:
        return 0.0
    try:
        asked = float(text)
    except ValueError:
        try:
            at = parsedate_to_datetime(text).timestamp()
        except (ValueError, OverflowError):
            return 0.0
        asked = at - (time.time() if now is None else now)
    # nan is not itself.
    return min(max(asked, 0.0), longest) if asked == asked else 0.0
