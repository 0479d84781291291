"""Packages of Debian's unstable, for what the machine's own release has not: never installed.

They come under an apt configuration of their own, so the machine's own sources stay as they are.
"""

import os
import re
import shutil
from pathlib import Path

from .command import need, run

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def mirror():
    """Return the address the machine itself fetches Debian's packages from, or None."""
    if not Path(KEYRING).exists() or not shutil.which("apt-get"):
        return None
    etc = Path("/etc/apt")
    for source in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
        if source.is_file():
            text = source.read_text(errors="replace")
            for address in re.findall(r"^(?:URIs:|deb(?: \[[^]]*\])?)\s+(\S+)", text, re.M):
                if address.rstrip("/").endswith("/debian"):
                    return address
    return None


def download(folder, *names):
    """Fetch the packages of these names into `folder`, which is made.

    :raises Failure: no network
    """
    lists, cache = folder / "lists" / "partial", folder / "cache" / "archives" / "partial"
    for each in (lists, cache):
        each.mkdir(parents=True)
    (folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror()} unstable main\n")
    (folder / "apt.conf").write_text(
        f'Dir::Etc::sourcelist "{folder}/sources.list";\n'
        'Dir::Etc::sourceparts "/dev/null";\n'
        f'Dir::State::Lists "{lists.parent}";\n'
        f'Dir::Cache "{cache.parent.parent}";\n'
        'APT::Sandbox::User "root";\n'
    )
    unstable = {**os.environ, "APT_CONFIG": str(folder / "apt.conf")}
    run("unstable-update", ["apt-get", "update", "-q"], tries=3, env=unstable)
    fetch = ["apt-get", "download", "-q", *names]
    run("unstable-download", fetch, tries=3, env=unstable, cwd=folder)


def unpack(packages, folder):
    """Unpack all packages that lie in the folder `packages` into `folder`."""
    for package in sorted(packages.glob("*.deb")):
        run("unstable-unpack", [need("dpkg", "dpkg"), "-x", package, folder])
