"""A relay as an operator starts it, for benchmarks, chaos and tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

from . import paths
from .processes import Server, free_port
from .say import Failure

COMMAND = [sys.executable, "-m", "engagement_relay"]


class Relay(Server):
    """
    :param path: of the folder with its data and log, made when it is missing
    :param settings: as the ENGAGEMENT_ variables, in small letters
    """

    def __init__(self, path, **settings):
        self.path = Path(path)
        self.path.mkdir(exist_ok=True, mode=0o700)
        self.data_dir, self.metrics_port = self.path / "data", free_port()
        port = free_port()
        settings = {
            "data_dir": self.data_dir,
            "listen": f"127.0.0.1:{port}",
            "metrics_listen": f"127.0.0.1:{self.metrics_port}",
            **settings,
        }
        self.environment = {
            **os.environ,
            **{f"ENGAGEMENT_{name.upper()}": str(value) for name, value in settings.items()},
            "PYTHONPATH": str(paths.ROOT / "relay"),
        }
        super().__init__(
            [*COMMAND, "serve"],
            port,
            self.path / "log.jsonl",
            "/readyz",
            env=self.environment,
            cwd=self.path,
        )

    def run(self, *arguments):
        """Another of its commands.

        :rtype: subprocess.CompletedProcess
        """
        return subprocess.run(
            [*COMMAND, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd=self.path,
        )

    def said(self, *arguments):
        """What another of its commands says.

        :raises Failure: it fails
        """
        done = self.run(*arguments)
        if done.returncode:
            raise Failure(f"engagement-relay {arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    def status(self):
        return json.loads(self.said("status", "--json"))

    def workers(self):
        """:rtype: list[int], their process ids"""
        pid = self.process.pid
        return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def metrics(self):
        """:rtype: dict, name with labels → value"""
        lines = self.ask("/metrics", port=self.metrics_port)[2].decode().splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _space, value in pairs}
