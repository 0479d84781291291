"""What in an address looks like a secret: the names of parameters, the shapes of values."""

import re
from urllib.parse import parse_qsl

_NAME = re.compile(
    r"token|secret|pass|hash|hmac|sig|key|auth|session|sid|pid|code|otp|jwt|invite|nonce", re.I
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_LONG_RUN = re.compile(r"[0-9A-Za-z]{16,}")
_VALUE = re.compile(r"(?=[^\s]*[0-9])(?=[^\s]*[A-Za-z])[\w.~%+/=-]{20,}")


def is_secret(segment: str) -> bool:
    """Of one part of a path: a UUID, or letters and digits mixed at a length that no word has."""
    mixed = (not (run.isalpha() or run.isdigit()) for run in _LONG_RUN.findall(segment))
    return bool(_UUID.search(segment)) or any(mixed)


def has_secret(query: str) -> bool:
    """Of a query or a fragment: a value's shape, or a parameter's name."""
    if _VALUE.search(query):
        return True
    return any(_NAME.search(name) for name, _value in parse_qsl(query, True))
