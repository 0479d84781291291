"""Let ruff, prettier and eslint rewrite the files."""

from . import lint


def main(arguments):
    """Run the tools of lint that can rewrite."""
    lint.main(arguments, fix=True)
