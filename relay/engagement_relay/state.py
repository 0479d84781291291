"""What Odoo lets a relay know of a tenant: the only thing that flows back."""

from __future__ import annotations

import time
from base64 import b64decode
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from .detection.observe import REFUSALS
from .protocol.token import KINDS, KeyState, Policy

# Older than this, only the minimum is recorded.
STALE_SECONDS = 86_400
_MOST = 2**53


class BadState(ValueError):
    """Odoo's answer is none; the text says which part."""


@dataclass(frozen=True)
class State:
    """:ivar version: Odoo's number
    :ivar chosen: whether this relay answers the recipients, not another one nor Odoo itself
    :ivar keys: as Odoo sends them
    :ivar suppressed: uids whose requests are answered and not recorded
    :ivar suppressed_kinds: uid → kinds, where not all of them are
    :ivar honour: of gpc and dnt
    :ivar knowledge: the administrator's networks and agents, or None
    """

    version: int = 0
    enabled: bool = False
    chosen: bool = True
    hosts: tuple[str, ...] = ()
    keys: tuple[Any, ...] = ()
    retention_days: int = 0
    max_policy: int = int(Policy.FULL)
    honour: tuple[str, ...] = ()
    suppressed: frozenset[str] = frozenset()
    suppressed_kinds: dict[str, list[str]] = field(default_factory=dict)
    knowledge: dict[str, str] | None = None
    attachment_max_bytes: int = 0

    def updated(self, answer: Any) -> State:
        """What holds after one of Odoo's answers, whole or a difference.

        :raises BadState:
        """
        try:
            return self._updated(answer)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            raise BadState(f"{type(error).__name__}: {error}"[:200]) from error

    def _updated(self, answer: Any) -> State:
        base = State(knowledge=self.knowledge) if answer["full"] else self
        gone = set(answer.get("unsuppressed", ()))
        kinds = {uid: kept for uid, kept in base.suppressed_kinds.items() if uid not in gone}
        new = replace(
            base,
            version=_number(answer["state_version"]),
            enabled=bool(answer["enabled"]),
            chosen=bool(answer.get("chosen", True)),
            hosts=tuple(str(host).lower() for host in answer.get("hosts", ())),
            keys=tuple(answer["keys"]),
            retention_days=_number(answer.get("retention_days") or 0),
            max_policy=int(Policy(answer.get("max_policy", Policy.FULL))),
            honour=tuple(name for name in answer.get("honour", ()) if name in REFUSALS),
            suppressed=(base.suppressed - gone) | set(answer.get("suppressed", ())),
            suppressed_kinds=kinds
            | {uid: [*refused] for uid, refused in (answer.get("suppressed_kinds") or {}).items()},
            knowledge=answer.get("knowledge") or base.knowledge,
            attachment_max_bytes=_number(answer.get("attachment_max_bytes") or 0),
        )
        new.outer_keys()
        new.uids()
        return new

    def outer_keys(self) -> dict[tuple[str, int], tuple[bytes, KeyState]]:
        """(kind, key id) → (secret, KeyState)"""
        return {
            (kind, _key_id(key["id"])): (b64decode(key["outer"][kind]), KeyState(key["state"]))
            for key in self.keys
            for kind in KINDS
            if kind in key["outer"]
        }

    def uids(self) -> tuple[frozenset[bytes], dict[bytes, list[str]]]:
        """Of mails that are not recorded, and of those of which some kinds are not."""
        return (
            frozenset(map(bytes.fromhex, self.suppressed)),
            {bytes.fromhex(uid): kinds for uid, kinds in self.suppressed_kinds.items()},
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"suppressed": sorted(self.suppressed)}

    @classmethod
    def from_json(cls, values: Any) -> State:
        """What an older relay wrote lacks what is new, and what a newer one wrote has more.

        :raises BadState:
        """
        try:
            known = {item.name: values[item.name] for item in fields(cls) if item.name in values}
            known |= {name: tuple(known[name]) for name in ("hosts", "keys", "honour")}
            state = cls(**known | {"suppressed": frozenset(known["suppressed"])})
            state.outer_keys()
            state.uids()
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadState(f"{type(error).__name__}: {error}") from error
        return state


def _number(value: Any) -> int:
    """:raises ValueError: it is none that a database counts"""
    number = int(value)
    if not 0 <= number < _MOST:
        raise ValueError("a number is out of range")
    return number


def _key_id(value: Any) -> int:
    """:raises ValueError: it is not one byte"""
    return bytes((int(value),))[0]


def is_stale(fetched_at: float, now: float | None = None) -> bool:
    """:param fetched_at: when Odoo last answered, unix seconds"""
    return (time.time() if now is None else now) - fetched_at > STALE_SECONDS
