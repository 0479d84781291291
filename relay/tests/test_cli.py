"""The commands, as an operator types them."""

import socket

import pytest
from engagement_relay import config, storage
from engagement_relay.protocol import token
from engagement_relay.tenants import Tenants
from mini_odoo import CODE
from relay_process import RelayProcess


@pytest.fixture
def idle(tmp_path):
    return RelayProcess(tmp_path / "relay")


def said(done):
    return done.returncode, done.stdout + done.stderr


def test_pair_check_mint_serve_status(idle, odoo):
    code, text = said(idle.run("check"))
    assert code == 1 and "Not paired yet" in text
    odoo.changed(hosts=["127.0.0.1"])
    code, text = said(idle.run("pair", odoo.url, CODE, "--host", "127.0.0.1", "--name", "Edge"))
    assert code == 0 and odoo.tenant in text
    assert said(idle.run("check")) == (0, "All is well.\n")
    for path in storage.folder(idle.data_dir).glob("*.json"):
        assert path.stat().st_mode & 0o077 == 0
    with idle:
        path = idle.run(
            "mint", "--kind", "c", "--target", "https://example.com/", "--path"
        ).stdout.strip()
        assert idle.ask(path)[1]["location"] == "https://example.com/"
        assert idle.run("check").returncode == 0
    status = idle.status()
    assert status["tenants"][0]["last_delivery"] and status["spool"]["depth"] == 0
    assert status["tenants"][0]["state_version"] == odoo.version
    assert "spool depth     0 events" in idle.run("status").stdout


def test_pair_says_what_is_wrong(idle, odoo):
    for arguments, words in (
        ((odoo.url, "wrong"), "does not know this code"),
        (("http://127.0.0.1:1", CODE), "does not answer: nobody listens there"),
        (("https://odoo.invalid", CODE), "its name is not known"),
        (("ftp://example.com", CODE), "begins with https"),
        (("http://[::1", CODE), "cannot be read: Invalid IPv6 URL"),
        (("http://127.0.0.1:99999", CODE), "cannot be read: Port out of range"),
        ((f"{odoo.url}/odoo", CODE), "scheme and host only"),
    ):
        code, text = said(idle.run("pair", *arguments))
        assert code == 1 and words in text and "Traceback" not in text
    # A code is not spent where its answer could not be kept.
    idle.data_dir.chmod(0o755)
    assert "chmod 700" in said(idle.run("pair", odoo.url, CODE))[1]
    idle.data_dir.chmod(0o700)
    assert idle.run("pair", odoo.url, CODE).returncode == 0
    assert "does not know this code" in said(idle.run("pair", odoo.url, CODE))[1]


def test_mint(idle, odoo):
    idle.run("pair", odoo.url, CODE)
    ring = Tenants(idle.data_dir).keyring
    for kind in token.KINDS:
        text = idle.run(
            "mint", "--kind", kind, "--target", "https://例え.jp/", "--sent-at", "1700000000"
        ).stdout.strip()
        found, state = token.parse(text, ring)
        assert (found.kind, found.sent_at, state.value) == (kind, 1_700_000_000, "signing")
    assert len(set(idle.run("mint", "--count", "100").stdout.split())) == 100
    code, text = said(idle.run("mint", "--kind", "c", "--target", "javascript:1"))
    assert code == 1 and "--target" in text
    for option in (("--uid", "abcd"), ("--uid", "z" * 20), ("--sent-at", "-1")):
        code, text = said(idle.run("mint", *option))
        assert code == 2 and option[0] in text and "Traceback" not in text


def test_what_cannot_be_read_is_one_line(idle, odoo):
    idle.join(odoo)
    storage.pairing_path(idle.data_dir, odoo.tenant).write_text("{")
    for command in ("status", "mint", "check"):
        code, text = said(idle.run(command))
        assert code == 1 and text.count("\n") == 1 and "is damaged" in text
    idle.data_dir.chmod(0o755)
    for command in ("status", "mint", "check"):
        code, text = said(idle.run(command))
        assert code == 1 and text.count("\n") == 1 and "chmod 700" in text


