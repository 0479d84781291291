"""The services of deploy/compose.yaml without a daemon: what docker compose makes of the file, and
a process for each service with the environment, the volumes and the secrets that it would be given.

What images bring is this machine's own: Odoo, PostgreSQL, Caddy. Names of services become ports.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from dev import debian, postgres, store
from dev.command import need, output
from dev.processes import Server, free_port

SECRETS = "/run/secrets/"


def docker_compose():
    """Return the command line of docker compose: Debian's, where there is none."""
    if shutil.which("docker"):
        asked = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if not asked.returncode:
            return ["docker", "compose"]
    found = store.made("docker-compose", "unstable", _fetch_docker_compose)
    return [found / "usr/libexec/docker/cli-plugins/docker-compose"]


def _fetch_docker_compose(folder):
    debian.download(folder / "packages", "docker-compose")
    debian.unpack(folder / "packages", folder)
    shutil.rmtree(folder / "packages")


class Composed:
    """
    :param folder: that of compose.yaml
    :param odoo, relay: the places in which the images' programs are
    :ivar dict services: as docker compose reads them
    """

    def __init__(self, folder, volumes, odoo, relay, inbox):
        self.folder, self._volumes = folder, volumes
        self._odoo, self._relay = odoo, relay
        said = output([*docker_compose(), "config", "--format", "json"], cwd=folder)
        everything = json.loads(said)
        self.services, self._secrets = everything["services"], everything["secrets"]
        self.ports = {
            name: free_port()
            for name in ("odoo:8069", "odoo:8072", "relay:8080", "proxy:443", "proxy:2019")
        }
        self._inbox, self._database = inbox, contextlib.ExitStack()
        self.odoo = self.relay = self.proxy = None

    def up(self):
        """All services, in the order of their dependencies.

        :return: what the first start says
        """
        self._database.enter_context(postgres.embedded(self._volume("db")))
        said = self._first_start()
        self.odoo, self.relay = self._serve_odoo(), self._serve_relay()
        self.proxy = self._serve_proxy()
        for server in (self.odoo, self.relay, self.proxy):
            server.start()
        return said

    def down(self):
        for server in (self.proxy, self.relay, self.odoo):
            server.stop()
        self._database.close()

    def _first_start(self):
        service = self.services["first-start"]
        command = [self._here("first-start", word) for word in service["command"]]
        bins = os.pathsep.join(map(str, (self._odoo.bin, postgres.programs())))
        environment = {
            **self._environment("first-start", self._odoo),
            "HOST": os.environ["PGHOST"],
            "PATH": f"{bins}{os.pathsep}{os.environ['PATH']}",
            "ODOO_RC": str(self._plain_configuration()),
        }
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert not done.returncode, done.stderr
        return done.stdout + done.stderr

    def run_relay(self, *arguments):
        """What ``docker compose run --rm relay …`` does."""
        command = [self._relay.bin / "engagement-relay", *map(self.mapped, arguments)]
        done = subprocess.run(
            command, env=self._relay_environment(), capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def is_healthy(self, name):
        """Ask the service's own health check."""
        check = self.services[name].get("healthcheck")
        command = check["test"][1:] if check else self._check_of_the_image()
        where = (
            f"{self._relay.bin}{os.pathsep}{postgres.programs()}{os.pathsep}{os.environ['PATH']}"
        )
        command = [self.mapped(word) for word in command]
        need(command[0] if name != "db" else "true", command[0])
        done = subprocess.run(
            command, env={**os.environ, "PATH": where}, capture_output=True, check=False
        )
        return not done.returncode

    def _check_of_the_image(self):
        dockerfile = self.folder.parent / "relay" / "deploy" / "Dockerfile"
        text = dockerfile.read_text().replace("\\\n", "")
        return json.loads(re.search(r"^HEALTHCHECK .*?CMD (\[.*\])$", text, re.M)[1])

    def mapped(self, text):
        """Return `text` with ports of this machine instead of the services'."""
        if text == "--host=127.0.0.1":
            return f"--host={os.environ['PGHOST']}"
        for name, port in self.ports.items():
            service, _colon, inside = name.partition(":")
            text = re.sub(rf"\b({service}|127\.0\.0\.1):{inside}\b", f"127.0.0.1:{port}", text)
        return text

    def _here(self, name, text):
        """Return `text` with the path on this machine, if it is one in the service's container."""
        for volume in self.services[name]["volumes"]:
            if text == volume["target"]:
                return volume["source"]
        return text

    def _environment(self, name, place):
        given = self.services[name].get("environment", {})
        around = {key: own for key, own in place.environment.items() if not key.startswith("PG")}
        return {
            **around,
            **{key: self.mapped(self._secret(value)) for key, value in given.items()},
        }

    def _secret(self, value):
        if value.startswith(SECRETS):
            return self._secrets[value.removeprefix(SECRETS)]["file"]
        return value

    def _volume(self, name):
        folder = self._volumes / name
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder

    def _plain_configuration(self):
        """That of the image, which the first start has: with the service's volume."""
        path = self._volumes / "plain.conf"
        path.write_text(f"[options]\ndata_dir = {self._volume('odoo')}\n")
        return path

    def _serve_odoo(self):
        environment = self._environment("odoo", self._odoo)
        environment["ODOO_RC"] = self._here("odoo", "/etc/odoo/odoo.conf")
        password = Path(environment["PASSWORD_FILE"]).read_text().strip()
        port, live = self.ports["odoo:8069"], self.ports["odoo:8072"]
        ours = ["--http-interface", "127.0.0.1", "-p", port, "--gevent-port", live]
        ours += ["--db_host", os.environ["PGHOST"], "--data-dir", self._volume("odoo")]
        ours += ["--smtp", "127.0.0.1", "--smtp-port", self._inbox.port]
        # As the image's entry point.
        command = [self._odoo.bin / "odoo", *ours, "--db_password", password]
        log = self._volumes / "odoo.log"
        return Server(command, port, log, "/web/health", env=environment)

    def _relay_environment(self):
        given = self._environment("relay", self._relay)
        proxies = f"{given['ENGAGEMENT_TRUSTED_PROXIES']},127.0.0.1"
        return {
            **given,
            "ENGAGEMENT_DATA_DIR": str(self._volume("relay")),
            "ENGAGEMENT_LISTEN": self.mapped("relay:8080"),
            "ENGAGEMENT_METRICS_LISTEN": f"127.0.0.1:{free_port()}",
            "ENGAGEMENT_TRUSTED_PROXIES": proxies,
        }

    def _serve_relay(self):
        command = [self._relay.bin / "engagement-relay", "serve"]
        log = self._volumes / "relay.log"
        return Server(
            command, self.ports["relay:8080"], log, "/healthz", env=self._relay_environment()
        )

    def _serve_proxy(self):
        """Caddy, with certificates of its own, as it makes them for names below localhost."""
        configuration = self._volume("etc-caddy")
        for volume in self.services["proxy"]["volumes"]:
            if volume["type"] == "bind":
                shutil.copy(volume["source"], configuration / Path(volume["target"]).name)
        shared = configuration / "relay.caddy"
        text, port = shared.read_text(), self.ports["proxy:443"]
        ours = f"\tadmin 127.0.0.1:{self.ports['proxy:2019']}\n\thttp_port {free_port()}\n"
        ours += f"\thttps_port {port}\n\tskip_install_trust\n"
        assert text.count("\n{\n") == 1
        shared.write_text(text.replace("\n{\n", f"\n{{\n{ours}", 1))
        environment = {
            **self._environment("proxy", self._odoo),
            "HOME": str(self._volume("caddy")),
            "XDG_DATA_HOME": str(self._volume("caddy")),
            "XDG_CONFIG_HOME": str(self._volume("caddy")),
            "ODOO": self.mapped("odoo:8069"),
            "ODOO_LIVE": self.mapped("odoo:8072"),
        }
        command = [
            "caddy",
            "run",
            "--adapter",
            "caddyfile",
            "--config",
            configuration / "Caddyfile",
        ]
        return Server(command, port, self._volumes / "caddy.log", None, env=environment)
