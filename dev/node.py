"""Tools from npm: prettier, eslint and remark for lint, maildev for the demo, axe for tests."""

import shutil

from . import paths, store
from .command import need, run
from .say import step

PACKAGE = paths.ROOT / "dev" / "node" / "package.json"


def _make(folder):
    step("Fetching prettier, eslint, remark, maildev and axe")
    npm = need("npm", "nodejs", "npm")
    shutil.copy(PACKAGE, folder / "package.json")
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock"]
    run("npm", [npm, "install", *quiet], tries=3, cwd=folder)


def tools():
    """Return the folder with the tools' commands."""
    need("node", "nodejs", "npm")
    folder = store.made("node", store.digest(PACKAGE.read_text()), _make)
    return folder / "node_modules" / ".bin"