def test_what_is_to_be_clicked_in_odoo(idle, odoo):
    """Paired is not yet chosen, and chosen is not yet switched on."""
    for values, words in (
        ({"enabled": False, "chosen": False}, "not chosen to answer the recipients. In Odoo:"),
        ({"enabled": True, "chosen": False}, "not chosen to answer the recipients. In Odoo:"),
        ({"enabled": False, "chosen": True}, "Email Engagement is switched off. In Odoo:"),
    ):
        odoo.changed(**values)
        odoo.codes = {CODE}
        code, text = said(idle.run("pair", odoo.url, CODE))
        assert code == 0 and text.count("\nNext: paired, but") == 1 and words in text
        code, text = said(idle.run("check"))
        assert code == 1 and text.count("\n") == 1 and words in text
    odoo.changed(enabled=True)
    odoo.codes = {CODE}
    assert "Next" not in said(idle.run("pair", odoo.url, CODE))[1]
    assert said(idle.run("check")) == (0, "All is well.\n")


def test_check_says_what_is_wrong(idle, odoo):
    idle.join(odoo)
    odoo.changed(enabled=False)
    odoo.masters = {0: (b"x" * 32, "accepted")}
    text = said(idle.run("check"))[1]
    assert "switched off" in text and "no signing key for o, c, a, p" in text
    odoo.relay = "another"
    assert "refuses this relay" in said(idle.run("check"))[1]
    odoo.stop()
    assert "no state from Odoo: nobody listens there" in said(idle.run("check"))[1]
    idle.data_dir.chmod(0o755)
    assert "chmod 700" in said(idle.run("check"))[1]


def test_bad_settings_are_one_line(idle, tmp_path):
    del idle.environment["ENGAGEMENT_LISTEN"]
    file = tmp_path / "relay.toml"
    for text, words in (
        ('spool = "kafka"', "none of sqlite"),
        ("workers = 0", "workers: 0 is no whole number above 0"),
        ('spool_max_bytes = "1GB"', "spool_max_bytes: 1GB"),
        ("odoo_timeout = -3", "odoo_timeout: -3"),
        ('trusted_proxies = ["nginx"]', "trusted_proxies: 'nginx'"),
        ('ca_file = "/nowhere.pem"', "ca_file: /nowhere.pem"),
        ('ca_file = "/etc"', "ca_file: /etc is no file"),
        (f'ca_file = "{file}"', "ca_file: there are no certificates"),
        (f'geoip_database = "{file}"', "geoip_database: "),
        ('spool = "redis"\nredis_url = "http://:secret@x"', "redis_url: redis://HOST:PORT/DB"),
        ('spool = "redis"\nredis_url = "redis://x:secret"', "redis_url: redis://HOST:PORT/DB"),
        (f'listen = "0.0.0.0:{idle.metrics_port}"', "metrics_listen: port"),
        ("colour = 1", "no setting colour"),
        ("a =", "Invalid value"),
    ):
        file.write_text(text)
        code, said_ = said(idle.run("--config", str(file), "status"))
        assert code == 1 and said_.startswith("Error: ") and said_.count("\n") == 1
        assert words in said_ and "secret" not in said_
    assert "No such file" in said(idle.run("--config", "/nowhere.toml", "status"))[1]


def test_serve_says_why_it_cannot(idle):
    idle.data_dir.mkdir(0o700)
    (idle.data_dir / "spool").write_text("in the way")
    with socket.create_server(("127.0.0.1", idle.port)):
        code, text = said(idle.run("serve"))
    assert code == 1 and "Traceback" not in text
    assert f"listen: 127.0.0.1:{idle.port}: Address already in use" in text
    assert "spool is not a directory" in text


def test_file_and_environment(tmp_path):
    file = tmp_path / "relay.toml"
    file.write_text('workers = 3\nlisten = "[::1]:80"\ntrusted_proxies = ["10.0.0.0/8"]\n')
    found = config.load(str(file), {"ENGAGEMENT_WORKERS": "2"})
    assert found.workers == 2 and found.address == ("::1", 80)
    assert str(found.trusted_proxies[0]) == "10.0.0.0/8"
    assert config.load(None, {"ENGAGEMENT_CONFIG": str(file)}).workers == 3
    with pytest.raises(config.BadConfig, match="listen: 8080 is not HOST:PORT"):
        config.load(None, {"ENGAGEMENT_LISTEN": "8080"})
