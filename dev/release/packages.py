"""The packages for pip: the addons and the relay as wheels, the relay as sources too."""

import os
import sys

from .. import paths
from ..command import run
from . import tree


def build(commit, addons, folder):
    """Write the wheels and the relay's sdist into `folder`, with the times of `commit`.

    No network: what they are built with is installed here.

    :param addons: name → the addon's folder in a tree
    """
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": tree.epoch(commit),
        # The manifest's version as it is: whool would count commits, and take only what git knows.
        "GIT_CEILING_DIRECTORIES": str(addons[paths.ADDON].parent),
        "WHOOL_POST_VERSION_STRATEGY_OVERRIDE": "none",
    }
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder]
    # The modes of files are part of a wheel.
    options = {"env": environment, "umask": 0o022}
    for addon in addons.values():
        run("build-addon", [*command, "--wheel", addon], **options)
    relay = addons[paths.ADDON] / "relay"
    run("build-relay", [*command, "--wheel", "--sdist", relay], **options)
