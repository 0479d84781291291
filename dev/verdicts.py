"""``verdicts CORPUS.jsonl``: the judge over a labelled corpus; needs no Odoo."""

import importlib
import sys
import types

from . import paths


def main(arguments):
    """:return: the exit code"""
    # The addon's own __init__ needs Odoo.
    package = types.ModuleType(paths.ADDON)
    package.__path__ = [str(paths.ROOT)]
    sys.modules[paths.ADDON] = package
    return importlib.import_module(f"{paths.ADDON}.tools.verdicts").main(arguments)
