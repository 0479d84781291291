"""What an operator has to put right, in words."""

import ipaddress
import os
from urllib.parse import urlsplit

from . import storage
from .config import Config
from .odoo import odoo_client
from .odoo.state_client import describe, fetch
from .spool import promise
from .spool.sqlite import check_directory
from .state import BadState, State, is_stale
from .tenants import load_state, make, signing_key

_REFUSED = "status 401"


async def check(config: Config) -> list[str]:
    """Empty when all is well."""
    problems = check_folder(config)
    if problems:
        return problems
    problems += await _spool(config)
    try:
        found = storage.pairings(config.data_dir)
    except ValueError as error:
        return [*problems, f"A pairing in {storage.folder(config.data_dir)} is damaged: {error}"]
    if not found:
        problems.append("Not paired yet: run `engagement-relay pair` with the code from Odoo.")
    client = odoo_client.OdooClient(config)
    try:
        for pairing in found:
            problems += await _tenant(config, client, pairing)
    finally:
        await client.close()
    return problems


def check_folder(config: Config) -> list[str]:
    """What is wrong with the directory of keys and events."""
    path = config.data_dir
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        return [f"data_dir: {path}: {error.strerror}"]
    if not os.access(path, os.W_OK | os.X_OK):
        return [f"data_dir: {path} may not be written to by this user."]
    if path.stat().st_mode & 0o007:
        return [f"data_dir: {path} is open to every user; keys are kept there: chmod 700."]
    return []


async def _spool(config: Config) -> list[str]:
    if config.spool == "none":
        return ["spool: none keeps events in memory only: they are lost when the relay ends."]
    problems: list[str] = []
    path = config.data_dir / "spool"
    # Nothing is opened there: a file of this user might be none of the relay's.
    if path.exists():
        problems += check_directory(path)
    broken, rest = await promise(**config.spool_options())
    return [f"spool: {problem}" for problem in [*problems, *broken, *rest]]


async def _tenant(
    config: Config, client: odoo_client.OdooClient, pairing: storage.Pairing
) -> list[str]:
    who = f"{pairing.tenant} at {pairing.odoo}"
    problems: list[str] = []
    if urlsplit(pairing.odoo).scheme == "http" and not _is_near(pairing.odoo):
        problems.append(f"{who}: files and preferences travel unencrypted; use https.")
    try:
        state = await fetch(config.data_dir, client, pairing)
    except (BadState, *odoo_client.ERRORS) as error:
        why = describe(error)
        if why == _REFUSED:
            why = "it refuses this relay: revoked there, or the clocks differ by minutes"
        problems.append(f"{who}: no state from Odoo: {why}.")
        try:
            state, fetched_at = load_state(config.data_dir, pairing.tenant)
        except BadState as damage:
            return [*problems, f"{who}: the state on disk is damaged: {damage}."]
        if is_stale(fetched_at):
            problems.append(f"{who}: the state is older than a day: only the minimum is recorded.")
    problems += [f"{who}: {problem}" for problem in in_odoo(state)]
    tenant = make(pairing, state, 0)
    missing = [kind for kind in "ocap" if signing_key(tenant, kind) is None]
    if missing:
        problems.append(f"{who}: no signing key for {', '.join(missing)}.")
    return problems


def in_odoo(state: State) -> list[str]:
    """What an administrator of Odoo has yet to click, for this relay to answer and record."""
    if not state.chosen:
        return [
            "paired, but not chosen to answer the recipients. In Odoo: Settings › Email "
            "Engagement › Relays, open this one, “Use This Relay”."
        ]
    if not state.enabled:
        return [
            "paired, but Email Engagement is switched off. In Odoo: Settings › Email Engagement, "
            "the open steps of the set-up, then “Email Engagement enabled”."
        ]
    return []


def _is_near(odoo: str) -> bool:
    host = urlsplit(odoo).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host
