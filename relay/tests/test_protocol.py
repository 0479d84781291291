"""The test vectors that docs/protocol.md shows."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from engagement_relay.protocol import signature, token

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"
MASTER, UID_KEY = bytes(range(32)), bytes(range(32, 64))
UID = token.uid_for(UID_KEY, "<1@example.com>", "partner:7")
LINK = token.link_reference("link", "https://example.com/offer", "Our offer")


@pytest.fixture(scope="module")
def vectors():
    return dict(re.findall(r"^\| ([a-z ]+) \| `([^`]+)` \|$", DOCUMENT.read_text(), re.M))


def made(kind):
    parts = {
        "o": {},
        "c": {"link": LINK, "target": "https://example.com/offer?id=1&b=%C3%A9"},
        "a": {"link": LINK, "key": bytes(range(16))},
        "p": {"key": bytes(range(16, 32)), "uid": bytes(10)},
    }[kind]
    tenant = bytes.fromhex("0badcafe")
    found = token.Token(kind, 3, tenant, token.Policy.FULL, 1_800_000_000, UID)
    found = replace(found, **parts)
    if kind in "ap":
        found = replace(found, inner=token.inner_mac(found, token.inner_key(MASTER, kind)))
    return found


@pytest.mark.parametrize("kind", token.KINDS)
def test_tokens(vectors, kind):
    assert token.mint(made(kind), token.outer_key(MASTER, kind)) == vectors[f"token {kind}"]


def test_keys_and_names(vectors):
    assert token.outer_key(MASTER, "o").hex() == vectors["outer key o"]
    assert token.inner_key(MASTER, "a").hex() == vectors["inner key a"]
    assert UID.hex() == vectors["uid"]
    assert f"{LINK:08x}" == vectors["link reference"]


def test_signature(vectors):
    signed = signature.sign(
        bytes(range(32)),
        relay="00112233445566778899aabbccddeeff",
        tenant="0badcafe",
        method="POST",
        path="/mail_engagement/ingest",
        timestamp=1_800_000_000,
        body=b'{"uid":"x"}\n',
    )
    assert signed == vectors["signature"]
