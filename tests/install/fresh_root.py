"""The lines of deploy/Dockerfile in a fresh Debian, whose Python refuses pip as the image's does.

No part of `python3 -m dev test install`: it fetches 600 MB and needs 2 GB, as root. By its name:
`python3 -m dev test install tests/install/fresh_root.py`.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from place import counted_open

from dev import debian, paths, postgres
from dev.command import need, run
from dev.json_rpc import Odoo
from dev.processes import Server, free_port

NAME = "mail_engagement_install_docker"
BASE = "odoo-19,python3-pip,ca-certificates"


class Root:
    """
    :param folder: of the new system, with what the image brings besides: Odoo and pip
    """

    def __init__(self, folder):
        self.folder = folder
        bootstrap = [need("mmdebstrap", "mmdebstrap"), "--variant=apt", f"--include={BASE}"]
        bootstrap += ["--aptopt=APT::Install-Recommends false"]
        # Its release files are good for some days, and this machine's clock may be further on.
        bootstrap += ["--aptopt=Acquire::Check-Valid-Until false"]
        run("fresh-root", [*bootstrap, "unstable", folder, debian.mirror()])
        self.wheels = folder / "wheels"

    def command(self, *words):
        """Return the command line that runs `words` inside; PostgreSQL's socket is there too."""
        socket = os.environ["PGHOST"]
        (self.folder / socket.lstrip("/")).mkdir(parents=True, exist_ok=True)
        enter = (
            'mount --bind "$2" "$1$2"; mount -t proc proc "$1/proc"; mount --rbind /dev "$1/dev"'
        )
        script = f'{enter}; root=$1; shift 2; exec chroot "$root" "$@"'
        return ["unshare", "--mount", "sh", "-euc", script, "sh", self.folder, socket, *words]

    def run(self, *words, **environment):
        given = {"PATH": "/usr/bin:/usr/sbin", "LANG": "C.UTF-8", **environment}
        given.update({key: value for key, value in os.environ.items() if key.startswith("PG")})
        return subprocess.run(
            self.command(*words), env=given, capture_output=True, text=True, check=False
        )

    def build(self, dockerfile, context):
        """Do what the instructions say; pip finds its packages where this machine has put them."""
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}
        text = re.sub(r"^#.*\n", "", dockerfile, flags=re.M).replace("\\\n", "")
        for line in text.splitlines():
            instruction, _space, rest = line.partition(" ")
            if instruction == "RUN":
                done = self.run("/bin/sh", "-c", rest, **offline)
                assert not done.returncode, done.stderr
            elif instruction == "COPY":
                source, target = rest.split()
                shutil.copytree(context / source, self.folder / target.lstrip("/"))
            else:
                assert instruction in ("FROM", "USER"), line


@pytest.fixture
def root(tmp_path):
    if os.geteuid():
        pytest.fail("only root can make a new system")
    made = Root(tmp_path / "root")
    yield made
    shutil.rmtree(made.folder)


def packages(dockerfile):
    return re.search(r"--break-system-packages \\\n\s+(.*)$", dockerfile, re.M)[1].split()


def test_dockerfile(browser, downloads, inbox, root):
    shutil.unpack_archive(next(downloads.glob("*.zip")), downloads)
    dockerfile = (downloads / paths.ADDON / "deploy" / "Dockerfile").read_text()
    wanted = packages(dockerfile)
    fetch = [sys.executable, "-m", "pip", "wheel", "-q", "--wheel-dir", root.wheels, *wanted]
    run("fresh-root-wheels", fetch, tries=3)
    refused = root.run("pip", "install", wanted[0])
    assert "externally-managed-environment" in refused.stderr

    works = not root.run("odoo", "--version").returncode
    root.build(dockerfile, downloads)
    there = root.run("python3", "-m", "pip", "show", "--quiet", *wanted)
    assert not there.returncode, there.stderr
    if not works:
        pytest.skip("the lines are fine; Debian's Odoo does not start on its Python of today")
    postgres.drop(NAME)
    install = ["odoo", "--database", NAME, "--init", paths.ADDON, "--stop-after-init", "--no-http"]
    done = root.run(*install)
    assert not done.returncode and "Traceback" not in done.stderr, done.stderr
    port = free_port()
    serve = ["odoo", "--database", NAME, "--db-filter", f"^{NAME}$", "--http-port", str(port)]
    serve += [
        "--http-interface",
        "127.0.0.1",
        "--smtp",
        "127.0.0.1",
        "--smtp-port",
        str(inbox.port),
    ]
    log = Path(root.folder.parent, "odoo.log")
    with Server(root.command(*serve), port, log, "/web/health") as server:
        counted_open(Odoo(server.url, NAME), inbox, browser)
