"""Bring each addon's ``i18n/`` up to date: what is translated stays, what is gone goes.

Says for each language which texts have no translation yet; the exit code is their number, 100 at
most. A language that the back office does not speak has the recipients' texts only.
"""

import ast
import os

import click

from . import odoo_server, paths, postgres
from .say import step

DATABASE = f"{paths.ADDON}_i18n"
FOLDER = paths.ROOT / "i18n"
# The back office's.
WHOLE = ("de", "es", "fr", "it", "ja")


@click.command(help=__doc__)
@click.option("--keep", is_flag=True, help="Use the database of the last time.")
def main(keep):
    """Export from a new database and merge."""
    import polib  # noqa: PLC0415 Odoo's own, not this tool's

    templates = paths.STATE / "i18n"
    templates.mkdir(exist_ok=True)
    os.environ["I18N_FOLDER"] = str(templates)
    with postgres.running():
        if not keep or not postgres.exists(DATABASE):
            odoo_server.fresh(DATABASE, *odoo_server.glued())
        odoo_server.shell(DATABASE, paths.INSIDE / "i18n_export.py")
    missing = 0
    for name, addon in paths.addons().items():
        texts = polib.pofile(str(templates / f"{name}.pot"))
        for entry in [*texts]:
            entry.occurrences = [seen for seen in entry.occurrences if not _is_elsewhere(seen[0])]
            if not entry.occurrences:
                texts.remove(entry)
        texts.header = ""
        for moment in ("POT-Creation-Date", "PO-Revision-Date"):
            texts.metadata.pop(moment, None)
        texts.save(str(addon / "i18n" / f"{name}.pot"))
        missing += _merge(addon / "i18n", texts)
    return min(missing, 100)


def _is_elsewhere(path):
    """Below this addon's folder Odoo also walks through the others', and through the symbolic links
    by which it finds them all."""
    return "/.dev/" in path or path.startswith(f"code:addons/{paths.ADDON}/addons/")


def _merge(folder, texts):
    """:return: how many of `texts` have no translation, over all languages"""
    import polib  # noqa: PLC0415 Odoo's own, not this tool's

    for_recipients = recipients_texts()
    missing = 0
    for path in sorted(folder.glob("*.po")):
        language = polib.pofile(str(path), wrapwidth=78)
        known = {entry.msgid: entry.msgstr for entry in language}
        language.clear()
        for entry in texts:
            if path.stem in WHOLE or entry.msgid in for_recipients:
                entry.msgstr = known.get(entry.msgid, "")
                language.append(entry)
        language.save()
        open_ = [entry.msgid for entry in language if not entry.msgstr]
        missing += len(open_)
        name = path.relative_to(paths.ROOT)
        step(f"{name}: {len(language)} texts, {len(open_)} without translation")
        for text in open_:
            print(f"    {' '.join(text.split())}")
    return missing


def recipients_texts():
    """What the addon says to recipients: all that is looked up as ``reader._("…")``.

    :rtype: set[str]
    """
    return {
        node.args[0].value
        for path in (paths.ROOT / "models").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "reader._"
    }
