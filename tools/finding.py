"""What a check found, for whoever has words for it."""

from collections.abc import Mapping
from typing import NamedTuple

OK, ATTENTION, FAILED = "ok", "attention", "failed"


class Finding(NamedTuple):
    """
    :ivar code: what was found, for the words
    :ivar level: OK, ATTENTION (works, but costs something) or FAILED
    :ivar params: for the words
    """

    code: str
    level: str = OK
    params: Mapping[str, str | int] = {}
