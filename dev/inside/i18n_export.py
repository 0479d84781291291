# Run in Odoo's shell: what can be translated, an addon of ours after the other, into I18N_FOLDER.
# ruff: noqa: F821 Odoo's shell brings env
import os
from pathlib import Path

from odoo.tools.translate import trans_export

ours = env["ir.module.module"].search(
    [("name", "=like", "mail_engagement%"), ("state", "=", "installed")]
)
for name in ours.mapped("name"):
    with Path(os.environ["I18N_FOLDER"], f"{name}.pot").open("wb") as out:
        trans_export(False, [name], out, "po", env)
