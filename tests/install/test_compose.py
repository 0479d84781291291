"""deploy/compose.yaml from nothing to a counted open, and through restarts of everything."""

import json
import re
import shutil
import ssl
import subprocess
import time
from functools import partial

import pytest
import websocket
from composed import Composed
from place import Place, commands, new_address, read, set_up, wait_for_the_open, write_to

from dev import paths, postgres
from dev.json_rpc import Odoo
from dev.processes import wait_until
from dev.say import Failure

SERVICES = ("db", "odoo", "relay", "proxy")
ADDRESSES = (new_address(), new_address())


@pytest.fixture
def typed(downloads, place):
    """The lines of the page that are for docker, once the others have been run."""
    lines = commands(
        "compose.md",
        **{"odoo.example.com": "odoo.localhost", "track.example.com": "track.localhost"},
    ).splitlines()
    others = [line for line in lines if not line.startswith("docker ")]
    place.run("\n".join(others), downloads)
    return [line for line in lines if line not in others]


@pytest.fixture
def composed(downloads, inbox, place, release, tmp_path, typed):
    """The services as the page has them brought up."""
    relay = Place(tmp_path / "relay")
    relay.run(f"pip install {release.relay_wheel}[redis,nats,geoip]", downloads)
    place.run(f"pip install --no-deps {release.wheels[paths.ADDON]}", downloads)
    place.run(_packages_of_the_image(), downloads)
    # Not in pytest's folder, into which each run of it lets nobody but its own user.
    volumes = paths.STATE / "compose"
    shutil.rmtree(volumes, ignore_errors=True)
    volumes.mkdir()
    made = Composed(downloads / paths.ADDON / "deploy", volumes, place, relay, inbox)
    yield made
    made.down()


def _packages_of_the_image():
    dockerfile = (paths.ROOT / "deploy" / "Dockerfile").read_text()
    return re.search(r"^RUN (pip install .*?[^\\])$", dockerfile, re.M | re.S)[1]


def _identity():
    """What changes when a database is made again."""
    found = subprocess.run(
        [postgres.programs() / "psql", "-d", "postgres", "-Atc"]
        + ["SELECT oid, datname FROM pg_database WHERE NOT datistemplate ORDER BY 1"],
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout.split()


def _heard_of_odoo(composed):
    """:return: when the relay last heard of its Odoo, in seconds"""
    _code, said = composed.run_relay("status", "--json")
    [tenant] = json.loads(said)["tenants"]
    return tenant["state_at"]


def _is_live(composed, host):
    """Tell whether Odoo's live channel answers behind the proxy."""
    connection = websocket.create_connection(
        f"wss://127.0.0.1:{composed.ports['proxy:443']}/websocket?version=1",
        host=host,
        origin=f"https://{host}",
        sslopt={"cert_reqs": ssl.CERT_NONE, "check_hostname": False, "server_hostname": host},
        timeout=60,
    )
    connection.close()
    return connection.getstatus() == 101


def test_compose(browser, composed, inbox, typed):
    up, pair, check = typed
    assert up.startswith("docker compose up ")
    assert "mail_engagement" in composed.up()
    for name in SERVICES:
        wait_until(partial(composed.is_healthy, name), name)
    made = _identity()

    with pytest.raises(Failure):
        Odoo(composed.odoo.url, "odoo").call("res.users", "has_group", [2], "base.group_system")
    password = (composed.folder / "secrets" / "admin_password").read_text().strip()
    odoo = Odoo(composed.odoo.url, "odoo", password=password)
    assert _is_live(composed, "odoo.localhost")

    relay = odoo.call("mail.engagement.relay", "create", [{"name": "Edge"}])
    [code] = odoo.call("mail.engagement.relay", "read", relay, ["pairing_code"])
    words = pair.replace("CODE", code["pairing_code"]).split()
    assert words[:5] == "docker compose run --rm relay".split()
    assert composed.run_relay(*words[5:])[0] == 0
    # On this machine it is not the port that browsers take without being told.
    url = f"https://track.localhost:{composed.ports['proxy:443']}"
    odoo.call("mail.engagement.relay", "write", relay, {"url": url})
    odoo.call("res.company", "write", [1], {"engagement_edge": "relay"})
    set_up(odoo)
    switched_on = time.time()
    wait_until(lambda: _heard_of_odoo(composed) > switched_on, "the relay to know of it")
    assert check == "docker compose run --rm relay check"
    assert composed.run_relay("check")[0] == 0
    mails = [write_to(odoo, inbox, address) for address in ADDRESSES]
    read(browser, mails[0])
    wait_for_the_open(odoo, ADDRESSES[0])

    assert f"{url}/o/" in mails[1]
    composed.odoo.stop()
    assert not composed.is_healthy("odoo")
    read(browser, mails[1])
    composed.relay.kill()
    composed.down()
    assert composed.up() == ""  # nothing made again
    assert _identity() == made
    odoo = Odoo(composed.odoo.url, "odoo", password=password)
    wait_for_the_open(odoo, ADDRESSES[1])
