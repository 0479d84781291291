"""Make a release in ``dist``: zip, tree of the branch, packages, bill of materials, checksums."""

import hashlib
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
    """The paths of what a release consists of, and its version, the addon's."""

    version: str
    tree: Path
    addon: Path
    zip: Path
    addon_wheel: Path
    relay_wheel: Path
    relay_sdist: Path


def build(folder, commit="HEAD"):
    """Make the release of `commit` in `folder`, without what takes a network.

    What is not committed is not in it.

    :raises Failure: something is wrong with it
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.*"):
        if old.is_file():
            old.unlink()
    addon = tree.make(commit, folder / tree.SERIES)
    version = tree.manifest(addon).version
    packed = folder / f"{paths.ADDON}-{version}.zip"
    tree.archive(commit, packed)
    packages.build(commit, addon, folder)
    release = Release(
        version,
        addon.parent,
        addon,
        packed,
        _only(folder, f"odoo_addon_{paths.ADDON}-{version}-*.whl"),
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


def _clean():
    changed = output([need("git", "git"), "status", "--porcelain"], cwd=paths.ROOT)
    if changed:
        raise Failure(f"make dist takes what is committed, and this is not:\n{changed}")


def _sums(files):
    return "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files)


def _members(path):
    if path.is_dir():
        return [each for each in path.rglob("*") if each.is_file()]
    if zipfile.is_zipfile(path):
        return [name for name in zipfile.ZipFile(path).namelist() if not name.endswith("/")]
    if tarfile.is_tarfile(path):
        return [each for each in tarfile.open(path) if each.isfile()]
    return [path]


def _print(everything):
    for path in everything:
        members = _members(path)
        size = sum(each.stat().st_size for each in members) if path.is_dir() else path.stat().st_size
        name = f"{path.name}/" if path.is_dir() else path.name
        print(f"  {name:55} {size / 1000:8.0f} kB {len(members):5} file{'s' * (len(members) > 1)}")


@click.command(help=__doc__)
@click.option("--branch", is_flag=True, help=f"Commit the tree on the local branch {tree.SERIES}.")
def main(branch):
    """Refuse what is not committed, make everything, and say what there is."""
    _clean()
    step("Packing and checking")
    release = build(DIST)
    check.version(release)
    step("Resolving the packages that it needs")
    bill = DIST / f"{paths.ADDON}.cdx.json"
    sbom.write(release, bill)
    files = [release.zip, release.addon_wheel, release.relay_wheel, release.relay_sdist, bill]
    sums = DIST / "SHA256SUMS"
    sums.write_text(_sums(files))
    step(f"{paths.ADDON} {release.version} in {DIST}")
    _print([release.tree, *files, sums])
    if branch:
        commit = tree.commit(release.tree, release.version)
        step(f"Branch {tree.SERIES} is {commit[:12]}; it is yours to push")
