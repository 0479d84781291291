"""Make a release in ``dist``: zip, tree of the branch, packages, bill of materials, checksums."""

import hashlib
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import click

from .. import paths
from ..command import need, output
from ..say import Failure, step
from . import check, packages, sbom, tree

DIST = paths.ROOT / "dist"


class Release(NamedTuple):
    """The paths of what a release consists of, and its version, the addon's.

    :ivar addons: name → an addon's folder in the tree
    :ivar wheels: name → an addon's wheel
    """

    version: str
    tree: Path
    addons: dict[str, Path]
    zip: Path
    wheels: dict[str, Path]
    relay_wheel: Path
    relay_sdist: Path

    @property
    def addon(self):
        return self.addons[paths.ADDON]


def build(folder, commit="HEAD"):
    """Make the release of `commit` in `folder`, without what takes a network.

    What is not committed is not in it.

    :raises Failure: something is wrong with it
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    addons = tree.make(commit, folder / tree.SERIES)
    version = tree.manifest(addons[paths.ADDON]).version
    packed = folder / f"{paths.ADDON}-{version}.zip"
    tree.pack(commit, packed)
    packages.build(commit, addons, folder)
    release = Release(
        version,
        folder / tree.SERIES,
        addons,
        packed,
        {name: _only(folder, f"odoo_addon_{name}-*.whl") for name in addons},
        _only(folder, "engagement_relay-*.whl"),
        _only(folder, "engagement_relay-*.tar.gz"),
    )
    check.contents(release)
    return release


def _only(folder, pattern):
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise Failure(f"{pattern}: {len(found)} files instead of one in {folder}")
    return found[0]


def clean(checkout=paths.ROOT):
    """:raises Failure: something in `checkout` is not committed"""
    changed = output([need("git", "git"), "status", "--porcelain"], cwd=checkout)
    if changed:
        raise Failure(f"make dist takes what is committed, and this is not:\n{changed}")


def _sums(files):
    return "".join(
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files
    )


def _members(path):
    """Return how many files are in an archive; a file of another kind is one."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return sum(not each.is_dir() for each in archive.infolist())
    if tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            return sum(each.isfile() for each in archive)
    return 1


def _print(release, files):
    inside = [path for path in release.tree.rglob("*") if path.is_file()]
    rows = [
        (f"{release.tree.name}/", sum(path.stat().st_size for path in inside), len(inside)),
        *((path.name, path.stat().st_size, _members(path)) for path in files),
    ]
    for name, size, count in rows:
        print(f"  {name:56}{size / 1000:7.0f} kB{count:6} file{'s' if count > 1 else ''}")


@click.command(help=__doc__)
@click.option("--branch", is_flag=True, help=f"Commit the tree on the local branch {tree.SERIES}.")
def main(branch):
    """Refuse what is not committed, make everything, and say what there is."""
    clean()
    step("Packing and checking")
    release = build(DIST)
    check.version(release)
    step("Resolving the packages that it needs")
    bill = DIST / f"{paths.ADDON}.cdx.json"
    sbom.write(release, bill)
    packed = [*release.wheels.values(), release.relay_wheel, release.relay_sdist]
    files = [release.zip, *packed, bill]
    sums = DIST / "SHA256SUMS"
    sums.write_text(_sums(files))
    step(f"{paths.ADDON} {release.version} in {DIST}")
    _print(release, [*files, sums])
    if branch:
        commit = tree.commit_branch(release.tree, release.version)
        step(f"Branch {tree.SERIES} is {commit[:12]}; it is yours to push")
