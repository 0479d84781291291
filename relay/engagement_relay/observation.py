"""One request that an edge saw, as it travels to Odoo: a line of JSON, empty keys left out."""

import json
import math
import re
from dataclasses import dataclass, fields

TYPES = ("open", "click", "attachment")
METHODS = ("GET", "HEAD")
HINTS = ("head", "prefetch", "session", "dnt", "gpc", "auto_reply")

_HEX = re.compile(r"[0-9a-f]+")
_MAX_TEXT = {"ip": 45, "user_agent": 512, "country": 2}
_MAX_INT = {"sent_at": 2**32 - 1, "policy": 3, "link": 2**32 - 1, "repeat": 10**9, "source": 65535}


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
    :ivar repeat: how often the same was seen
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
    hints: tuple = ()
    device_type: str = ""
    client: str = ""
    os: str = ""
    country: str = ""
    city: str = ""
    source: int | None = None
    ip: str = ""
    user_agent: str = ""
    minimum: bool = False

    def to_json(self):
        """:rtype: str, one line"""
        return json.dumps(
            {
                name: getattr(self, name)
                for name in _FIELDS
                if name in _REQUIRED or not _is_empty(name, getattr(self, name))
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_json(cls, line):
        """:param str | bytes line:
        :raises BadObservation: for anything but an observation
        """
        try:
            values = json.loads(line)
        except (ValueError, RecursionError):
            raise BadObservation("json") from None
        if not isinstance(values, dict):
            raise BadObservation("object")
        if values.keys() - _FIELDS or _REQUIRED - values.keys():
            raise BadObservation("keys")
        for name, value in values.items():
            if not _is_valid(name, value):
                raise BadObservation(name)
        values["hints"] = tuple(values.get("hints", ()))
        return cls(**values)


def _is_valid(name, value):
    if name in ("uid", "mail"):
        size = 32 if name == "uid" else 20
        return isinstance(value, str) and len(value) == size and bool(_HEX.fullmatch(value))
    if name == "at":
        return _is_number(value) and math.isfinite(value) and 0 <= value < 2**32
    if name in _MAX_INT:
        return (
            isinstance(value, int)
            and not isinstance(value, bool)
            and ((1 if name == "repeat" else 0) <= value <= _MAX_INT[name])
        )
    if name == "hints":
        return isinstance(value, list) and all(hint in HINTS for hint in value)
    if name == "minimum":
        return isinstance(value, bool)
    if name in ("type", "method"):
        return value in (TYPES if name == "type" else METHODS)
    return isinstance(value, str) and len(value) <= _MAX_TEXT.get(name, 128) and "\0" not in value


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_empty(name, value):
    # Zero is a value: link 0, source 0.
    return value in ("", None, ()) or value is False or (name == "repeat" and value == 1)


_FIELDS = {field.name: None for field in fields(Observation)}.keys()
_REQUIRED = {"uid", "type", "mail", "sent_at", "policy", "at"}
