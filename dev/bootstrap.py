"""The virtual environment: what Odoo imports, and the tools of tests and lint."""

import os
import platform
import subprocess
import sys
from functools import partial

from . import paths, store
from .command import need, run
from .say import Failure, step

REQUIREMENTS = paths.ROOT / "dev" / "requirements.txt"


# The distribution's own, which Odoo's package runs on. It is built with profiles of real programs;
# one that was built by hand, pyenv's say, takes a fifth longer for everything.
DISTRIBUTION = "/usr/bin/python3"
_PROBE = """
import ensurepip, sys, venv
assert (3, 10) <= sys.version_info < (3, 14)
print(sys.version, sys.prefix)
"""


def _interpreter():
    """:return: the Python for the environment, and what tells it from others"""
    for python in (DISTRIBUTION, sys.executable):
        if os.path.exists(python):
            done = subprocess.run(
                [python, "-c", _PROBE], capture_output=True, text=True, check=False
            )
            if done.returncode == 0:
                return python, done.stdout
    try:
        import ensurepip  # noqa: F401, PLC0415 Debian leaves it out of python3
    except ImportError:
        need("pip3", "python3-venv", "python3-pip")
    return sys.executable, f"{sys.version} {sys.prefix}"


def _make(python, folder):
    step("Making a virtual environment (about a minute)")
    run("venv", [python, "-m", "venv", folder])
    pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--no-input"]
    run("pip", [*pip, "install", "--prefer-binary", "-r", REQUIREMENTS], tries=3)


def enter_venv(arguments):
    """Go on inside the virtual environment, made when it is missing.

    :raises Failure: when Python is too old, or the packages cannot be had
    """
    if os.environ.get("MAIL_ENGAGEMENT_VENV") == sys.prefix:
        return
    if sys.version_info < (3, 10):  # noqa: UP036 it is asked before anything is installed
        raise Failure(f"Python 3.10 or newer is needed, this is {platform.python_version()}")
    paths.prepare()
    interpreter, version = _interpreter()
    key = store.digest(REQUIREMENTS.read_text(), version)
    venv = store.made("venv", key, partial(_make, interpreter))
    environment = {
        **os.environ,
        "MAIL_ENGAGEMENT_VENV": str(venv),
        "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environment.pop("PYTHONPATH", None)
    python = venv / "bin" / "python"
    os.chdir(paths.ROOT)
    os.execve(python, [str(python), "-m", "dev", *arguments], environment)
