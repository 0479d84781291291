"""ruff, pylint-odoo, prettier and eslint over everything, as OCA's template for 19.0 sets them."""

import subprocess
import sys

from . import node, odoo_server, paths
from .say import Failure, step

SOURCES = [
    "static/{src,tests}/**/*.{js,scss,xml}",
    "{views,data,demo,security,wizards,report}/**/*.xml",
]


def commands(fix):
    """Return the tools by name, each a command line; `fix` lets them rewrite the files."""
    tools, python = node.tools(), [sys.executable, "-m"]
    prettier = [tools / "prettier", "--no-error-on-unmatched-pattern", *SOURCES]
    plugin = tools.parent / "@prettier" / "plugin-xml" / "src" / "plugin.js"
    eslint = [tools / "eslint", "--config", "eslint.config.cjs", "static"]
    return {
        "ruff": [*python, "ruff", "check", *(["--fix"] if fix else []), "."],
        "ruff format": [*python, "ruff", "format", *([] if fix else ["--check"]), "."],
        "prettier": [*prettier, "--plugin", plugin, "--write" if fix else "--check"],
        "eslint": [*eslint, *(["--fix"] if fix else [])],
    }


def main(_arguments, fix=False):
    """Run every tool, tell which ones complain."""
    failed = []
    for name, command in commands(fix).items():
        failed += _run(name, command, paths.ROOT)
    if not fix:
        # The addon's name is its folder's: pylint-odoo has to come through the link.
        pylint = [sys.executable, "-m", "pylint", "--rcfile", paths.ROOT / ".pylintrc"]
        failed += _run("pylint", [*pylint, paths.ADDON], paths.ADDONS)
    if failed:
        raise Failure(f"complaints from {', '.join(failed)}")


def _run(name, command, cwd):
    step(f"Lint: {name}")
    environment = {**odoo_server.environment(), "NODE_PATH": str(node.tools().parent)}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return [name] if done.returncode else []
