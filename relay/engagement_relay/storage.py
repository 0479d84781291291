"""What a relay keeps on its disk beside the spool: pairings and the state of each tenant."""

import json
import os
import tempfile
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Pairing:
    """One company of one Odoo database.

    :ivar odoo: its address, without a final slash
    :ivar relay: the id that Odoo gave, 32 hex digits
    :ivar secret: what requests are signed with
    :ivar tenant: 8 hex digits
    :ivar database: for an Odoo with several; else empty
    :ivar hosts: names under which this relay answers for the tenant, until a state says more
    """

    odoo: str
    relay: str
    secret: bytes
    tenant: str
    database: str = ""
    hosts: tuple[str, ...] = ()


def folder(data_dir: PathLike) -> Path:
    return Path(data_dir) / "tenants"


def pairing_path(data_dir: PathLike, tenant: str) -> Path:
    return folder(data_dir) / f"{tenant}.pairing.json"


def state_path(data_dir: PathLike, tenant: str) -> Path:
    return folder(data_dir) / f"{tenant}.state.json"


def delivered_path(data_dir: PathLike, tenant: str) -> Path:
    """A file whose time is that of the last delivery."""
    return folder(data_dir) / f"{tenant}.delivered"


def upgrade_path(data_dir: PathLike, tenant: str) -> Path:
    """A file that says who has to be upgraded, while the two do not understand each other."""
    return folder(data_dir) / f"{tenant}.upgrade"


def note_upgrade(data_dir: PathLike, tenant: str, text: str) -> None:
    """:param text: who has to be upgraded; empty where nobody has to"""
    path = upgrade_path(data_dir, tenant)
    if text:
        write_json(path, text)
    else:
        path.unlink(missing_ok=True)


def needed_upgrade(data_dir: PathLike, tenant: str) -> str:
    """:return: what was noted; empty where nobody has to be upgraded"""
    try:
        return str(read_json(upgrade_path(data_dir, tenant)))
    except (OSError, ValueError):
        return ""


def save_pairing(data_dir: PathLike, pairing: Pairing) -> None:
    values = asdict(pairing) | {"secret": b64encode(pairing.secret).decode()}
    write_json(pairing_path(data_dir, pairing.tenant), values)


def load_pairing(path: Path) -> Pairing:
    """:raises ValueError: the file is damaged"""
    try:
        values = read_json(path)
        # A newer relay may have written more.
        known = {item.name: values[item.name] for item in fields(Pairing) if item.name in values}
        known |= {"secret": b64decode(known["secret"]), "hosts": tuple(known["hosts"])}
        return Pairing(**known)
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from error


def pairings(data_dir: PathLike) -> list[Pairing]:
    """:raises ValueError: one is damaged"""
    return [load_pairing(path) for path in sorted(folder(data_dir).glob("*.pairing.json"))]


def private_folder(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True, mode=0o700)


def write_json(path: Path, values: Any) -> None:
    """Whole or not at all, for nobody else's eyes, still there after a power cut."""
    private_folder(path.parent.parent)
    private_folder(path.parent)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(values, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def read_json(path: Path) -> Any:
    """:raises ValueError: it is none"""
    return json.loads(Path(path).read_text())


def signature_of(path: Path) -> tuple[int, int, int] | None:
    """Changes when the file does; None where there is none."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def free_bytes(place: int | PathLike) -> int:
    """:param place: a path, or an open file's number
    :return: bytes that the relay may still write to its disk
    """
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize
