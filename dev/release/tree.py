"""The files of a release: those of a commit that ``.gitattributes`` does not leave out."""

import os
import shutil
import zipfile
from pathlib import Path

from manifestoo_core.addon import Addon

from .. import paths
from ..command import need, output, run

SERIES = "19.0"
# What stands in the tree besides: its own front page, and what tells pip how an addon is built.
BESIDE = Path(__file__).parent / "branch"
BUILD = "pyproject.toml"


def archive(commit, target, *without, addon=paths.ADDON):
    """Write an addon's folder as `target`, a zip or tar by its name.

    :param without: paths that are left out besides
    """
    folder = paths.addons()[addon]
    git = [need("git", "git"), "-c", "tar.umask=0022", "archive", f"--prefix={addon}/"]
    # The attributes of the top do not reach the others.
    left_out = without if folder == paths.ROOT else ("tests", "static/tests")
    files = [".", *(f":!{path}" for path in left_out)]
    run(
        "archive",
        [*git, "-o", target, commit, "--", *files],
        cwd=folder,
        # The times in a zip are those of a time zone.
        env={**os.environ, "TZ": "UTC"},
    )


def pack(commit, target):
    """Write the folders of all addons, side by side, as the zip `target`."""
    archive(commit, target)
    for addon in paths.glue():
        part = target.with_name(f"{addon}.zip")
        archive(commit, part, addon=addon)
        with zipfile.ZipFile(target, "a") as whole, zipfile.ZipFile(part) as more:
            for each in more.infolist():
                whole.writestr(each, more.read(each))
        part.unlink()


def make(commit, folder):
    """Write the tree of the series' branch as the new `folder`.

    :return: the folders of the addons in it, by their names
    """
    folder.mkdir()
    addons = {name: folder / name for name in paths.addons()}
    packed = folder / "addon.tar"
    for name, addon in addons.items():
        archive(commit, packed, addon=name)
        # With the archive's modes, which become the wheel's, whatever this user's umask is.
        run("unpack", [need("tar", "tar"), "-xpf", packed, "-C", folder])
        shutil.copy(BESIDE / BUILD, addon)
    packed.unlink()
    shutil.copy(BESIDE / "README.md", folder)
    shutil.copy(addons[paths.ADDON] / "LICENSE", folder)
    needed = ["# What the manifests name."]
    for addon in addons.values():
        needed += manifest(addon).external_dependencies.get("python", [])
    (folder / "requirements.txt").write_text("\n".join(needed) + "\n")
    return addons


def manifest(addon):
    """Return the manifest of the folder `addon`, a ``manifestoo_core.manifest.Manifest``."""
    return Addon.from_addon_dir(addon).manifest


def epoch(commit):
    """Return the time of `commit`, in seconds, for what builds and describes packages."""
    return output([need("git", "git"), "log", "-1", "--format=%ct", commit], cwd=paths.ROOT)


def commit_branch(folder, version, repository=paths.ROOT):
    """Put the tree on the branch of the series, after what was there.

    :return: the commit; the one that was there when nothing has changed
    """
    index = paths.STATE / "release.index"
    index.unlink(missing_ok=True)
    environment = {**os.environ, "GIT_INDEX_FILE": str(index)}

    def git(*arguments):
        return output([need("git", "git"), *arguments], cwd=repository, env=environment)

    git(f"--work-tree={folder}", "add", "--all", "--force", folder)
    tree = git("write-tree")
    before = git("for-each-ref", "--format=%(objectname) %(tree)", f"refs/heads/{SERIES}").split()
    if tree in before:
        return before[0]
    parents = [f"-p{commit}" for commit in before[:1]]
    made = git("commit-tree", tree, *parents, "-m", f"Release {version}")
    git("branch", "--force", SERIES, made)
    return made
