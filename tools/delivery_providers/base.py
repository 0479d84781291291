"""What every provider of e-mail delivery is asked, and what its answers are made of. No ORM."""

import hmac
import json
import re
from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from email.utils import parseaddr
from typing import Any, NamedTuple

from .. import delivery

# The largest batch that any of them documents (SendGrid) is 768 kilobytes.
MAX_BODY = 2**20
# A limit for what is looked at, above what any of them sends at once.
MAX_EVENTS = 2000
_LONGEST = 1000
_FRACTION = re.compile(r"\.\d+(?=$|Z|[+-]\d\d:?\d\d$)")


class Forged(Exception):
    """A request that did not come from the provider. It holds nothing of it."""


class Unreadable(Exception):
    """A request of the provider's whose body is no such thing as it documents."""


class Event(NamedTuple):
    """What happened to a mail of one recipient.

    :ivar message_id: in angle brackets, "" where the provider knows it by another name
    :ivar address: the recipient's, in small letters
    :ivar report: what is said of it
    :ivar uid: what the mail itself carried as its name, where the provider gives that back
    """

    message_id: str
    address: str
    report: delivery.Report
    uid: str = ""


class Asked(NamedTuple):
    """A provider's request.

    :ivar headers: names in any case
    :ivar secret: what the company and the provider agreed on
    :ivar now: seconds since 1970
    :ivar fetch: gets what stands at an address of the provider's, with limits
    """

    headers: Mapping[str, str]
    body: bytes
    secret: str
    now: int
    fetch: Callable[[str], bytes]

    def json(self) -> Any:
        """
        :raises Unreadable: for what is no JSON
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Unreadable from None


class Provider(ABC):
    """One provider: how its requests prove that they are its own, and what they say.

    :cvar name: in the address of the webhook
    :cvar label: as people know it
    :cvar documented: where it says so
    """

    name: str
    label: str
    documented: str

    @abstractmethod
    def verify(self, asked: Asked) -> None:
        """
        :raises Forged: where the request proves nothing
        :raises Unreadable: where it is none that could
        """

    @abstractmethod
    def events(self, asked: Asked) -> Iterator[Event]:
        """What a verified request says; what is of no interest here is left out.

        :raises Unreadable: where it is no such thing as the provider documents
        """

    def headers(self, uid: str) -> dict[str, str]:
        """What a mail has to carry so that the provider's events name it.

        :param uid: the recipient's
        """
        return {}


def same(one: str, other: str) -> bool:
    """Compare a proof, in a time that says nothing of it. Nothing is the proof of nothing."""
    return bool(other) and hmac.compare_digest(one.encode(errors="replace"), other.encode())


def basic(asked: Asked) -> str:
    """The ``user:password`` of RFC 7617, "" where there is none."""
    kind, _space, encoded = asked.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return b64decode(encoded, validate=True).decode()
    except ValueError:
        return ""


def bearer(asked: Asked) -> str:
    """The token of RFC 6750, "" where there is none."""
    kind, _space, token = asked.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def inside(value: Any, *path: str | int) -> Any:
    """What stands within JSON, None where the path leads nowhere.

    >>> inside({"a": [{"b": 1}]}, "a", 0, "b")
    1
    """
    for step in path:
        if isinstance(step, int):
            known = isinstance(value, list) and len(value) > step
        else:
            known = isinstance(value, dict) and step in value
        if not known:
            return None
        value = value[step]
    return value


def several(value: Any) -> list[Any]:
    """A list of JSON's, empty where it is none."""
    return value[:MAX_EVENTS] if isinstance(value, list) else []


def word(value: Any) -> str:
    """A text of JSON's that can be looked for in the database, "" for anything else."""
    fits = isinstance(value, str) and len(value) <= _LONGEST and value.isprintable()
    return value.strip() if fits else ""


def address(value: Any) -> str:
    return parseaddr(word(value))[1].lower()


def message_id(value: Any) -> str:
    """In angle brackets, as it stands in the mail; some providers leave them out."""
    name = word(value).strip("<>")
    return f"<{name}>" if name else ""


def moment(value: Any, now: int) -> int:
    """Seconds since 1970, of a number or of ISO 8601; now for what is neither, or is to come."""
    try:
        if isinstance(value, str):
            plain = _FRACTION.sub("", value.strip()).replace("Z", "+00:00")
            when = datetime.fromisoformat(plain)
            value = (when if when.tzinfo else when.replace(tzinfo=timezone.utc)).timestamp()
        seconds = int(value)
    except (ValueError, TypeError, OverflowError):
        return now
    return seconds if 0 < seconds < now else now
