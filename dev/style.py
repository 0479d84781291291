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


@click.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def tool(command):
    """One tool with its arguments, as the hooks call it: `python3 -m dev tool ruff check dev`."""
    os.execvpe(command[0], command, _environment())


def _run(stage):
    """Run the hooks of a stage.

    :raises Failure: outside of a git checkout
    :return: the exit code
    """
    listed = [need("git", "git"), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, cwd=paths.ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure("lint and format need a git checkout")
    return subprocess.run(
        ["pre-commit", "run", "--hook-stage", stage, "--files", *done.stdout.split("\0")[:-1]],
        cwd=paths.ROOT,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        check=False,
    ).returncode


def _environment():
    """Return the environment in which the tools of the virtual environment and npm are found."""
    tools = node.tools()
    return {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "NODE_PATH": str(tools.parent),
        "PRE_COMMIT_HOME": str(paths.CACHE / "pre-commit"),
    }
