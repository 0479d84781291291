"""What has to be true of a release before it is one."""

import fnmatch
import re
import sys
import zipfile
from pathlib import PurePosixPath

from .. import paths
from ..command import run
from ..say import Failure
from . import tree

# What is for developers, in whatever folder.
_OURS = {"dev", "tests", "test", "conftest.py", "__pycache__", "node_modules", "Makefile"}


def contents(release):
    """Hold all that `release` consists of against each other.

    :raises Failure: what is wrong, each in a line
    """
    _refuse([line for name in release.addons for line in _wrong_addon(release, name)])
    packages = [*release.wheels.values(), release.relay_wheel, release.relay_sdist]
    run("twine", [sys.executable, "-m", "twine", "check", "--strict", *packages])


def _wrong_addon(release, name):
    folder = release.addons[name]
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    # Of the branch only: it is what builds the wheel.
    files.pop(tree.BUILD)
    yield from wrong_files(files)
    yield from missing_files(files, tree.manifest(folder).manifest_dict, name)
    yield from _other_files(files, release.zip, name)
    yield from _other_files(files, release.wheels[name], f"odoo/addons/{name}")


def version(release):
    """Ask the list of changes whether this version is what it says has been released last.

    :raises Failure: it is not, or an addon has another
    """
    changes = (release.addon / "CHANGELOG.md").read_text()
    versions = [tree.manifest(folder).version for folder in release.addons.values()]
    _refuse(line for number in set(versions) for line in wrong_version(number, changes))


def wrong_files(names):
    """Return a line for each of the addon's files that is for developers only."""
    for name in names:
        path = PurePosixPath(name)
        hidden = any(part.startswith(".") for part in path.parts)
        if hidden or _OURS & set(path.parts) or path.match("test_*.py"):
            yield f"{name} is for developers"


def missing_files(names, manifest, addon=paths.ADDON):
    """Return a line for each file that the manifest names and that is not among `names`.

    The assets of tests may be missing: Odoo asks for them only where it is tested, and then says
    in its log that it found none.
    """
    wanted = [*manifest.get("data", ()), *manifest.get("demo", ()), *manifest.get("images", ())]
    wanted += ["README.md", "static/description/icon.png", f"i18n/{addon}.pot"]
    if addon == paths.ADDON:
        wanted += ["LICENSE", "CHANGELOG.md", "static/description/index.html"]
        wanted += ["relay/pyproject.toml"]
    yield from (f"{name} is missing" for name in wanted if name not in names)
    there = [f"{addon}/{name}" for name in names]
    for bundle in manifest.get("assets", {}).values():
        for pattern in bundle:
            tests = not isinstance(pattern, str) or "/static/tests/" in pattern
            if not tests and not fnmatch.filter(there, pattern):
                yield f"{pattern} finds nothing"


def wrong_version(number, changelog):
    """Return a line for each thing in which changes and the manifest's `number` differ."""
    newest = re.search(r"^## (.*)$", changelog, re.M)
    if not newest or not re.fullmatch(rf"{re.escape(number)} \(\d{{4}}-\d\d-\d\d\)", newest[1]):
        said = newest[1] if newest else "nothing"
        yield f"the manifest says {number}, CHANGELOG.md begins with {said}"
    if not number.startswith(f"{tree.SERIES}."):
        yield f"{number} is no version for Odoo {tree.SERIES}"


def _refuse(wrong):
    if lines := list(wrong):
        raise Failure("this is no release:\n  " + "\n  ".join(lines))


def _other_files(files, packed, prefix):
    with zipfile.ZipFile(packed) as archive:
        inside = {
            name.removeprefix(f"{prefix}/"): archive.read(name)
            for name in archive.namelist()
            if name.startswith(f"{prefix}/") and not name.endswith("/")
        }
    for name in sorted(files.keys() | inside.keys()):
        if files.get(name) != inside.get(name):
            yield f"{name} differs in {packed.name}"
