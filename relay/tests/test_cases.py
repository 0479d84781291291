"""Cases of public reports at the relay, each by its id: ``pytest -k B02``."""

from pathlib import Path

import pytest
from engagement_relay.protocol.answers import GIF
from mini_odoo import MiniOdoo
from relay_process import RelayProcess
from test_server import FIREFOX, TARGET, arrived, decorated, settled

CASES = Path(__file__).parents[2] / "tests" / "cases"

# Behind a token, and where the click leads.
BEHIND = {
    "B02": (
        *('"', ">", ")", ".", ",", "]", "=", " ", "\r\n", "3D", "=3D", "を", "%22", "%3E"),
        *(
            ")",
            "]",
            "}",
            "»",
            "”",
            "’",
            "…",
            "!",
            "?",
            ";",
            "|",
            "\u00a0",
            "\u200b",
            "<br>",
            "&gt;",
        ),
    ),
    "B03": (
        *("?fbclid=abc&utm_source=x", "&recipient=x", "&amp;recipient=x", "?recipient=a%40b.test"),
        *("?gclid=1#x", "&fbclid=1?x=2", ";jsessionid=1", "#:~:text=offer", "?"),
    ),
    "B05": ("/", "//", "/?x=1", "/index.html", "%2F"),
}


@pytest.mark.parametrize("case", BEHIND)
def test_something_behind_the_address(relay, odoo, case):
    token = odoo.mint("c", target=TARGET)
    for behind in BEHIND[case]:
        status, headers, _body = relay.ask(f"/c/{token}{decorated(behind)}", headers=FIREFOX)
        assert (status, headers.get("location")) == (302, TARGET), behind
    assert {seen.type for seen in arrived(odoo, len(BEHIND[case]))} == {"click"}


def test_in_lower_case_B01(relay, odoo):  # noqa: N802
    """Nobody can verify it: a calm page that says what to do, no event."""
    status, headers, body = relay.ask(f"/c/{odoo.mint('c', target=TARGET).lower()}")
    assert (status, headers.get("location")) == (404, None)
    assert b"leads nowhere" in body and b"viewport" in body
    assert relay.ask(f"/o/{odoo.mint().lower()}.gif")[2] == GIF
    assert settled(relay, odoo) == 0


def test_no_open_redirect_B06(relay, odoo):  # noqa: N802
    other = MiniOdoo(tenant=odoo.tenant).mint("c", target="https://evil.example/")
    for path in (f"/c/{other}", "/c/?u=https://evil.example", "/c/https://evil.example"):
        status, headers, _body = relay.ask(path)
        assert (status, headers.get("location")) == (404, None)


def test_switched_off_B08(odoo, tmp_path):  # noqa: N802
    odoo.changed(enabled=False)
    with RelayProcess(tmp_path / "relay").join(odoo) as relay:
        status, headers, _body = relay.ask(f"/c/{odoo.mint('c', target=TARGET)}")
        assert (status, headers["location"]) == (302, TARGET)


@pytest.mark.parametrize("case", ["B09"])
def test_a_name_with_a_slash(relay, odoo, case):
    name = (CASES / f"{case}.json").read_text().split("`")[1]
    token = odoo.mint("a")
    odoo.files[token] = b"%PDF"
    for written in (name, name.replace("/", "%2F"), "Angebot 12/2024.pdf", "a/", "/"):
        status, _headers, body = relay.ask(f"/a/{token}/{decorated(written)}")
        assert (status, body) == (200, b"%PDF"), written
