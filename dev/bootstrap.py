"""The virtual environment: what Odoo imports, and the tools of tests and lint."""

import os
import platform
import shutil
import subprocess
import sys
from functools import partial

from . import paths, store
from .command import install, run
from .say import Failure, step

REQUIREMENTS = paths.ROOT / "dev" / "requirements.txt"
# The distribution's own, which Odoo's package runs on. It is built with profiles of real programs;
# one that was built by hand, pyenv's say, takes a fifth longer for everything.
DISTRIBUTION = "/usr/bin/python3"
_PROBE = """
import sys
assert (3, 10) <= sys.version_info < (3, 14)
print(sys.version, sys.prefix)
"""


def _interpreter():
    """:return: the Python for the environment, and what tells it from others"""
    # Debian leaves what venv needs out of python3; uv does without.
    probe = _PROBE + ("" if shutil.which("uv") else "import ensurepip")
    for python in (DISTRIBUTION, sys.executable):
        if os.path.exists(python):
            command = [python, "-c", probe]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return python, done.stdout
    return None


def _make(python, folder):
    """uv is five times as fast where it is; it is not fetched for this, as fetching needs pip, and
    uv knows nothing of the mirror or the certificates that pip was told of.
    """
    step("Making a virtual environment (up to a minute)")
    inside = folder / "bin" / "python"
    if uv := shutil.which("uv"):
        run("venv", [uv, "venv", "--seed", "--allow-existing", "--python", python, folder])
        run("uv", [uv, "pip", "install", "--python", inside, "-r", REQUIREMENTS], tries=3)
    else:
        run("venv", [python, "-m", "venv", folder])
        pip = [inside, "-m", "pip", "--disable-pip-version-check", "--no-input"]
        run("pip", [*pip, "install", "--prefer-binary", "-r", REQUIREMENTS], tries=3)


def enter_venv(arguments):
    """Go on inside the virtual environment, made when it is missing.

    :raises Failure: there is no Python of a fitting version, or the packages cannot be had
    """
    if os.environ.get("MAIL_ENGAGEMENT_VENV") == sys.prefix:
        return
    paths.prepare()
    if not (found := _interpreter()):
        install("python3-venv")
        found = _interpreter()
    if not found:
        raise Failure(f"Python 3.10 to 3.13 is needed, this is {platform.python_version()}")
    interpreter, version = found
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
