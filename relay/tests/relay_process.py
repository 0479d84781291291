"""A real relay, a process as an operator starts it, that tests can stop, kill and ask."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from engagement_relay import storage
from engagement_relay.state import State

PATIENCE = 20


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_until(condition, what, patience=PATIENCE):
    """Ask again and again; fails with what was waited for."""
    until = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.02)
    return found


class RelayProcess:
    """
    :param path: data directory
    :param settings: as the ENGAGEMENT_ variables, in small letters
    """

    def __init__(self, path, **settings):
        self.path = Path(path)
        self.path.mkdir(exist_ok=True, mode=0o700)
        self.port, self.metrics_port = free_port(), free_port()
        self.log = self.path / "log.jsonl"
        settings = {
            "data_dir": str(self.path / "data"),
            "listen": f"127.0.0.1:{self.port}",
            "metrics_listen": f"127.0.0.1:{self.metrics_port}",
            **settings,
        }
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            **{f"ENGAGEMENT_{name.upper()}": str(value) for name, value in settings.items()},
            "PYTHONPATH": str(Path(__file__).parent.parent),
        }
        self.data_dir = Path(settings["data_dir"])
        self.process = None

    def join(self, odoo, hosts=()):
        """As after ``pair``."""
        storage.save_pairing(self.data_dir, odoo.pairing(hosts))
        state = State().updated(odoo.full_state())
        storage.write_json(storage.state_path(self.data_dir, odoo.tenant), state.to_json())
        return self

    def run(self, *arguments):
        """Another command of the same relay."""
        return subprocess.run(
            [sys.executable, "-m", "engagement_relay", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "engagement_relay", "serve"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self._is_ready, "the relay")
        return self

    def _is_ready(self):
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        with contextlib.suppress(OSError):
            return self.ask("/readyz")[0] == 200

    def workers(self):
        """:rtype: list[int], their process ids"""
        pid = self.process.pid
        return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def kill(self):
        """All of it at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()

    def ask(self, path, method="GET", headers=None, body=None, port=None):
        """:return: status, headers with lower-case names, body"""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            content = answer.read()
            return (
                answer.status,
                {name.lower(): value for name, value in answer.getheaders()},
                content,
            )
        finally:
            connection.close()

    def metrics(self):
        """:return: name with labels → value"""
        lines = self.ask("/metrics", port=self.metrics_port)[2].decode().splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _space, value in pairs}

    def status(self):
        done = self.run("status", "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
