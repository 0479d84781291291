"""The virtual environment: what Odoo imports, and the tools of tests and lint."""

import os
import platform
import sys

from . import paths, store
from .command import need, run
from .say import Failure, step

REQUIREMENTS = paths.ROOT / "dev" / "requirements.txt"


def _make(folder):
    step("Making a virtual environment (about a minute)")
    try:
        import ensurepip  # noqa: F401, PLC0415 Debian leaves it out of python3
        import venv  # noqa: F401, PLC0415
    except ImportError:
        need("pip3", "python3-venv", "python3-pip")
    run("venv", [sys.executable, "-m", "venv", folder])
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
    key = store.digest(REQUIREMENTS.read_text(), sys.version, sys.prefix)
    venv = store.made("venv", key, _make)
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
