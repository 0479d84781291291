"""The bill of materials: every package that the addons and the relay bring, as pip resolves it."""

import os
import sys
import tempfile
import venv
from pathlib import Path

from .. import paths
from ..command import run
from . import tree

_RELAY = "engagement-relay[redis,nats,geoip]"
_SUBJECT = """\
[project]
name = "{name}"
version = "{version}"
license = "LGPL-3.0-only"
dependencies = {dependencies}
"""


def write(release, target):
    """Install what `release` holds in a fresh environment, and describe it as CycloneDX.

    Odoo itself is not on PyPI, and no part of it.

    :raises Failure: the packages cannot be had
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder, "environment")
        venv.create(environment, symlinks=True)
        pip = [sys.executable, "-m", "pip", "--python", environment, "install", "--no-compile"]
        # Ours are installed from the release; then pip has only to look for what they need.
        ours = [*(f"odoo-addon-{name}" for name in release.addons), _RELAY]
        local = ["--no-deps", "--no-index", "--find-links", release.tree.parent]
        run("sbom-ours", [*pip, *local, *ours])
        needed = ["-r", release.tree / "requirements.txt", _RELAY]
        run("sbom-needed", [*pip, *needed], tries=3)
        subject = Path(folder, "pyproject.toml")
        subject.write_text(
            _SUBJECT.format(name=paths.ADDON, version=release.version, dependencies=ours)
        )
        describe = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"]
        describe += ["--pyproject", subject, "-o", target, environment]
        run("sbom", describe, env={**os.environ, "SOURCE_DATE_EPOCH": tree.epoch("HEAD")})
