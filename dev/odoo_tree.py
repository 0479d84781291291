"""Odoo 19's sources: those that ODOO_PATH names, else Debian's package, else a shallow clone.

Odoo is not on PyPI. Debian's unstable has the package ``odoo-19``: it is unpacked, not installed.
Its relative links need a few more packages beside it.
"""

import os
import re
import shutil
from pathlib import Path

from . import debian, paths, store
from .command import need, run
from .say import Failure, step

# The web client answers 500 when one of these is missing. Fonts: unstable's newer Font Awesome
# renames the files that Odoo's style sheets name, hence the machine's own release for that one.
BESIDE = [
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
]
GIT = "https://github.com/odoo/odoo.git"


def python_path():
    """Return the folder that holds Odoo's package ``odoo``.

    :raises Failure: another version, no network, nothing to fetch it with
    """
    if named := os.environ.get("ODOO_PATH"):
        return _checked(Path(named).expanduser().resolve())
    if debian.mirror():
        tree = store.made("odoo-debian", store.digest(*BESIDE), _unpack)
        return _checked(tree / "usr/lib/python3/dist-packages")
    return _checked(store.made("odoo-git", "19.0", _clone) / "odoo")


def addons_paths():
    """Return the addons folders: Odoo's own and this checkout's."""
    tree = python_path()
    own = [tree / "odoo" / "addons", tree / "addons"]
    return [*(folder for folder in own if folder.is_dir()), paths.ADDONS]


def _checked(folder):
    release = folder / "odoo" / "release.py"
    if not release.is_file():
        raise Failure(f"ODOO_PATH: there is no Odoo in {folder} (no odoo/release.py)")
    version = re.search(r"version_info = \(['\"]?([\w~]+)['\"]?, (\d+)", release.read_text())
    if not version or version[1] != "19":
        found = version[1] if version else "of an unknown version"
        raise Failure(f"Odoo 19 is needed, {folder} is Odoo {found}")
    return folder


def _unpack(folder):
    step("Fetching Odoo 19 (120 MB) from Debian")
    packages = folder / "packages"
    debian.download(packages, "odoo-19", *BESIDE)
    _fetch_font(packages)
    debian.unpack(packages, folder)
    shutil.rmtree(packages)
    # Debian leaves this one out; its absence is a console error, which fails every browser test.
    missing = "usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation"
    (folder / missing).mkdir(parents=True, exist_ok=True)
    (folder / missing / "selfie_segmentation.js").touch()


def _fetch_font(folder):
    command = ["apt-get", "download", "-q", "fonts-font-awesome"]
    try:
        run("font-download", command, cwd=folder)
    except Failure:
        if os.geteuid() == 0:
            run("apt-update", ["apt-get", "update", "-q"], tries=3)
        run("font-download", command, tries=2, cwd=folder)


def _clone(folder):
    step("Cloning Odoo 19 (about 500 MB)")
    git = need("git", "git")
    clone = [git, "clone", "-q", "--depth", "1", "--branch", "19.0", GIT, folder / "odoo"]
    run("odoo-clone", clone, tries=2, env={**os.environ, "GIT_TERMINAL_PROMPT": "0"})
