"""The servers of the relay's benchmark, each a process of this run with a port of its own."""

import contextlib
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
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

# 20,000 sent mails as OCA's addon keeps them.
_PEER_MAILS = """
env.cr.execute('''
    INSERT INTO mail_tracking_email (token, state, name, recipient, timestamp, date)
    SELECT md5(n::text), 'sent', 'mail ' || n, 'p' || n || '@example.com',
           extract(epoch from now()), now()::date
      FROM generate_series(1, 20000) n RETURNING id, token''')
with open({path!r}, 'w') as paths:
    for id_, token in env.cr.fetchall():
        paths.write(f'/mail/tracking/open/{{env.cr.dbname}}/{{id_}}/{{token}}/blank.gif\\n')
env.cr.commit()
"""


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


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
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                said = Path(log).read_text()
                raise SystemExit(f"{process.args[0]} does not answer:\n{said}") from None
            time.sleep(0.05)


@contextlib.contextmanager
def nginx(path):
    port = free_port()
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
    port = free_port()
    command = [sys.executable, "-m", "granian", *GRANIAN, "--port", str(port)]
    env = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT / "relay"), str(ROOT / "dev")]),
        "BENCH_RELAY": json.dumps(settings),
    }
    url = f"http://127.0.0.1:{port}"
    command.append(f"bench_relay_app:{app}")
    with running(command, url, log=path / f"{name}.log", stop=signal.SIGINT, env=env, cwd=path):
        yield url


@contextlib.contextmanager
def redis(path):
    """With the settings that make it durable."""
    (path / "redis").mkdir()
    port = free_port()
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
def peer(path, odoo, addons, name):
    """OCA's mail_tracking in a real Odoo, two workers, one row for each of 20,000 mails.

    :param str odoo: command with its configuration
    :param addons: folders for ``--addons-path``, the peer's among them
    :param str name: of the database, made and dropped here
    :return: its url and the file with the paths of its pixels
    """
    command = [*shlex.split(odoo)]
    common = ["-d", name, "--addons-path", addons]
    paths, log = path / "peer.txt", path / "peer.log"
    with open(log, "wb") as output:
        install = [*command, *common, "-i", "mail_tracking", "--stop-after-init"]
        subprocess.run(install, check=True, stdout=output, stderr=output, timeout=600)
        subprocess.run(
            [*command, "shell", *common, "--no-http"],
            input=_PEER_MAILS.format(path=str(paths)).encode(),
            check=True, stdout=output, stderr=output, timeout=120,
        )  # fmt: skip
    port = free_port()
    serve = [
        "--workers", "2", "--max-cron-threads", "0", "--http-port", str(port),
        "--gevent-port", str(free_port()), "--db-filter", f"^{name}$", "--log-level", "error",
    ]  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        with running([*command, *common, *serve], f"{url}/web/health", log=path / "peer-run.log"):
            yield url, paths
    finally:
        drop = [*command, "db", "drop", name]
        subprocess.run(drop, check=False, stdout=subprocess.DEVNULL, timeout=120)
