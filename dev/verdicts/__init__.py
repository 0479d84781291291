"""``verdicts CORPUS.jsonl``: the judge over a labelled corpus; needs no Odoo."""

import importlib

from .. import addon


def main(arguments: list[str]) -> int:
    """:return: the exit code"""
    addon.plant()
    return importlib.import_module(".measure", __package__).main(arguments)
