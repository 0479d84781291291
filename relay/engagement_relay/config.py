"""What an operator sets: a TOML file, and environment variables that win over it."""

import importlib.util
import ipaddress
import os
import re
import ssl
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import spool
from .edge.place import open_places

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
PREFIX = "ENGAGEMENT_"
_BOOLEANS = {"true": True, "false": False}


class BadConfig(ValueError):
    """The text says which setting, and what it has to be."""


@dataclass(frozen=True)
class Config:
    """Each field is also the name of a key in the file, and in capitals behind ``ENGAGEMENT_``.

    :ivar data_dir: pairings, state and the local spool
    :ivar listen: HOST:PORT of the public listener
    :ivar metrics_listen: HOST:PORT of the private one; empty: none
    :ivar spool: sqlite, redis, nats or none (memory)
    :ivar spool_synchronous: FULL survives a power cut, NORMAL only the end of the process
    :ivar spool_max_bytes: for each tenant, and on the disk for each worker
    :ivar redis_url: of one node or of sentinels, see spool.redis_client.connect
    :ivar redis_replicas: that have an event on their disk before it is answered
    :ivar nats_url: nats:// or tls://, several with commas between them
    :ivar nats_replicas: servers that each event is kept by, 1, 3 or 5
    :ivar nats_monitoring: the servers' monitoring addresses, http://HOST:PORT, with commas: where
        it can be seen whether they write each event down
    :ivar shared_pairings: relays with the same store and namespace are one to Odoo
    :ivar archive_days: that what Odoo took is kept, for ``replay``; 0: not at all
    :ivar trusted_proxies: networks whose X-Forwarded-For is believed
    :ivar ca_file: certificates to verify Odoo with, instead of the system's
    :ivar geoip_database: MaxMind city database; without it no country is recorded
    :ivar attachment_concurrency: files streamed at once, by each worker
    :ivar attachments_per_minute: of one address, as the next two
    """

    data_dir: Path = Path("/var/lib/engagement-relay")
    listen: str = "127.0.0.1:8080"
    metrics_listen: str = "127.0.0.1:9464"
    workers: int = 1
    spool: str = "sqlite"
    spool_synchronous: str = "FULL"
    spool_max_bytes: int = 2**30
    redis_url: str = "redis://127.0.0.1:6379/0"
    redis_namespace: str = "engagement"
    redis_replicas: int = 0
    nats_url: str = "nats://127.0.0.1:4222"
    nats_namespace: str = "engagement"
    nats_replicas: int = 3
    nats_monitoring: str = ""
    shared_pairings: bool = False
    archive_days: int = 0
    trusted_proxies: tuple[Network, ...] = ()
    ca_file: str = ""
    geoip_database: str = ""
    odoo_timeout: int = 30
    attachment_concurrency: int = 32
    attachments_per_minute: int = 60
    preferences_per_minute: int = 30
    bad_tokens_per_minute: int = 60
    log_level: str = "info"
    source: str = field(default="", repr=False)

    @property
    def address(self) -> tuple[str, int]:
        return split_address("listen", self.listen)

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        if not self.metrics_listen:
            return None
        return split_address("metrics_listen", self.metrics_listen)

    def spool_options(self) -> dict[str, Any]:
        """What ``open_spool`` is called with."""
        if self.spool == "none":
            return {"kind": "none"}
        options: dict[str, Any] = {
            "kind": self.spool,
            "path": str(self.data_dir / "spool"),
            "max_bytes": self.spool_max_bytes,
            "synchronous": self.spool_synchronous,
        }
        if self.spool == "redis":
            options |= {
                "url": self.redis_url,
                "namespace": self.redis_namespace,
                "replicas": self.redis_replicas,
            }
        elif self.spool == "nats":
            options |= {
                "url": self.nats_url,
                "namespace": self.nats_namespace,
                "replicas": self.nats_replicas,
                "monitoring": self.nats_monitoring,
            }
        return options


def load(
    path: str | os.PathLike[str] | None = None, environ: Mapping[str, str] | None = None
) -> Config:
    """:param path: of the TOML file; ``ENGAGEMENT_CONFIG`` where it is not given
    :raises BadConfig:
    """
    environ = os.environ if environ is None else environ
    path = path or environ.get(PREFIX + "CONFIG") or ""
    values = _read(path) if path else {}
    known = {item.name: item.default for item in fields(Config) if item.name != "source"}
    if unknown := sorted(values.keys() - known):
        raise BadConfig(f"{path}: there is no setting {unknown[0]}")
    for name in known:
        if (text := environ.get(PREFIX + name.upper())) is not None:
            values[name] = text
    values = {name: _converted(name, value, known[name]) for name, value in values.items()}
    config = Config(**values, source=str(path))
    _check(config)
    return config


def split_address(name: str, text: str) -> tuple[str, int]:
    """:return: host and port of ``HOST:PORT`` or ``[HOST]:PORT``
    :raises BadConfig: in the name of a setting
    """
    host, _colon, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise BadConfig(f"{name}: {text} is not HOST:PORT")
    return host.strip("[]"), int(port)


