"""Policy × kind × withdrawal at a real relay: what its spool's files hold, byte for byte."""

import secrets

import pytest
from engagement_relay.protocol.token import Policy
from mini_odoo import MiniOdoo
from relay_process import RelayProcess

ADDRESS = "203.0.113.77"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0 marked"
HEADERS = {"User-Agent": AGENT, "X-Forwarded-For": ADDRESS}
TARGET = "https://example.com/offer"
KINDS = {"o": "open", "c": "click"}


@pytest.fixture
def odoo():
    """Away, so that all stays in the spool."""
    with MiniOdoo() as found:
        found.down = True
        yield found


def held(relay):
    """All that the relay has on its disk, its log included."""
    return b"".join(path.read_bytes() for path in relay.path.rglob("*") if path.is_file())


def ask(relay, odoo, kind, policy, uid):
    details = {"target": TARGET, "link": 7} if kind == "c" else {}
    text = odoo.mint(kind, policy=policy, uid=uid, **details)
    path = f"/o/{text}.gif" if kind == "o" else f"/c/{text}"
    status, headers, _body = relay.ask(path, headers=HEADERS)
    assert status == (200 if kind == "o" else 302)
    if kind == "c":
        assert headers["location"] == TARGET


def depth(relay):
    """Events written down; each was before its request was answered."""
    return relay.status()["spool"]["depth"]


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("today", Policy)
def test_spool_holds_what_both_policies_allow(odoo, tmp_path, policy, today):
    odoo.state["max_policy"] = int(today)
    relay = RelayProcess(tmp_path / "relay", trusted_proxies="127.0.0.1").join(odoo)
    allowed = min(policy, today)
    with relay:
        for kind in KINDS:
            ask(relay, odoo, kind, policy, secrets.token_bytes(10))
        assert depth(relay) == (2 if allowed else 0)
        full = allowed == Policy.FULL
        assert (ADDRESS.encode() in held(relay)) is full
        assert (b"marked" in held(relay)) is full


@pytest.mark.parametrize("refused", [("open",), ("click",), ("open", "click", "attachment")])
def test_withdrawal_covers_mails_already_sent(odoo, tmp_path, refused):
    uid = secrets.token_bytes(10)
    relay = RelayProcess(tmp_path / "relay", trusted_proxies="127.0.0.1")
    if len(refused) == 3:
        odoo.suppressed.append(uid.hex())
    else:
        odoo.kinds[uid.hex()] = list(refused)
    with relay.join(odoo):
        for kind in KINDS:
            ask(relay, odoo, kind, Policy.FULL, uid)
        wanted = sum(name not in refused for name in KINDS.values())
        assert depth(relay) == wanted
        assert (ADDRESS.encode() in held(relay)) is bool(wanted)


@pytest.mark.parametrize("honour", ["gpc", "dnt"])
@pytest.mark.parametrize("header", ["Sec-GPC", "DNT"])
def test_signals_are_honoured_where_the_policy_says_so(odoo, tmp_path, honour, header):
    odoo.state["honour"] = [honour]
    relay = RelayProcess(tmp_path / "relay", trusted_proxies="127.0.0.1").join(odoo)
    with relay:
        path = f"/o/{odoo.mint()}.gif"
        assert relay.ask(path, headers={**HEADERS, header: "1"})[0] == 200
        is_honoured = (honour == "gpc") == (header == "Sec-GPC")
        assert depth(relay) == (0 if is_honoured else 1)
        assert (ADDRESS.encode() in held(relay)) is not is_honoured
