"""Which versions of the protocol this side understands, and who is too old for the other.

A version counts what the other side has to understand, not what it may pass over: another key of an
answer changes nothing, another meaning of one raises ``NEWEST``. Raise ``OLDEST`` only where an
older version cannot be spoken any more.
"""

import re

OLDEST, NEWEST = 1, 1
_SAID = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")


def said() -> str:
    """The value of ``X-Engagement-Protocol``."""
    return f"{OLDEST}-{NEWEST}"


def read(text: str | None) -> tuple[int, int]:
    """
    :param text: a header's value: one version or two, oldest and newest; None: from before there
        were versions, which is the first one
    :return: oldest and newest version
    :raises ValueError: it is none
    """
    found = _SAID.fullmatch("1" if text is None else text)
    if not found:
        raise ValueError("no version of the protocol")
    oldest = int(found[1])
    return oldest, int(found[2] or oldest)


def too_old(text: str | None) -> str:
    """Who has to be upgraded, ``relay`` or ``odoo``, for both to understand each other; else empty.

    :param text: what the relay said, see :func:`read`
    :raises ValueError: it said none
    """
    oldest, newest = read(text)
    if newest < OLDEST:
        return "relay"
    return "odoo" if oldest > NEWEST else ""
