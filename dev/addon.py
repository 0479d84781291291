"""The addon's parts that need no Odoo, for who has none."""

import sys
import types

from . import paths


def plant() -> None:
    """Make ``mail_engagement.tools`` and ``mail_engagement.relay`` importable by these names.

    The addon's own ``__init__`` needs Odoo, so it is not run.
    """
    if paths.ADDON not in sys.modules:
        package = types.ModuleType(paths.ADDON)
        package.__path__ = [str(paths.ROOT)]
        sys.modules[paths.ADDON] = package
