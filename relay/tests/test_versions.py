"""A relay and an Odoo that do not understand each other: it is said, and nothing is lost."""

import json

import pytest
from engagement_relay import storage
from engagement_relay.protocol import versions, wire
from engagement_relay.state import State
from engagement_relay.storage import Pairing
from mini_odoo import CODE
from relay_process import RelayProcess

from dev.processes import wait_until

RELAY_IS_OLD = "this relay speaks protocol 1, Odoo wants 2: upgrade the relay"
ODOO_IS_OLD = "Odoo speaks protocol 0, this relay wants 1: upgrade Email Engagement in Odoo"


@pytest.mark.parametrize(
    ("said", "who"),
    [
        (None, "relay"),
        ("1", "relay"),
        ("0-1", "relay"),
        ("1-2", ""),
        ("2", ""),
        ("3-9", ""),
        ("4", "odoo"),
        ("4-9", "odoo"),
    ],
)
def test_who_is_too_old(monkeypatch, said, who):
    monkeypatch.setattr(versions, "OLDEST", 2)
    monkeypatch.setattr(versions, "NEWEST", 3)
    assert versions.too_old(said) == who
    assert versions.too_old(versions.said()) == ""


@pytest.mark.parametrize("said", ["", "x", "1.0", "-1", "1-", "1-2-3", "12345", "²", " 1", "1\n"])
def test_no_version(said):
    with pytest.raises(ValueError):
        versions.read(said)


@pytest.mark.parametrize(("only", "words"), [("2-3", RELAY_IS_OLD), ("0", ODOO_IS_OLD)])
def test_everything_waits_until_it_is_upgraded(relay, odoo, only, words):
    odoo.only = only
    for _number in range(3):
        assert relay.ask(f"/o/{odoo.mint()}.gif")[0] == 200
    wait_until(lambda: relay.status()["tenants"][0]["upgrade"] == words, "the status")
    assert words in relay.run("status").stdout
    checked = relay.run("check")
    assert checked.returncode == 1 and f"no state from Odoo: {words}." in checked.stderr
    failures = 'engagement_relay_forward_failures_total{reason="426"}'
    wait_until(lambda: relay.metrics().get(failures), "the metric")
    logged = {line["message"] for line in relay.lines() if line.get("why") == words}
    assert logged >= {"a batch was not taken, it is sent again"}
    assert relay.status()["spool"]["depth"] == 3 and relay.ask("/readyz")[0] == 200

    odoo.only = None
    wait_until(lambda: odoo.delivered == 3, "what waited")
    wait_until(lambda: not relay.status()["tenants"][0]["upgrade"], "the status")
    assert relay.run("check").returncode == 0


def test_every_request_says_the_versions(relay, odoo):
    relay.ask(f"/o/{odoo.mint()}.gif")
    wait_until(lambda: odoo.delivered == 1, "the event")
    relay.ask(f"/a/{odoo.mint('a')}/offer.pdf")
    paths = {path.partition("?")[0] for _method, path, _headers in odoo.asked}
    assert {wire.STATE, wire.INGEST} < paths
    assert {headers[wire.PROTOCOL_HEADER] for _method, _path, headers in odoo.asked} == {"1-1"}


def test_pairing(odoo, tmp_path):
    idle = RelayProcess(tmp_path / "relay")
    odoo.only = "2"
    done = idle.run("pair", odoo.url, CODE)
    assert done.returncode == 1 and done.stderr == f"Error: T{RELAY_IS_OLD[1:]}.\n"
    # The code is not spent.
    odoo.only = None
    assert idle.run("pair", odoo.url, CODE).returncode == 0


@pytest.mark.parametrize("answer", ["x", None, 5, [2], "2-3-4"])
def test_another_program_that_wants_an_upgrade(odoo, tmp_path, answer):
    odoo.only = answer or [None]
    done = RelayProcess(tmp_path / "relay").run("pair", odoo.url, CODE)
    assert done.returncode == 1 and "answers with status 426" in done.stderr


def test_files_of_an_older_and_of_a_newer_relay(odoo, tmp_path):
    """Links work at once, and not only when Odoo has told the state anew."""
    relay = RelayProcess(tmp_path / "relay").join(odoo)
    state = storage.state_path(relay.data_dir, odoo.tenant)
    pairing = storage.pairing_path(relay.data_dir, odoo.tenant)
    optional = {"knowledge", "chosen", "suppressed_kinds", "attachment_max_bytes"}
    known = json.loads(state.read_text())
    state.write_text(
        json.dumps({name: value for name, value in known.items() if name not in optional})
    )
    pairing.write_text(json.dumps(json.loads(pairing.read_text()) | {"another": 1}))
    assert storage.load_pairing(pairing) == Pairing(**vars(odoo.pairing()))
    odoo.stop()
    with relay:
        click = odoo.mint("c", target="https://example.com/")
        assert relay.ask(f"/c/{click}")[1]["location"] == "https://example.com/"
    known = json.loads(state.read_text()) | {"another": 1}
    assert State.from_json(known).outer_keys()
