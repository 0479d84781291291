"""Run other programs: no standard input, a log file each, one line when they fail."""

import os
import shutil
import subprocess

from . import paths
from .say import Failure, step


def run(name, command, *, tries=1, **options):
    """Run `command` with its output in ``.dev/log/NAME.log``.

    :param int tries: how often to try; downloads get several
    :raises Failure: with the last line of the output, and where the rest is
    """
    log = paths.LOGS / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    for _attempt in range(tries):
        with log.open("wb") as out:
            done = subprocess.run(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=False,
                **options,
            )
        if done.returncode == 0:
            return
    lines = log.read_text(errors="replace").strip().splitlines() or ["no output"]
    hint = " (is there a network?)" if tries > 1 else ""
    raise Failure(f"{name} failed{hint}: {lines[-1].strip()} (all of it: {log})")


def output(command, **options):
    """Run `command` and return what it prints, without the white space around it.

    :raises Failure: with the last line of its complaint
    """
    done = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )
    if done.returncode:
        complaint = done.stderr.strip().splitlines() or ["no output"]
        raise Failure(f"{command[0]} failed: {complaint[-1]}")
    return done.stdout.strip()


def need(program, *packages):
    """Return the path of `program`; install the Debian `packages` that bring it when root.

    :raises Failure: what to install, when it cannot be done from here
    """
    if found := shutil.which(program):
        return found
    install(*packages)
    if found := shutil.which(program):
        return found
    raise Failure(f"{program} is still missing after installing {' '.join(packages)}")


def install(*packages):
    """Install Debian packages.

    :raises Failure: what to install, when it cannot be done from here
    """
    wanted = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Failure(f"{wanted} is missing (on Debian: apt-get install {wanted})")
    step(f"Installing {wanted}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("apt-update", ["apt-get", "update", "-q"], tries=3, env=environment)
    command = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    run("apt-install", command, tries=3, env=environment)
