"""What is kept of a released version, so that later ones are tested against it.

In ``tests/upgrade/VERSION``: ``addon.tar.xz``, the addon without what only people look at;
``database.sql.xz``, a database in which that addon was used; ``expected.json``, what is in it.
"""

import json
import lzma
import re
import shutil
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import NamedTuple

import click

from .. import odoo_server, odoo_tree, paths, postgres
from ..inbox import Inbox
from ..json_rpc import Odoo
from ..say import Failure, step
from . import tree

FOLDER = paths.ROOT / "tests" / "upgrade"
INSIDE = Path(__file__).parent / "inside"
DATABASE = f"{paths.ADDON}_release"
# For people's eyes, and large.
LEFT_OUT = ("docs", "i18n", "static", "relay/deploy")
# Made anew for each reader.
DERIVED = "mail.engagement.report"
# Who is asked what, and when, is no part of what has to survive.
BOOKKEEPING = {"write_date", "write_uid"}
LINKS = re.compile(r'"https?://[^/"]+((?:/e)?/([ocap])/[^"]+)"')


class Kept(NamedTuple):
    """The paths of what is kept of one version."""

    folder: Path

    @property
    def version(self):
        return self.folder.name

    @property
    def addon(self):
        return self.folder / "addon.tar.xz"

    @property
    def database(self):
        return self.folder / "database.sql.xz"

    @property
    def expected(self):
        return self.folder / "expected.json"

    def unpack(self, folder):
        """Write the released addon into `folder`, as a folder of addons."""
        shutil.unpack_archive(self.addon, folder)

    def restore(self, database):
        """Make `database` anew as the released one."""
        postgres.restore(lzma.decompress(self.database.read_bytes()), database)


def all_kept():
    """Return a `Kept` of each released version."""
    return [Kept(path.parent) for path in sorted(FOLDER.glob("*/expected.json"))]


def with_addons(folder):
    """Return the option by which Odoo takes the addon of `folder` instead of this checkout's."""
    *odoos_own, _ours = odoo_tree.addons_paths()
    return "--addons-path=" + ",".join(map(str, [*odoos_own, folder]))


def read(odoo):
    """All that Email Engagement has stored, and what its chips show, as JSON holds it. Records of
    the addon's own data files are not in it: those are its to change.

    One definition for what a release expects and for what is found after an upgrade to a later
    version. Where a migration moves a field on purpose, ``expected.json`` is changed with it.

    :param json_rpc.Odoo odoo:
    :return: model → record's id → field → value
    """
    companies = odoo.call("res.company", "search", [])
    context = {"allowed_company_ids": companies, "active_test": False}
    brought = {}
    for row in _data(odoo, ["model", "=like", "mail.engagement.%"]):
        brought.setdefault(row["model"], []).append(row["res_id"])
    found = {}
    for model, names in sorted(_stored(odoo).items()):
        if model.startswith("mail.engagement."):
            domain = [["id", "not in", brought.get(model, [])]]
        else:
            domain = ["|"] * (len(names) - 1) + [[name, "!=", False] for name in names]
        rows = odoo.call(
            model, "search_read", domain, names, order="id", load=None, context=context
        )
        found[model] = {str(row.pop("id")): row for row in rows}
    trackings = found["mail.engagement.tracking"].values()
    followed = sorted({row["message_id"] for row in trackings if row["message_id"]})
    chips = odoo.call("mail.message", "read", followed, ["engagement"], context=context)
    found["chips"] = {str(row["id"]): row["engagement"] or {} for row in chips}
    return found


def _stored(odoo):
    """:return: model → names of its fields that the addon brings and the database holds"""
    ids = [row["res_id"] for row in _data(odoo, ["model", "=", "ir.model.fields"])]
    domain = [["id", "in", ids], ["store", "=", True], ["ttype", "!=", "one2many"]]
    domain += [["model_id.transient", "=", False], ["model_id.abstract", "=", False]]
    # Not those of Odoo that the addon only adds a choice to.
    domain += ["|", ["model", "=like", "mail.engagement.%"], ["name", "like", "engagement"]]
    models = {}
    for row in odoo.call("ir.model.fields", "search_read", domain, ["model", "name"], order="name"):
        if row["model"] != DERIVED and row["name"] not in BOOKKEEPING | {"id"}:
            models.setdefault(row["model"], []).append(row["name"])
    # What nobody may read, secrets for instance, is in no answer.
    return {
        model: [name for name in names if name in odoo.call(model, "fields_get", names)]
        for model, names in models.items()
    }


def _data(odoo, condition):
    """:return: of each record of the addon that the condition holds for: model and res_id"""
    domain = [["module", "=", paths.ADDON], condition]
    return odoo.call("ir.model.data", "search_read", domain, ["model", "res_id"])


@click.command(help=__doc__)
def main():
    """Make it of the last commit's addon; takes two minutes."""
    folder = paths.STATE / "release"
    shutil.rmtree(folder, ignore_errors=True)
    packed = _pack()
    shutil.unpack_archive(packed, folder)
    version = tree.manifest(folder / paths.ADDON).version
    kept = Kept(FOLDER / version)
    kept.folder.mkdir(parents=True, exist_ok=True)
    packed.replace(kept.addon)
    addons = with_addons(folder)
    with postgres.running(), Inbox() as inbox:
        postgres.drop(DATABASE)
        odoo_server.add(DATABASE, paths.ADDON, "--without-demo", addons)
        step("Using it")
        mail = odoo_server.through(inbox.port)
        said = odoo_server.shell(DATABASE, INSIDE / "scene.py", addons, *mail)
        with odoo_server.Odoo(DATABASE, addons, "--max-cron-threads=0") as server:
            values = read(Odoo(server.url, DATABASE))
        kept.database.write_bytes(lzma.compress(postgres.dump(DATABASE), preset=9))
        postgres.drop(DATABASE)
    expected = {
        "pairing": json.loads(re.search(r"^PAIRING=(.*)$", said, re.M)[1]),
        "links": _links(inbox),
        "values": values,
    }
    kept.expected.write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")
    for path in (kept.addon, kept.database, kept.expected):
        print(f"  {path.relative_to(paths.ROOT)}  {path.stat().st_size / 1000:.0f} kB")


def _pack():
    plain, target = paths.STATE / "release.tar", paths.STATE / "release.tar.xz"
    tree.archive("HEAD", plain, *LEFT_OUT)
    target.write_bytes(lzma.compress(plain.read_bytes(), preset=9))
    plain.unlink()
    return target


def _links(inbox):
    """:return: address → kind of a token → the path of a link that leads through it"""
    found = {}
    for envelope in inbox.envelopes:
        message = BytesParser(policy=policy.default).parsebytes(envelope.content)
        body = message.get_body(("html",)).get_content()
        for path, kind in LINKS.findall(body):
            for address in envelope.rcpt_tos:
                found.setdefault(address, {})[kind] = path
    if not found:
        raise Failure("no followed mail has left")
    return found
