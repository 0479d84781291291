"""One request that an edge saw, as it travels to Odoo: a line of JSON, empty keys left out."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

TYPES = ("open", "click", "attachment")
METHODS = ("GET", "HEAD")
HINTS = ("head", "prefetch", "session", "dnt", "gpc", "auto_reply")
# More than one worker counts: a row takes up to a minute of one token's requests, and a worker
# answers some 22,000 a second (docs/benchmarks.md). A loop that is faster counts a million.
MAX_REPEAT = 1_000_000

_Check = Callable[[Any], bool]
_is_hex = re.compile(r"[0-9a-f]+").fullmatch


class BadObservation(ValueError):
    """Not an observation; the text says which key, never its value."""


@dataclass(slots=True)
class Observation:
    """:ivar uid: 32 hex digits, random: the event's identity
    :ivar type: open, click or attachment (Odoo makes replies itself)
    :ivar mail: 20 hex digits, the token's uid
    :ivar sent_at: unix seconds, from the token
    :ivar policy: token.Policy as int
    :ivar at: unix seconds with fraction
    :ivar link: the link's reference
    :ivar repeat: how often the same was seen, up to MAX_REPEAT
    :ivar agent, network: classes, see classify
    :ivar source: bucket of a keyed hash of the address: tells networks apart, gives none back
    :ivar ip, user_agent: only where policy and today's state allow it
    :ivar minimum: the edge did not know today's state and kept back what it could
    """

    uid: str
    type: str
    mail: str
    sent_at: int
    policy: int
    at: float
    link: int | None = None
    repeat: int = 1
    method: str = "GET"
    agent: str = ""
    agent_name: str = ""
    network: str = ""
    network_name: str = ""
    hints: tuple[str, ...] = ()
    device_type: str = ""
    client: str = ""
    os: str = ""
    country: str = ""
    city: str = ""
    source: int | None = None
    ip: str = ""
    user_agent: str = ""
    minimum: bool = False

    def to_json(self) -> str:
        """One line."""
        return json.dumps(
            {
                name: getattr(self, name)
                for name in _FIELDS
                if name in _REQUIRED or not _is_empty(name, getattr(self, name))
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, line: str | bytes) -> "Observation":
        """:raises BadObservation: for anything but an observation"""
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            raise BadObservation("json") from None
        if not isinstance(values, dict):
            raise BadObservation("object")
        if not _REQUIRED <= values.keys() <= _FIELDS:
            raise BadObservation("keys")
        for name, value in values.items():
            if not _CHECKS[name](value):
                raise BadObservation(name)
        values["hints"] = tuple(values.get("hints", ()))
        return cls(**values)


def plain_text(longest: int) -> _Check:
    """
    :return: function that says whether a value is a text, no longer, that every database takes
    """

    def check(value: Any) -> bool:
        return (
            isinstance(value, str)
            and len(value) <= longest
            and "\0" not in value
            and (value.isascii() or _is_unicode(value))
        )

    return check


def _is_unicode(value: str) -> bool:
    """JSON can name half a surrogate pair, which no database takes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _hex(digits: int) -> _Check:
    return lambda value: (isinstance(value, str) and len(value) == digits and bool(_is_hex(value)))


def _integer(lowest: int, highest: int) -> _Check:
    # A bool is an int as well.
    return lambda value: type(value) is int and lowest <= value <= highest


def _is_time(value: Any) -> bool:
    """Unix seconds of 1970 to 2106, as a token's; what is ahead of a clock is for who has one."""
    # Compared, not converted: an integer of 400 digits is no float. NaN is never between.
    return type(value) in (int, float) and 0 <= value < 2**32


def _are_hints(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= len(HINTS)
        and all(hint in HINTS for hint in value)
    )


def _is_empty(name: str, value: Any) -> bool:
    # Zero is a value: link 0, source 0.
    return value in ("", None, ()) or value is False or (name == "repeat" and value == 1)


_FIELDS = {field.name: None for field in fields(Observation)}.keys()
_REQUIRED = {"uid", "type", "mail", "sent_at", "policy", "at"}
_CHECKS: dict[str, _Check] = {
    **dict.fromkeys(_FIELDS, plain_text(128)),
    "uid": _hex(32),
    "type": TYPES.__contains__,
    "mail": _hex(20),
    "sent_at": _integer(0, 2**32 - 1),
    "policy": _integer(0, 3),
    "at": _is_time,
    "link": _integer(0, 2**32 - 1),
    "repeat": _integer(1, MAX_REPEAT),
    "method": METHODS.__contains__,
    "hints": _are_hints,
    "source": _integer(0, 65535),
    "country": plain_text(2),
    "ip": plain_text(45),
    "user_agent": plain_text(512),
    "minimum": lambda value: type(value) is bool,
}
