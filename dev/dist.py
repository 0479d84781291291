"""A zip with the folder ``mail_engagement``, to unpack into an addons path of one's own."""

import click

from . import paths
from .command import need, run
from .say import Failure, step


@click.command(help=__doc__)
def main():
    """Write ``dist/mail_engagement.zip`` from the last commit, without what is for developers.

    :raises Failure: outside of a git checkout
    """
    if not (paths.ROOT / ".git").exists():
        raise Failure("make dist needs a git checkout")
    target = paths.ROOT / "dist" / f"{paths.ADDON}.zip"
    target.parent.mkdir(exist_ok=True)
    archive = [need("git", "git"), "archive", f"--prefix={paths.ADDON}/", "-o", target, "HEAD"]
    run("dist", archive, cwd=paths.ROOT)
    step(f"Wrote {target}")
