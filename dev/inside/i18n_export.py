# Run in Odoo's shell: what can be translated, into the file that I18N_FILE names.
# ruff: noqa: F821 Odoo's shell brings env
import os
from pathlib import Path

from odoo.tools.translate import trans_export

with Path(os.environ["I18N_FILE"]).open("wb") as out:
    trans_export(False, ["mail_engagement"], out, "po", env)
