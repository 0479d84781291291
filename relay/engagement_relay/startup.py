"""What keeps a relay from starting, in words: known before the first worker is."""

import asyncio
import socket

from .checks import check_folder
from .config import Config
from .spool import promise
from .spool.sqlite import check_writable


def obstacles(config: Config) -> list[str]:
    """Empty when it can start."""
    problems = check_folder(config)
    path = config.data_dir / "spool"
    if not problems and path.exists():
        problems = check_writable(path)
    if not problems:
        broken, _rest = asyncio.run(promise(**config.spool_options()))
        problems = [f"spool: {problem}" for problem in broken]
    for name, address in (
        ("listen", config.address),
        ("metrics_listen", config.metrics_address),
    ):
        if address and (why := _why_not(address)):
            problems.append(f"{name}: {address[0]}:{address[1]}: {why}.")
    return problems


def _why_not(address: tuple[str, int]) -> str | None:
    """Why nobody could listen there."""
    try:
        family, kind, protocol, _name, where = socket.getaddrinfo(
            *address, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
    except OSError as error:
        return error.strerror or type(error).__name__
    return None
