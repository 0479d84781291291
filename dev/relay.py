"""A relay as an operator starts it, for the benchmarks and chaos: settings, start, stop, kill."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import paths
from .say import Failure

SOURCES = paths.ROOT / "relay"


class Relay:
    """
    :param path: its data directory and log
    :param port, metrics_port: of its two listeners
    :param settings: as the ENGAGEMENT_ variables, in small letters
    """

    def __init__(self, path, port, metrics_port, **settings):
        self.path, self.port, self.metrics_port = Path(path), port, metrics_port
        self.data = self.path / "data"
        self.log = self.path / "relay.log"
        self.process = None
        settings = {
            "data_dir": self.data,
            "listen": f"127.0.0.1:{port}",
            "metrics_listen": f"127.0.0.1:{metrics_port}",
            **settings,
        }
        self.environment = {
            **os.environ,
            **{f"ENGAGEMENT_{name.upper()}": str(value) for name, value in settings.items()},
            "PYTHONPATH": str(SOURCES),
        }

    def run(self, *arguments):
        """Another of its commands; returns what it says.

        :raises Failure: it fails
        """
        done = subprocess.run(
            self._command(*arguments),
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd=self.path,
        )
        if done.returncode:
            raise Failure(f"engagement-relay {arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    def status(self):
        return json.loads(self.run("status", "--json"))

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command("serve"),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.path,
            )
        self._wait()
        return self

    def kill(self):
        """All its processes at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()

    def metrics(self):
        """:rtype: dict, name with labels → value"""
        connection = http.client.HTTPConnection("127.0.0.1", self.metrics_port, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics")
            lines = connection.getresponse().read().decode().splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _space, value in pairs}

    @staticmethod
    def _command(*arguments):
        return [sys.executable, "-m", "engagement_relay", *arguments]

    def _wait(self):
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                with contextlib.closing(connection):
                    connection.request("GET", "/readyz")
                    if connection.getresponse().status == 200:
                        return
            time.sleep(0.01)
        raise Failure(f"the relay did not start (see {self.log})")
