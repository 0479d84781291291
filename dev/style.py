"""Lint and format: the hooks of ``.pre-commit-config.yaml``, over all files, committed or not."""

import os
import subprocess

import click

from . import node, paths
from .command import need
from .say import Failure


@click.command()
def lint():
    """Run every hook; what can be rewritten is, and counts as a complaint."""
    return _run("pre-commit")


@click.command(name="format")
def format_():
    """Run the hooks that rewrite; fail with what they cannot put right."""
    return _run("manual") and _run("manual")


def _run(stage):
    """Run the hooks of a stage.

    :raises Failure: outside of a git checkout
    :return: the exit code
    """
    listed = [need("git", "git"), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, cwd=paths.ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure("lint and format need a git checkout")
    tools = node.tools()
    return subprocess.run(
        ["pre-commit", "run", "--hook-stage", stage, "--files", *done.stdout.split("\0")[:-1]],
        cwd=paths.ROOT,
        env={
            **os.environ,
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "NODE_PATH": str(tools.parent),
            "PRE_COMMIT_HOME": str(paths.CACHE / "pre-commit"),
        },
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode
