"""Each released version, upgraded to this one: its database, and its relay.

``make keep-release`` makes what is in ``tests/upgrade``.
"""

import json
import re
import shutil

import pytest
import requests

from dev import odoo_server, paths, postgres
from dev.json_rpc import Odoo
from dev.processes import wait_until
from dev.relay import Relay
from dev.release import kept

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
# Crons would go on with what the release left undone, and nobody could say who changed what.
STILL = "--max-cron-threads=0"
TODAY = paths.ROOT / "relay"
# Of the scene: a mail whose edge is Odoo, and one whose edge is the relay.
BY_ODOO, BY_RELAY = "chen@customer.example", "carla@customer.example"


class Released(Relay):
    """The relay of a release, or of any other folder with the package.

    :param folder: that holds the package ``engagement_relay``
    """

    def __init__(self, path, folder, **settings):
        super().__init__(path, **settings)
        self.environment["PYTHONPATH"] = str(folder)


class Case:
    """A release, and its database.

    :ivar path: for relays
    """

    def __init__(self, release, path, inbox):
        self.folder = path / "addons"
        release.unpack(self.folder)
        self.addons = kept.with_addons(self.folder)
        self.relay_folder = self.folder / paths.ADDON / "relay"
        self.database = f"{paths.ADDON}_upgrade"
        self.expected = json.loads(release.expected.read_text())
        self.path, self.inbox = path, inbox
        release.restore(self.database)

    def odoo(self, *arguments):
        mail = odoo_server.through(self.inbox.port)
        return odoo_server.Odoo(self.database, STILL, *mail, *arguments)

    def ask(self, server):
        """:return: Odoo, as its administrator asks it"""
        found = Odoo(server.url, self.database)
        found.call("ir.config_parameter", "set_param", "web.base.url", server.url)
        found.call("ir.config_parameter", "set_param", "web.base.url.freeze", "True")
        return found

    def link(self, address, kind):
        return self.expected["links"][address][kind]


@pytest.fixture(scope="module", params=kept.all_kept(), ids=lambda release: release.version)
def release(request):
    return request.param


@pytest.fixture
def case(release, tmp_path, inbox):
    """As it was released."""
    found = Case(release, tmp_path, inbox)
    yield found
    postgres.drop(found.database)


@pytest.fixture(scope="module")
def upgraded(release, tmp_path_factory, inbox):
    """Upgraded, served, and read before anybody does anything."""
    found = Case(release, tmp_path_factory.mktemp("upgraded"), inbox)
    with found.odoo("-u", paths.ADDON) as server:
        found.server, found.rpc = server, found.ask(server)
        found.values = kept.read(found.rpc)
        found.log = server.log.read_text()
        yield found
    postgres.drop(found.database)


def asked(url):
    """As a recipient's mail program does."""
    return requests.get(url, headers={"User-Agent": AGENT}, timeout=60, allow_redirects=False)


def opens(odoo, address):
    """How often recipients of that address opened their mails, and all that was seen."""
    domain = [["email_normalized", "=", address]]
    context = {"allowed_company_ids": odoo.call("res.company", "search", [])}
    fields = ["open_count", "event_ids"]
    rows = odoo.call("mail.engagement.tracking", "search_read", domain, fields, context=context)
    return sum(row["open_count"] for row in rows), sum(len(row["event_ids"]) for row in rows)


def differences(expected, found):
    """What the release had and is not so any more. Fields that it did not have are passed over,
    records are not.
    """
    for model, rows in expected.items():
        now = found.get(model, {})
        for number in sorted(rows.keys() | now.keys()):
            if number not in rows or number not in now:
                yield model, number, "came" if number in now else "is gone"
                continue
            for name, value in rows[number].items():
                if now[number].get(name, "is gone") != value:
                    yield model, number, name, value, now[number].get(name, "is gone")


def test_everything_is_as_it_was(upgraded):
    assert not re.search(r" (ERROR|CRITICAL) ", upgraded.log)
    assert list(differences(upgraded.expected["values"], upgraded.values)) == []


def test_mails_of_before(upgraded):
    """Their links work and are counted."""
    odoo, url = upgraded.rpc, upgraded.server.url
    before = opens(odoo, BY_ODOO)
    assert asked(url + upgraded.link(BY_ODOO, "o")).status_code == 200
    click = asked(url + upgraded.link(BY_ODOO, "c"))
    assert click.headers["Location"] == "https://shop.example/offer?a=1"
    assert asked(url + upgraded.link(BY_ODOO, "a")).content == b"%PDF-1.4 offer"
    wait_until(lambda: opens(odoo, BY_ODOO) == (before[0] + 1, before[1] + 3))


