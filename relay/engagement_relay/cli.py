"""``engagement-relay``: serve, pair, status, mint, check, replay."""

import asyncio
import json
import re
import sys
import time
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import click

from . import checks, config as configuration, startup, storage
from .config import Config
from .odoo import pairing, replay as replaying
from .protocol.token import (
    KEY_SIZE,
    MAC_SIZE,
    UID_SIZE,
    BadTarget,
    Policy,
    Token,
    check_target,
    mint as mint_token,
)
from .spool import DeadLetter, SpoolError, dead_letters, inspect
from .state import BadState
from .tenants import load_state, make, signing_key


@click.group()
@click.option("--config", "path", help="TOML file; also ENGAGEMENT_CONFIG.")
@click.version_option(package_name="engagement-relay")
@click.pass_context
def main(context: click.Context, path: str | None) -> None:
    """Answer the pixels and links of followed e-mails, and pass on to Odoo what was seen."""
    try:
        context.obj = configuration.load(path)
    except configuration.BadConfig as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.pass_obj
def serve(config: Config) -> None:
    """Answer requests until told to stop."""
    if problems := startup.obstacles(config):
        raise click.ClickException("\n       ".join(problems))
    from .serve import serve as run

    run(config)


@main.command()
@click.argument("odoo", envvar="ENGAGEMENT_ODOO")
@click.argument("code", envvar="ENGAGEMENT_PAIRING_CODE", required=False)
@click.option("--host", "hosts", multiple=True, help="Name of this relay; may come several times.")
@click.option("--name", default="", help="What Odoo shows; the host's name where not given.")
@click.option("--database", default="", help="For an Odoo with several databases.")
@click.pass_obj
def pair(
    config: Config, odoo: str, code: str | None, hosts: tuple[str, ...], name: str, database: str
) -> None:
    """Join the Odoo at the address ODOO with the one-time CODE that its settings show."""
    code = code or click.prompt("Code", hide_input=True)
    try:
        found = asyncio.run(pairing.pair(config, odoo, code, hosts, name, database))
    except pairing.NotPaired as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Paired with {found.odoo}, tenant {found.tenant}.")
    state, _fetched_at = load_state(config.data_dir, found.tenant)
    for problem in checks.in_odoo(state):
        click.echo(f"Next: {problem}")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_obj
def status(config: Config, as_json: bool) -> None:
    """What waits, since when, and when Odoo last took and said something."""
    try:
        found = asyncio.run(_status(config, _pairings(config)))
    except SpoolError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(found))
        return
    spool = found["spool"]
    away = ", it is away: events wait on the local disk" if spool["degraded"] else ""
    tenants = ", ".join(spool["full_tenants"])
    full = f", FULL for {tenants}: new events are dropped" if spool["full"] else ""
    click.echo(f"spool           {spool['backend']}{away}{full}")
    click.echo(f"spool depth     {spool['depth']} events, {spool['bytes']} bytes")
    click.echo(f"oldest event    {_date(spool['oldest'] or 0)}")
    click.echo(f"dead letters    {spool['dead_letters']}")
    for letter in found["dead_letters"]:
        click.echo(f"                {_date(letter['at'])} {letter['uid']} {letter['reason']}")
    for tenant in found["tenants"]:
        click.echo(f"tenant          {tenant['tenant']} at {tenant['odoo']}")
        click.echo(f"last delivery   {_date(tenant['last_delivery'])}")
        click.echo(f"state version   {tenant['state_version']}, of {_date(tenant['state_at'])}")
        if tenant["upgrade"]:
            click.echo(f"TOO OLD         {tenant['upgrade']}")
    if not found["tenants"]:
        click.echo("not paired yet: every link leads nowhere until `engagement-relay pair` was run")


def _uid(_context: click.Context, _parameter: click.Parameter, text: str | None) -> bytes:
    if text and not re.fullmatch(f"[0-9a-f]{{{2 * UID_SIZE}}}", text):
        raise click.BadParameter("20 hex digits, in small letters")
    return bytes.fromhex(text or "")