def _read(path: str | os.PathLike[str]) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            found: dict[str, Any] = tomllib.load(file)
            return found
    except OSError as error:
        raise BadConfig(f"{path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadConfig(f"{path}: {error}") from error


def _converted(name: str, value: Any, default: Any) -> Any:
    try:
        if isinstance(default, bool):
            return _BOOLEANS[str(value).lower()]
        if isinstance(default, int):
            return _whole_number(value, lowest=min(default, 1))
        if isinstance(default, tuple):
            parts = value.split(",") if isinstance(value, str) else value
            return tuple(
                ipaddress.ip_network(part.strip(), strict=False) for part in parts if part.strip()
            )
        return type(default)(value)
    except KeyError as error:
        raise BadConfig(f"{name}: true or false") from error
    except (TypeError, ValueError) as error:
        raise BadConfig(f"{name}: {error}") from error


def _whole_number(value: Any, lowest: int) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = lowest - 1
    if number < lowest:
        raise ValueError(f"{value} is no whole number above {lowest - 1}")
    return number


def _check(config: Config) -> None:
    if config.spool not in spool.KINDS:
        raise BadConfig(f"spool: {config.spool} is none of {', '.join(spool.KINDS)}")
    if config.spool_synchronous not in ("FULL", "NORMAL"):
        raise BadConfig("spool_synchronous: FULL or NORMAL")
    if config.log_level not in ("debug", "info", "warning", "error"):
        raise BadConfig("log_level: debug, info, warning or error")
    for name in ("ca_file", "geoip_database"):
        path = getattr(config, name)
        if path and not (os.path.isfile(path) and os.access(path, os.R_OK)):
            raise BadConfig(f"{name}: {path} is no file that can be read")
    _check_contents(config)
    if config.shared_pairings and config.spool not in spool.SHARED:
        raise BadConfig(f"shared_pairings: only with spool {' or '.join(spool.SHARED)}")
    if config.spool == "redis":
        _check_redis(config)
    elif config.spool == "nats":
        _check_nats(config)
    _check_addresses(config.address, config.metrics_address)


def _check_contents(config: Config) -> None:
    try:
        if config.ca_file:
            ssl.create_default_context(cafile=config.ca_file)
    except ssl.SSLError as error:
        raise BadConfig(f"ca_file: there are no certificates in {config.ca_file}") from error
    try:
        open_places(config.geoip_database)
    except ImportError as error:
        raise BadConfig(f"geoip_database: {_needs('geoip')}") from error
    except Exception as error:
        # The library's own error is known only where it is installed.
        raise BadConfig(f"geoip_database: {type(error).__name__}") from error


def _check_redis(config: Config) -> None:
    """The texts leave out the address: a password may stand in it."""
    if importlib.util.find_spec("redis") is None:
        raise BadConfig(f"spool: {_needs('redis')}")
    from .spool.redis_client import read_sentinels

    has_sentinels = False
    try:
        has_sentinels = read_sentinels(config.redis_url) is not None
        is_one = has_sentinels or _is_node(config.redis_url)
    except ValueError:
        is_one = False
    if not is_one:
        raise BadConfig(
            "redis_url: redis://HOST:PORT/DB, rediss://HOST:PORT/DB, unix:///PATH or "
            "redis-sentinel://HOST:PORT,HOST:PORT/DB#NAME"
        )
    if has_sentinels and not config.redis_replicas:
        raise BadConfig(
            "redis_replicas: 1 or more with redis-sentinel://, since a failover would lose what "
            "no replica has"
        )


def _is_node(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("redis", "rediss", "unix") and parts.port != 0


def _check_nats(config: Config) -> None:
    """The texts leave out the addresses: a password may stand in them."""
    if importlib.util.find_spec("nats") is None:
        raise BadConfig(f"spool: {_needs('nats')}")
    if not all(_is_url(url, ("nats", "tls")) for url in config.nats_url.split(",")):
        raise BadConfig("nats_url: nats://HOST:PORT or tls://HOST:PORT, several with commas")
    pages = [url for url in config.nats_monitoring.split(",") if url]
    if not all(_is_url(url, ("http", "https")) for url in pages):
        raise BadConfig("nats_monitoring: http://HOST:PORT, several with commas")
    if config.nats_replicas not in (1, 3, 5):
        raise BadConfig("nats_replicas: 1, 3 or 5")
    if not re.fullmatch("[A-Za-z0-9_-]+", config.nats_namespace):
        raise BadConfig("nats_namespace: letters, digits, - and _")


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text.strip())
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _needs(extra: str) -> str:
    """The folder, not a name on PyPI, which is nobody's and could be anybody's."""
    return f"needs pip install '/path/to/relay[{extra}]', the folder relay of the addon"


def _check_addresses(public: tuple[str, int], private: tuple[str, int] | None) -> None:
    if private is None or public[1] != private[1]:
        return
    hosts = {public[0], private[0]}
    if len(hosts) == 1 or hosts & {"0.0.0.0", "::"}:
        raise BadConfig(f"metrics_listen: port {private[1]} is that of listen")
