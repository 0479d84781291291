"""Import ``tools`` as a part of the addon without importing the addon, which needs Odoo."""

import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

if "mail_engagement" not in sys.modules:
    package = types.ModuleType("mail_engagement")
    package.__path__ = [str(ROOT)]
    sys.modules["mail_engagement"] = package
