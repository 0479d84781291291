"""The files of a release: those of a commit that ``.gitattributes`` does not leave out."""

import os
import shutil
from pathlib import Path

from manifestoo_core.addon import Addon

from .. import paths
from ..command import need, output, run

SERIES = "19.0"
# What stands in the tree besides: its own front page, and what tells pip how the addon is built.
BESIDE = Path(__file__).parent / "branch"


def archive(commit, target, *without):
    """Write the addon's folder as `target`, a zip or tar by its name.

    :param without: paths that are left out besides
    """
    git = [need("git", "git"), "-c", "tar.umask=0022", "archive", f"--prefix={paths.ADDON}/"]
    # The times in a zip are those of a time zone.
    files = [".", *(f":!{path}" for path in without)]
    run(
        "archive",
        [*git, "-o", target, commit, "--", *files],
        cwd=paths.ROOT,
        env={**os.environ, "TZ": "UTC"},
    )


def make(commit, folder):
    """Write the tree of the series' branch as the new `folder`.

    :return: the addon's folder in it
    """
    shutil.copytree(BESIDE, folder)
    packed = folder / "addon.tar"
    archive(commit, packed)
    # With the archive's modes, which become the wheel's, whatever this user's umask is.
    run("unpack", [need("tar", "tar"), "-xpf", packed, "-C", folder])
    packed.unlink()
    addon = folder / paths.ADDON
    shutil.copy(addon / "LICENSE", folder)
    needed = ["# What the manifests name.", *manifest(addon).external_dependencies["python"]]
    (folder / "requirements.txt").write_text("\n".join(needed) + "\n")
    return addon


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
