"""Processes that serve, for commands and tests alike: free ports, waiting, start, stop, kill."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from .say import Failure

_given = set()


def free_port(wanted=0):
    """Return `wanted` when nobody listens there, else the next free port; any for 0.

    :raises Failure: fifty ports in a row are taken
    """
    # The system may give one again at once, before whoever got it listens there.
    for port in range(wanted, wanted + 50) if wanted else [0] * 50:
        with contextlib.closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found = probe.getsockname()[1]
            if wanted or found not in _given:
                _given.add(found)
                return found
    raise Failure(f"all ports from {wanted} to {wanted + 49} are taken")


def wait_until(condition, what="what has to come true", patience=90, pause=0.05):
    """Ask `condition` again and again; return its answer as soon as it is true.

    :param str what: is waited for, as the failure says it
    :param patience, pause: seconds
    :raises Failure: it did not come true in time
    """
    until = time.monotonic() + patience
    while not (found := condition()):
        if time.monotonic() > until:
            raise Failure(f"waited {patience} seconds in vain for {what}")
        time.sleep(pause)
    return found


def listens(port, host="127.0.0.1"):
    """Tell whether connections to a port are taken."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=5):
        return True
    return False


class Server:
    """A process that listens on a port, in a session of its own: Ctrl-C does not reach it.

    :param command: its command line
    :param int port: where it listens
    :param log: the file that its output goes to
    :param str ready: the path of a page that it answers with a status below 500 once it is ready;
        None if it speaks no HTTP
    :param ending: the signal that ends it kindly
    :param patience: seconds in which it has to be ready
    :param str host: the address of this machine that it listens on
    :param options: others of ``subprocess.Popen``
    """

    def __init__(
        self,
        command,
        port,
        log,
        ready="/",
        *,
        ending=signal.SIGTERM,
        patience=120,
        host="127.0.0.1",
        **options,
    ):
        self.host, self.port, self.log = host, port, Path(log)
        self.log.unlink(missing_ok=True)
        self.url = f"http://{host}:{port}"
        self.process = None
        self._command, self._ready, self._options = [str(part) for part in command], ready, options
        self._ending, self._patience = ending, patience

    def __enter__(self):
        return self.start()

    def __exit__(self, *_error):
        self.stop()

    def start(self):
        """:raises Failure: it ends, or does not answer in time"""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._options,
            )
        try:
            wait_until(self._is_ready, f"{self._command[0]} (see {self.log})", self._patience)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self, patience=60):
        """End it kindly, then by force `patience` seconds later."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(self._ending)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        """All of its processes at once, as a power cut would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ask(self, path, method="GET", headers=None, body=None, port=None):
        """:return: status, headers with lower-case names, body"""
        connection = http.client.HTTPConnection(self.host, port or self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, named, answer.read()

    def _is_ready(self):
        if self.process.poll() is not None:
            said = self.log.read_text(errors="replace").strip().splitlines() or ["nothing"]
            raise Failure(f"{self._command[0]} did not start: {said[-1]} (all of it: {self.log})")
        if self._ready is None:
            return listens(self.port, self.host)
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask(self._ready)[0] < 500
        return False
