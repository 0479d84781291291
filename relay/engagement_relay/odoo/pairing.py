"""Join a relay and an Odoo with a one-time code."""

import json
import socket
from base64 import b64decode
from collections.abc import Sequence
from urllib.parse import urlsplit

from .. import storage
from ..checks import check_folder
from ..config import Config
from ..state import BadState, State
from . import odoo_client


class NotPaired(Exception):
    """The text says why."""


async def pair(
    config: Config,
    odoo: str,
    code: str,
    hosts: Sequence[str] = (),
    name: str = "",
    database: str = "",
) -> storage.Pairing:
    """Ask Odoo, and write down what it gives.

    :param odoo: its address
    :raises NotPaired:
    """
    odoo = _base(odoo)
    # Before the code is spent.
    if problems := check_folder(config):
        raise NotPaired(problems[0])
    names = [host.lower() for host in hosts]
    values = {
        "code": code.strip(),
        "name": name or socket.gethostname(),
        "version": odoo_client.version(),
        "hosts": names,
    }
    client = odoo_client.OdooClient(config)
    try:
        async with client.pair(odoo, values, database) as response:
            status, text = response.status, await response.read()
            too_old = await odoo_client.who_is_too_old(response)
    except odoo_client.ERRORS as error:
        raise NotPaired(f"{odoo} does not answer: {odoo_client.in_words(error)}.") from error
    finally:
        await client.close()
    if too_old:
        raise NotPaired(f"{too_old[0].upper()}{too_old[1:]}.")
    if status == 403:
        raise NotPaired("Odoo does not know this code, or it was used before, or it is too old.")
    if status != 200:
        raise NotPaired(
            f"{odoo} answers with status {status}: is Email Engagement installed there, "
            "and is --database needed?"
        )
    try:
        answer = json.loads(text)
        state = State().updated(answer["state"])
        found = storage.Pairing(
            odoo=odoo,
            relay=answer["relay"],
            secret=b64decode(answer["secret"], validate=True),
            tenant=bytes.fromhex(answer["tenant"]).hex(),
            database=answer.get("database") or database,
            hosts=tuple(names),
        )
    except (BadState, KeyError, TypeError, ValueError, RecursionError) as error:
        raise NotPaired(f"{odoo} answers something else than a pairing.") from error
    storage.save_pairing(config.data_dir, found)
    storage.write_json(storage.state_path(config.data_dir, found.tenant), state.to_json())
    return found


def _base(odoo: str) -> str:
    try:
        parts = urlsplit(odoo if "//" in odoo else f"https://{odoo}")
        _port = parts.port
    except ValueError as error:
        raise NotPaired(f"The address of Odoo cannot be read: {error}.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotPaired("The address of Odoo begins with https://.")
    if parts.path.strip("/") or parts.query or "@" in parts.netloc:
        raise NotPaired("The address of Odoo is scheme and host only: https://odoo.example.com")
    return f"{parts.scheme}://{parts.netloc}"