def test_mail_of_after(upgraded):
    odoo, address = upgraded.rpc, "ines@customer.example"
    customer = odoo.call("res.partner", "create", {"name": "Ines", "email": address})
    lead = odoo.call("crm.lead", "create", {"name": "Roof", "partner_id": customer})
    odoo.write_to(customer, "crm.lead", lead, "Our offer")
    [mail] = wait_until(lambda: upgraded.inbox.to(address))
    body = mail.get_body(("html",)).get_content()
    assert asked(re.search(r'src="([^"]*/e/o/[^"]+)"', body)[1]).status_code == 200
    wait_until(lambda: opens(odoo, address) == (1, 1))


def paired(case, server, folder):
    """The release's relay with its pairing of then, at the address where Odoo is now."""
    relay = Released(case.path / "relay", folder)
    values = {**case.expected["pairing"], "odoo": server.url, "database": "", "hosts": []}
    tenants = relay.data_dir / "tenants"
    for each in (relay.data_dir, tenants):
        each.mkdir(mode=0o700)
    (tenants / f"{values['tenant']}.pairing.json").write_text(json.dumps(values))
    return relay


def visit(relay, path):
    """:return: the status that a recipient gets at the relay's name"""
    return relay.ask(path, headers={"Host": "track.example", "User-Agent": AGENT})[0]


def test_relay_of_then_and_odoo_of_today(upgraded):
    """It delivers, is itself upgraded while Odoo is away, and pairs anew."""
    odoo, server = upgraded.rpc, upgraded.server
    before = opens(odoo, BY_RELAY)[1]
    with paired(upgraded, server, upgraded.relay_folder) as then:
        assert visit(then, upgraded.link(BY_RELAY, "o")) == 200
        wait_until(lambda: opens(odoo, BY_RELAY)[1] == before + 1)
        server.stop()
        assert visit(then, upgraded.link(BY_RELAY, "c")) == 302
        assert then.status()["spool"]["depth"] == 1
    with Released(then.path, TODAY) as now:
        assert visit(now, upgraded.link(BY_RELAY, "c")) == 302
        assert now.status()["spool"]["depth"] == 2
        server.start()
        wait_until(lambda: opens(odoo, BY_RELAY)[1] == before + 3)
        wait_until(lambda: not now.status()["spool"]["depth"])
    another = odoo.call("mail.engagement.relay", "create", {"name": "Another", "company_id": 1})
    [row] = odoo.call("mail.engagement.relay", "read", [another], ["pairing_code"])
    relay = Released(upgraded.path / "another", upgraded.relay_folder)
    relay.said("pair", server.url, row["pairing_code"])


def test_relay_of_today_and_odoo_of_then(case):
    with case.odoo(case.addons) as server:
        odoo = case.ask(server)
        before = opens(odoo, BY_RELAY)[1]
        with paired(case, server, TODAY) as relay:
            assert visit(relay, case.link(BY_RELAY, "o")) == 200
            wait_until(lambda: opens(odoo, BY_RELAY)[1] == before + 1)
            relay.said("check")
        with Released(relay.path, of_the_future(case.path)) as relay:
            assert visit(relay, case.link(BY_RELAY, "c")) == 302
            wait_until(lambda: relay.status()["tenants"][0]["upgrade"])
            said = relay.run("status").stdout
            assert "this relay wants 98: upgrade Email Engagement in Odoo" in said
            assert relay.status()["spool"]["depth"] == 1
        paired_ = [["state", "=", "paired"]]
        [row] = odoo.call("mail.engagement.relay", "search_read", paired_, ["health"])
        assert row["health"] == "odoo_too_old"
        with Released(relay.path, TODAY):
            wait_until(lambda: opens(odoo, BY_RELAY)[1] == before + 2)


def of_the_future(path):
    """A relay that has no version of the protocol in common with any Odoo of today.

    :return: the folder with its package
    """
    folder = path / "future"
    shutil.copytree(TODAY, folder, ignore=shutil.ignore_patterns("tests"))
    versions = folder / "engagement_relay" / "protocol" / "versions.py"
    text = versions.read_text()
    changed = re.sub(r"^OLDEST, NEWEST = .*$", "OLDEST, NEWEST = 98, 99", text, flags=re.M)
    assert changed != text
    versions.write_text(changed)
    return folder
