"""The tenants that a relay answers for, as their files on disk say."""

import logging
import time
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
    hosts: frozenset
    suppressed: frozenset
    partly: dict
    retention: float
    salts: dict


class Tenants:
    """Kept in memory; ``reload`` sees what another process wrote: a pairing, a newer state."""

    def __init__(self, data_dir):
        self._data_dir = data_dir
        self._signature = None
        self._serves = {}
        self._claimed = frozenset()
        self.by_id = {}
        self.keyring = Keyring()
        self.reload()

    def __iter__(self):
        return iter(self.by_id.values())

    def reload(self):
        """:return: whether anything changed but the time of the last answer"""
        paths = sorted(storage.folder(self._data_dir).glob("*.json"))
        signature = {str(path): storage.signature_of(path) for path in paths}
        if signature == self._signature:
            return False
        before = {item.id: (item.pairing, item.state) for item in self}
        self._signature = signature
        found = {}
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
        self._claimed = frozenset().union(*(tenant.hosts for tenant in self))
        self.keyring = Keyring(
            {
                (tenant.id, kind, number): held
                for tenant in self
                for (kind, number), held in tenant.state.outer_keys().items()
            }
        )
        return True

    def serves(self, host, tenant):
        """Whether a tenant's tokens are answered under this name.

        A tenant without names of its own is answered under all that no other one has.

        :param str host: the Host header
        :param bytes tenant: its id
        """
        found = self._serves.get((host, tenant))
        if found is None:
            tenant = self.by_id[tenant]
            name = host.lower()
            if not name.endswith("]"):
                name = name.rpartition(":")[0] or name
            found = name in tenant.hosts if tenant.hosts else name not in self._claimed
            if len(self._serves) >= _MAX_NAMES:
                self._serves.clear()
            self._serves[host, tenant.id] = found
        return found

    def _load(self, path):
        pairing = storage.load_pairing(path)
        try:
            return make(pairing, *load_state(self._data_dir, pairing.tenant))
        except ValueError:
            _logger.error("a damaged state: Odoo is asked anew", extra={"tenant": pairing.tenant})
        before = self.by_id.get(bytes.fromhex(pairing.tenant))
        return make(pairing, before.state if before else State(), 0.0)


def load_state(data_dir, tenant):
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


def make(pairing, state, fetched_at):
    """:rtype: Tenant"""
    keys = state.outer_keys()
    return Tenant(
        id=bytes.fromhex(pairing.tenant),
        name=pairing.tenant,
        pairing=pairing,
        state=state,
        policy=int(state.max_policy) if state.enabled else 0,
        fetched_at=fetched_at,
        hosts=frozenset(host.lower() for host in state.hosts or pairing.hosts),
        suppressed=frozenset(map(bytes.fromhex, state.suppressed)),
        partly={bytes.fromhex(uid): kinds for uid, kinds in state.suppressed_kinds.items()},
        retention=state.retention_days * 86_400.0 if state.retention_days else time.time(),
        salts={number: secret for (kind, number), (secret, _state) in keys.items() if kind == "o"},
    )


def signing_key(tenant, kind):
    """:return: number and secret of the key that signs, None where there is none"""
    for (found, number), (secret, state) in tenant.state.outer_keys().items():
        if found == kind and state is KeyState.SIGNING:
            return number, secret
    return None
