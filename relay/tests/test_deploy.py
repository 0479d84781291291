"""What ships for operators, run as it is: only paths, ports and certificates differ."""

import http.client
import os
import re
import shutil
import ssl
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from engagement_relay.protocol.answers import GIF
from relay_process import RelayProcess

from dev.processes import Server, free_port, wait_until

ROOT = Path(__file__).parent.parent.parent
DEPLOY = Path(__file__).parent.parent / "deploy"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
# A client that is no proxy: the relay trusts 127.0.0.1 only.
STRANGER = "127.0.0.2"


@pytest.fixture
def nginx(tmp_path):
    """The shipped site in a real nginx; its port and, as ``.path``, where its logs are."""
    path = tmp_path / "nginx"
    path.mkdir()
    certificate = [
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
        *("-subj", "/CN=track.example.com"),
        *("-keyout", path / "privkey.pem", "-out", path / "fullchain.pem"),
    ]
    subprocess.run(certificate, check=True, capture_output=True)

    @contextmanager
    def run(relay_port):
        port = free_port()
        site = (DEPLOY / "nginx.conf").read_text()
        for old, new in (
            ("listen [::]:443 ssl http2;", ""),
            ("listen 443", f"listen 127.0.0.1:{port}"),
            ("127.0.0.1:8080", f"127.0.0.1:{relay_port}"),
            ("/etc/letsencrypt/live/track.example.com", str(path)),
            ("/var/log/nginx", str(path)),
        ):
            assert old in site
            site = site.replace(old, new)
        names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        folders = " ".join(f"{name}_temp_path {path}/{name};" for name in names)
        (path / "nginx.conf").write_text(
            f"daemon off; pid {path}/pid; error_log {path}/error.log; events {{}}\n"
            f"http {{ access_log {path}/access.log; {folders}\n{site}\n}}\n"
        )
        command = [NGINX, "-e", path / "error.log", "-c", path / "nginx.conf"]
        with Server(command, port, path / "out", ready=None):
            yield port

    run.path = path
    return run


def ask(port, path):
    """Over TLS, with an address that the client made up."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(
        "127.0.0.1", port, timeout=20, context=context, source_address=(STRANGER, 0)
    )
    headers = {"Host": "track.example.com", "X-Forwarded-For": "203.0.113.9"}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    found = answer.status, answer.getheader("location"), answer.read()
    connection.close()
    return found


@pytest.mark.skipif(not NGINX, reason="nginx is not installed")
def test_nginx(nginx, odoo, tmp_path):
    relay = RelayProcess(tmp_path / "relay", trusted_proxies="127.0.0.1").join(odoo)
    pixel = f"/o/{odoo.mint()}.gif"
    click = f"/c/{odoo.mint('c', target='https://example.com/offer')}"
    with nginx(relay.port) as port:
        with relay:
            assert ask(port, pixel) == (200, None, GIF)
            assert ask(port, click)[:2] == (302, "https://example.com/offer")
            wait_until(lambda: odoo.delivered == 2, "both events")
            assert {seen.ip for seen in odoo.observations} == {STRANGER}
        # Away, as in a restart: no picture is broken.
        assert ask(port, pixel)[0::2] == (200, _gif(ask(port, pixel)))
        status, _location, page = ask(port, click)
        assert status == 503 and b'http-equiv="refresh"' in page
    written = "".join(log.read_text() for log in nginx.path.glob("*.log"))
    for secret in (pixel, click, pixel[3:20], STRANGER):
        assert secret not in written


def _gif(answer):
    assert answer[2].startswith(b"GIF89a")
    return answer[2]


@pytest.mark.skipif(not shutil.which("caddy"), reason="caddy is not installed")
def test_caddy(odoo, tmp_path):
    """On one host with the relay; without TLS, and without the port for its administration."""
    relay = RelayProcess(tmp_path / "relay", trusted_proxies="127.0.0.1").join(odoo)
    click = f"/c/{odoo.mint('c', target='https://example.com/offer')}"
    port = free_port()
    shipped = (DEPLOY / "Caddyfile").read_text()
    file = tmp_path / "Caddyfile"
    file.write_text(
        shipped.replace("\tlog {", "\tadmin off\n\tlog {", 1).replace(
            "_duration 5s", "_duration 0s"
        )
    )
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "ENGAGEMENT_HOST": f"http://127.0.0.1:{port}",
        "ENGAGEMENT_RELAY": f"127.0.0.1:{relay.port}",
    }
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", file]
    with Server(command, port, tmp_path / "out", ready=None, env=environment) as caddy:
        with relay:
            status, headers, _body = caddy.ask(click)
            assert (status, headers["location"]) == (302, "https://example.com/offer")
            wait_until(lambda: odoo.delivered == 1, "the event")
        status, headers, page = caddy.ask(click)
        assert (status, headers["retry-after"]) == (503, "5")
        assert b'http-equiv="refresh"' in page and "text/html" in headers["content-type"]
        written = caddy.log.read_text()
    assert click[3:20] not in written


@pytest.mark.skipif(not shutil.which("caddy"), reason="caddy is not installed")
def test_caddy_takes_the_file():
    validate = ["caddy", "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile"]
    done = subprocess.run(validate, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd(tmp_path):
    unit = (DEPLOY / "engagement-relay.service").read_text()
    [command] = re.findall(r"ExecStart=(\S+)", unit)
    file = tmp_path / "engagement-relay.service"
    file.write_text(unit.replace(command, "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "engagement-relay" not in done.stderr, done.stderr
