"""The servers of the relay's benchmark, each a process of this run with a port of its own."""

import contextlib
import json
import os
import shutil
import signal
import sys

from .. import odoo_server, paths
from ..nats import Nats, cluster, url
from ..processes import Server, free_port, wait_until
from ..valkey import Valkey
from . import INSIDE, peer
from .relay_time import worker_of

DATABASE = f"{paths.ADDON}_bench_relay_oca"
GRANIAN = [
    "--interface", "rsgi", "--loop", "uvloop", "--task-impl", "rust",
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
def nginx(path):
    port = free_port()
    (path / "nginx").mkdir()
    config = path / "nginx.conf"
    config.write_text(_NGINX.format(dir=path / "nginx", port=port))
    binary = shutil.which("nginx") or "/usr/sbin/nginx"
    command = [binary, "-p", path, "-e", path / "nginx.log", "-c", config]
    with Server(command, port, path / "nginx.out") as server:
        yield server.url


@contextlib.contextmanager
def granian(path, name, app, settings=None, workers=1):
    """:return: its url and its only worker's process id; None where it has several"""
    port = free_port()
    options = [*GRANIAN, "--workers", workers, "--port", port]
    command = [sys.executable, "-m", "granian", *options, f"relay_app:{app}"]
    env = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(paths.ROOT / "relay"), str(INSIDE.parent)]),
        "BENCH_RELAY": json.dumps(settings),
    }
    log = path / f"{name}.log"
    with Server(command, port, log, ending=signal.SIGINT, env=env, cwd=path) as server:
        yield server.url, worker_of(server.process) if workers == 1 else None


@contextlib.contextmanager
def valkey(path, replicas):
    """With the settings that make it durable, alone or with a replica."""
    folder = path / f"valkey{replicas}"
    with contextlib.ExitStack() as stack:
        primary = stack.enter_context(Valkey(folder / "primary"))
        for number in range(replicas):
            stack.enter_context(primary.copy(folder / f"replica{number}"))
        wait_until(lambda: primary.replicas() == replicas, "the replica")
        yield primary.url


@contextlib.contextmanager
def nats(path):
    """Three servers that write each event down."""
    servers = cluster(path)
    with contextlib.ExitStack() as stack:
        for server in servers:
            stack.callback(server.stop)
            server.start()
        wait_until(lambda: all(map(Nats.is_ready, servers)), "the NATS servers")
        yield url(servers)


@contextlib.contextmanager
def oca(path):
    """OCA's mail_tracking in a real Odoo, two workers, one row for each of 20,000 mails.

    :return: its url and the file with the paths of its pixels
    """
    peer.fresh(DATABASE)
    paths_file = path / "oca.txt"
    os.environ["BENCH_PATHS"] = str(paths_file)
    addons = ["--addons-path", peer.addons_path()]
    odoo_server.shell(DATABASE, INSIDE / "relay_oca.py", *addons)
    options = [
        *("--workers", "2", "--max-cron-threads", "0", "--log-level", "error"),
        *addons,
    ]
    with odoo_server.Odoo(DATABASE, *options) as server:
        yield server.url, paths_file
