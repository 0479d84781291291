"""The servers of the relay's benchmark, each a process of this run with a port of its own."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import odoo_server, paths, peer
from .bench_relay_time import worker_of

DATABASE = f"{paths.ADDON}_bench_relay_oca"
GRANIAN = [
    "--interface", "rsgi", "--workers", "1", "--loop", "uvloop", "--task-impl", "rust",
    "--http", "1", "--no-ws", "--backlog", "2048",
]  # fmt: skip

_NGINX = """
worker_processes 1;
daemon off;
pid {dir}/nginx.pid;
error_log {dir}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log {dir}/access.log;
  keepalive_requests 1000000000;
  client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy;
  fastcgi_temp_path {dir}/fastcgi; uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;
  server {{ listen 127.0.0.1:{port}; location / {{ empty_gif; }} }}
}}
"""


@contextlib.contextmanager
def running(command, url, *, log, stop=signal.SIGTERM, **options):
    """A process that answers at a url; ended afterwards, with a minute to finish."""
    with open(log, "wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, **options)
        try:
            _wait(process, url, log)
            yield process
        finally:
            process.send_signal(stop)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process, url, log):
    until = time.monotonic() + 90
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).read()
            return
        except urllib.error.HTTPError:
            return  # it answers
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                said = Path(log).read_text()
                raise SystemExit(f"{process.args[0]} does not answer:\n{said}") from None
            time.sleep(0.05)


@contextlib.contextmanager
def nginx(path):
    port = odoo_server.free_port()
    (path / "nginx").mkdir()
    config = path / "nginx.conf"
    config.write_text(_NGINX.format(dir=path / "nginx", port=port))
    binary = shutil.which("nginx") or "/usr/sbin/nginx"
    command = [binary, "-p", str(path), "-e", str(path / "nginx.log"), "-c", str(config)]
    url = f"http://127.0.0.1:{port}"
    with running(command, url, log=path / "nginx.out"):
        yield url


@contextlib.contextmanager
def granian(path, name, app, settings=None):
    """:return: its url and its worker's process id"""
    port = odoo_server.free_port()
    command = [sys.executable, "-m", "granian", *GRANIAN, "--port", str(port)]
    env = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(paths.ROOT / "relay"), str(paths.ROOT / "dev")]),
        "BENCH_RELAY": json.dumps(settings),
    }
    url = f"http://127.0.0.1:{port}"
    command.append(f"bench_relay_app:{app}")
    log = path / f"{name}.log"
    with running(command, url, log=log, stop=signal.SIGINT, env=env, cwd=path) as process:
        yield url, worker_of(process)


@contextlib.contextmanager
def redis(path):
    """With the settings that make it durable."""
    (path / "redis").mkdir()
    port = odoo_server.free_port()
    options = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--dir", str(path / "redis"), *options],
        stdout=subprocess.DEVNULL,
    )
    try:
        while process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def oca(path):
    """OCA's mail_tracking in a real Odoo, two workers, one row for each of 20,000 mails.

    :return: its url and the file with the paths of its pixels
    """
    peer.fresh(DATABASE)
    paths_file = path / "oca.txt"
    os.environ["BENCH_PATHS"] = str(paths_file)
    script = paths.ROOT / "dev" / "inside" / "bench_relay_oca.py"
    odoo_server.shell(DATABASE, script, "--addons-path", peer.addons_path())
    port = odoo_server.free_port()
    options = [
        *("--workers", "2", "--max-cron-threads", "0", "--log-level", "error"),
        *("--gevent-port", str(odoo_server.free_port()), "--addons-path", peer.addons_path()),
    ]
    with odoo_server.serving(DATABASE, port, *options):
        yield f"http://127.0.0.1:{port}", paths_file
