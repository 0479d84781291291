"""Relays of one name: paired once, and what one is told, all know."""

import json

import pytest
from relay_process import RelayProcess

from dev.nats import Nats
from dev.processes import wait_until
from dev.valkey import Valkey


@pytest.fixture(params=["valkey", "nats"])
def store(request, tmp_path):
    if request.param == "valkey":
        with Valkey(tmp_path / "valkey") as server:
            yield {"spool": "redis", "redis_url": server.url}
    else:
        with Nats(tmp_path / "nats") as server:
            wait_until(server.is_ready, "JetStream")
            yield {"spool": "nats", "nats_url": server.url, "nats_replicas": 1}


@pytest.fixture
def relays(store, odoo, tmp_path):
    """Two, of which the first is paired."""
    settings = {**store, "shared_pairings": "true", "bad_tokens_per_minute": 5}
    one = RelayProcess(tmp_path / "one", **settings).join(odoo)
    with one, RelayProcess(tmp_path / "two", **settings) as other:
        wait_until(lambda: other.ask("/readyz")[0] == 200, "the other one's pairing and keys")
        yield one, other


def opened(relay, path):
    assert relay.ask(path)[0] == 200


def test_paired_once(relays, odoo):
    one, other = relays
    opened(other, f"/o/{odoo.mint()}.gif")
    wait_until(lambda: odoo.delivered == 1, "the event")
    assert other.status()["tenants"][0]["tenant"] == odoo.tenant
    path = next((other.data_dir / "tenants").glob("*.pairing.json"))
    assert path.stat().st_mode & 0o077 == 0
    assert path.read_bytes() == (one.data_dir / "tenants" / path.name).read_bytes()


def test_paired_anew_holds_for_all(relays, odoo):
    one, other = relays
    odoo.secret = b"another" * 4
    one.join(odoo)
    path = next((other.data_dir / "tenants").glob("*.pairing.json"))
    wait_until(
        lambda: path.read_bytes() == (one.data_dir / "tenants" / path.name).read_bytes(),
        "the other one's pairing",
    )
    opened(other, f"/o/{odoo.mint()}.gif")
    wait_until(lambda: odoo.delivered == 1, "the event")


def test_a_refusal_reaches_all(relays, odoo):
    uid = b"0123456789"
    odoo.suppressed.append(uid.hex())
    odoo.changed()
    for relay in relays:
        wait_until(lambda relay=relay: uid.hex() in str(_state(relay)["suppressed"]), "the refusal")
        opened(relay, f"/o/{odoo.mint(uid=uid)}.gif")
    opened(relays[1], f"/o/{odoo.mint()}.gif")
    wait_until(lambda: odoo.delivered == 1, "the other mail's event")
    assert all(seen.mail != uid.hex() for seen in odoo.observations)


def _state(relay):
    return json.loads(next((relay.data_dir / "tenants").glob("*.state.json")).read_text())


def test_one_limit_for_all(relays):
    one, other = relays
    assert [one.ask("/c/bad")[0] for _number in range(5)] == [404] * 5
    # Asked once in a while, it would have been allowed by a relay that knows of nothing.
    wait_until(lambda: other.ask("/c/bad")[0] == 429, "the other one's limit", pause=1)


def test_only_with_a_store_that_is_shared(tmp_path):
    done = RelayProcess(tmp_path / "alone", shared_pairings="true").run("check")
    assert done.returncode and "shared_pairings: only with spool redis or nats" in done.stderr