@main.command()
@click.option("--kind", type=click.Choice(["o", "c", "a", "p"]), default="o")
@click.option("--target", default="", help="Where a click leads.")
@click.option("--sent-at", type=click.IntRange(0, 2**32 - 1), help="Unix seconds; else now.")
@click.option("--tenant", help="8 hex digits; the only one where not given.")
@click.option("--policy", type=click.IntRange(0, 3), default=3)
@click.option("--uid", callback=_uid, help="20 hex digits; random where not given.")
@click.option("--count", type=click.IntRange(1), default=1, help="How many, each another mail.")
@click.option("--path", "as_path", is_flag=True, help="The path of the URL, not only the token.")
@click.pass_obj
def mint(
    config: Config,
    kind: str,
    target: str,
    sent_at: int | None,
    tenant: str | None,
    policy: int,
    uid: bytes,
    count: int,
    as_path: bool,
) -> None:
    """Print a test token. Those for files and preferences need Odoo's inner signature too, which
    no relay can make: Odoo refuses them."""
    import secrets

    found = [item for item in _pairings(config) if tenant in (None, item.tenant)]
    if len(found) != 1:
        if not found and not tenant:
            raise click.ClickException("not paired yet")
        raise click.ClickException("no such tenant" if tenant else "which --tenant?")
    [pairing_] = found
    try:
        held = signing_key(make(pairing_, *load_state(config.data_dir, pairing_.tenant)), kind)
        target = check_target(target) if kind == "c" else ""
    except BadTarget as error:
        raise click.ClickException(f"--target: {error}") from error
    except BadState as error:
        raise click.ClickException(f"the state on disk is damaged: {error}") from error
    if held is None:
        raise click.ClickException("no key to sign with: run check")
    number, secret = held
    is_odoos = kind in "ap"
    for _number in range(count):
        token = Token(
            kind=kind,
            key_id=number,
            tenant=bytes.fromhex(pairing_.tenant),
            policy=Policy(policy),
            sent_at=int(time.time()) if sent_at is None else sent_at,
            uid=uid or secrets.token_bytes(UID_SIZE),
            target=target,
            key=secrets.token_bytes(KEY_SIZE) if is_odoos else b"",
            inner=secrets.token_bytes(MAC_SIZE) if is_odoos else b"",
        )
        text = mint_token(token, secret)
        ending = {"o": ".gif", "a": "/file"}.get(kind, "")
        click.echo(f"/{kind}/{text}{ending}" if as_path else text)


@main.command()
@click.pass_obj
def check(config: Config) -> None:
    """Say what is wrong with configuration, spool, keys and the way to Odoo."""
    problems = asyncio.run(checks.check(config))
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        sys.exit(1)
    click.echo("All is well.")


@main.command()
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="First day, UTC, on which Odoo took what it is to get again: that of its backup.",
)
@click.option("--tenant", help="8 hex digits; all of them where not given.")
@click.pass_obj
def replay(config: Config, since: datetime, tenant: str | None) -> None:
    """Send again what Odoo took, after its database was restored. Odoo keeps the first of each, so
    nothing is counted twice. Only with archive_days.
    """

    def tell(found: Mapping[str, int]) -> None:
        click.echo(_in_words(found), err=True)

    for item in _pairings(config):
        if tenant in (None, item.tenant):
            try:
                found = asyncio.run(replaying.replay(config, item, since.date(), tell))
            except replaying.NotReplayed as error:
                raise click.ClickException(f"{item.tenant} at {item.odoo}: {error}") from error
            click.echo(f"{item.tenant} at {item.odoo}: {_in_words(found)}")


def _in_words(found: Mapping[str, int]) -> str:
    return (
        f"{sum(found.values())} sent again: {found['accepted']} new to Odoo, "
        f"{found['duplicate']} it had, {found['rejected']} it does not want"
    )


def _pairings(config: Config) -> list[storage.Pairing]:
    if problems := checks.check_folder(config):
        raise click.ClickException(problems[0])
    try:
        return storage.pairings(config.data_dir)
    except ValueError as error:
        where = storage.folder(config.data_dir)
        raise click.ClickException(f"a pairing in {where} is damaged: {error}") from error


async def _status(config: Config, pairings: list[storage.Pairing]) -> dict[str, Any]:
    stats = await inspect(**config.spool_options())
    return {
        "spool": {
            "backend": stats.backend,
            "depth": stats.rows,
            "oldest": stats.oldest,
            "bytes": stats.bytes,
            "dead_letters": stats.dead,
            "degraded": stats.degraded,
            "full": bool(stats.full),
            "full_tenants": list(stats.full),
        },
        "dead_letters": [
            {"at": letter.at, "tenant": letter.tenant, "reason": letter.reason, **_named(letter)}
            for letter in await dead_letters(**config.spool_options(), limit=20)
        ],
        "tenants": [_tenant(config, item) for item in pairings],
    }


def _named(letter: DeadLetter) -> dict[str, Any]:
    """What tells an event, and nothing of the person."""
    data = json.loads(letter.data)
    return {name: data.get(name) for name in ("uid", "type")}


def _tenant(config: Config, item: storage.Pairing) -> dict[str, Any]:
    version, fetched_at = None, 0.0
    try:
        state, fetched_at = load_state(config.data_dir, item.tenant)
        version = state.version
    except BadState:
        pass
    delivered = storage.signature_of(storage.delivered_path(config.data_dir, item.tenant))
    return {
        "tenant": item.tenant,
        "odoo": item.odoo,
        "last_delivery": delivered and delivered[0] / 1e9,
        "state_version": version,
        "state_at": fetched_at or None,
        "upgrade": storage.needed_upgrade(config.data_dir, item.tenant),
    }


def _date(seconds: float | None) -> str:
    if not seconds:
        return "never" if seconds is None else "-"
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
