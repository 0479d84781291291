"""The tenants that a relay answers for, as their files on disk say."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from . import storage
from .protocol.token import Keyring, KeyState
from .state import BadState, State

_logger = logging.getLogger(__name__)
# Pairs of host name and tenant that are remembered; a visitor can make up names.
_MAX_NAMES = 10_000


class Tenant(NamedTuple):
    """:ivar id: 4 bytes
    :ivar name: the same as 8 hex digits
    :ivar policy: what its Odoo allows today, 0 where nothing is followed
    :ivar fetched_at: when Odoo last answered; 0 when never
    :ivar suppressed: uids as bytes
    :ivar partly: uid as bytes → kinds that are refused
    """

    id: bytes
    name: str
    pairing: storage.Pairing
    state: State
    policy: int
    fetched_at: float
    hosts: frozenset[str]
    suppressed: frozenset[bytes]
    partly: dict[bytes, list[str]]
    retention: float
    salts: dict[int, bytes]


class Tenants:
    """Kept in memory; ``reload`` sees what another process wrote: a pairing, a newer state."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._signature: dict[str, tuple[int, int, int] | None] | None = None
        self._serves: dict[tuple[str, bytes], bool] = {}
        self._claimed: frozenset[str] = frozenset()
        self.by_id: dict[bytes, Tenant] = {}
        self.keyring = Keyring()
        self.reload()

    def __iter__(self) -> Iterator[Tenant]:
        return iter(self.by_id.values())

    def reload(self) -> bool:
        """:return: whether anything changed but the time of the last answer"""
        paths = sorted(storage.folder(self._data_dir).glob("*.json"))
        signature = {str(path): storage.signature_of(path) for path in paths}
        if signature == self._signature:
            return False
        before = {item.id: (item.pairing, item.state) for item in self}
        self._signature = signature
        found: dict[bytes, Tenant] = {}
        for path in paths:
            if path.name.endswith(".pairing.json"):
                try:
                    tenant = self._load(path)
                except (OSError, ValueError) as error:
                    # The part that can be read goes on being served.
                    _logger.error("%s cannot be used: %s", path.name, type(error).__name__)
                    continue
                found[tenant.id] = tenant
        self.by_id = found
        if {item.id: (item.pairing, item.state) for item in self} == before:
            return False
        self._serves = {}
        self._claimed = frozenset(host for tenant in self for host in tenant.hosts)
        self.keyring = Keyring(
            {
                (tenant.id, kind, number): held
                for tenant in self
                for (kind, number), held in tenant.state.outer_keys().items()
            }
        )
        return True

    def serves(self, host: str, tenant: bytes) -> bool:
        """Whether a tenant's tokens are answered under this name.

        A tenant without names of its own is answered under all that no other one has.

        :param host: the Host header
        :param tenant: its id
        """
        found = self._serves.get((host, tenant))
        if found is None:
            own, name = self.by_id[tenant].hosts, host_name(host)
            found = name in own if own else name not in self._claimed
            if len(self._serves) >= _MAX_NAMES:
                self._serves.clear()
            self._serves[host, tenant] = found
        return found

    def _load(self, path: Path) -> Tenant:
        pairing = storage.load_pairing(path)
        try:
            return make(pairing, *load_state(self._data_dir, pairing.tenant))
        except ValueError:
            _logger.error("a damaged state: Odoo is asked anew", extra={"tenant": pairing.tenant})
        before = self.by_id.get(bytes.fromhex(pairing.tenant))
        return make(pairing, before.state if before else State(), 0.0)


def host_name(host: str) -> str:
    """What a Host header names (RFC 9110 §7.2): without port, case and the root's dot, which all
    say the same.
    """
    name = host.lower()
    if not name.endswith("]"):
        name = name.rpartition(":")[0] or name
    return name.removesuffix(".")


def load_state(data_dir: Path, tenant: str) -> tuple[State, float]:
    """:return: the state on disk and when it was fetched
    :raises BadState: it is damaged
    """
    path = storage.state_path(data_dir, tenant)
    found = storage.signature_of(path)
    if found is None:
        return State(), 0.0
    try:
        return State.from_json(storage.read_json(path)), found[0] / 1e9
    except ValueError as error:
        raise BadState(str(error)) from error


def make(pairing: storage.Pairing, state: State, fetched_at: float) -> Tenant:
    keys = state.outer_keys()
    suppressed, partly = state.uids()
    return Tenant(
        id=bytes.fromhex(pairing.tenant),
        name=pairing.tenant,
        pairing=pairing,
        state=state,
        policy=int(state.max_policy) if state.enabled else 0,
        fetched_at=fetched_at,
        hosts=frozenset(map(host_name, state.hosts or pairing.hosts)),
        suppressed=suppressed,
        partly=partly,
        retention=state.retention_days * 86_400.0 if state.retention_days else time.time(),
        salts={number: secret for (kind, number), (secret, _state) in keys.items() if kind == "o"},
    )


def signing_key(tenant: Tenant, kind: str) -> tuple[int, bytes] | None:
    """:return: number and secret of the key that signs, None where there is none"""
    for (found, number), (secret, state) in tenant.state.outer_keys().items():
        if found == kind and state is KeyState.SIGNING:
            return number, secret
    return None
