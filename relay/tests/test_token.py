"""The token codec: what is minted is read back, nothing else is accepted."""

import random
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from urllib.parse import urlsplit

import idna
import pytest
from engagement_relay.protocol import token
from engagement_relay.protocol.token import (
    InvalidToken,
    Keyring,
    KeyState,
    Policy,
    Token,
    mint,
    parse,
)
from hypothesis import given, strategies as st
from mutate import mutated

MASTER = bytes(range(32))
TENANT = bytes.fromhex("0badcafe")
RING = Keyring(
    {
        (TENANT, kind, number): (token.outer_key(MASTER, kind), state)
        for kind in token.KINDS
        for number, state in enumerate(KeyState)
    }
)

paths = st.text(
    st.characters(codec="ascii", exclude_categories=["Cc"], exclude_characters=" \\@"), max_size=300
)
targets = st.builds("https://example.com/{}".format, paths)


@st.composite
def tokens(draw):
    kind = draw(st.sampled_from(token.KINDS))
    parts = {
        "o": {},
        "c": {"link": st.integers(0, 2**32 - 1), "target": targets},
        "a": {
            "link": st.integers(0, 2**32 - 1),
            "key": st.binary(min_size=16, max_size=16),
            "inner": st.binary(min_size=16, max_size=16),
        },
        "p": {
            "key": st.binary(min_size=16, max_size=16),
            "inner": st.binary(min_size=16, max_size=16),
        },
    }[kind]
    return Token(
        kind=kind,
        key_id=draw(st.integers(0, 2)),
        tenant=TENANT,
        policy=draw(st.sampled_from(Policy)),
        sent_at=draw(st.integers(0, 2**32 - 1)),
        uid=draw(st.binary(min_size=10, max_size=10)),
        **{name: draw(strategy) for name, strategy in parts.items()},
    )


def example(kind, **changes):
    parts = {
        "o": {},
        "c": {"link": 7, "target": "https://example.com/a?b=1"},
        "a": {"link": 7, "key": b"k" * 16, "inner": b"i" * 16},
        "p": {"key": b"k" * 16, "inner": b"i" * 16},
    }[kind]
    return replace(
        Token(kind, 0, TENANT, Policy.FULL, 1_800_000_000, b"u" * 10, **parts), **changes
    )


def minted(made):
    return mint(made, token.outer_key(MASTER, made.kind))


@given(tokens())
def test_minted_token_is_read_back(made):
    found, state = parse(minted(made), RING)
    assert found == made
    assert state is list(KeyState)[made.key_id]


@given(tokens(), st.one_of(st.text(), st.text("_-AZaz09.~/?&=%", max_size=40)))
def test_token_is_found_whatever_stands_behind_it(made, behind):
    text = minted(made)
    assert token.cut(text + behind, RING) == text
    assert text[:8] in RING.starts


@pytest.mark.parametrize(
    "behind", ["_", "___.YXAz", "--", "_A", "A", "AAAA" * 500, "を", "%22", ""]
)
def test_signs_behind_a_token(behind):
    for kind in token.KINDS:
        text = minted(example(kind))
        assert token.cut(text + behind, RING) == text


@given(st.one_of(st.text(), st.text("EQgwFAB_-", max_size=80)))
def test_no_token_at_the_beginning(text):
    with pytest.raises(InvalidToken):
        token.cut(text, RING)


def test_no_token_has_a_second_spelling():
    """What stands for the same bytes to a lenient decoder is another text, and refused."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for kind in token.KINDS:
        text = minted(example(kind))
        others = {text + "=", text + "==", text.replace("_", "/"), text.replace("-", "+")}
        others |= {f"{text}\n", f" {text}", f"{text[:9]} {text[9:]}", text[:-1] + text[-1] + "A=="}
        # Bits that the last letter has and the last byte has not.
        others |= {text[:-1] + letter for letter in letters}
        for other in others - {text}:
            with pytest.raises(InvalidToken):
                token.verify(other, RING)


def test_half_a_token_is_none():
    for kind in token.KINDS:
        text = minted(example(kind))
        for length in range(len(text)):
            with pytest.raises(InvalidToken):
                token.cut(text[:length] + "_", RING)


def test_hundred_thousand_mutated_tokens_are_refused():
    chance = random.Random(1)
    good = [minted(example(kind)) for kind in token.KINDS]
    accepted = 0
    for _number in range(100_000):
        text = mutated(chance.choice(good), chance)
        if text in good:
            continue
        try:
            parse(text, RING)
        except InvalidToken:
            continue
        accepted += 1
    assert accepted == 0


@given(st.text(max_size=200))
def test_any_text_is_refused_calmly(text):
    with pytest.raises(InvalidToken):
        parse(text, RING)


def test_every_bit_counts():
    for kind in token.KINDS:
        raw = bytearray(urlsafe_b64decode(minted(example(kind)) + "=="))
        for place in range(len(raw) * 8):
            raw[place // 8] ^= 1 << place % 8
            with pytest.raises(InvalidToken):
                parse(urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode(), RING)
            raw[place // 8] ^= 1 << place % 8


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)",
        "ftp://example.com/",
        "//example.com/",
        "https://user@example.com/",
        "https://example.com\\@evil.example/",
        "https://example.com/\r\nSet-Cookie: a=b",
        "https://example.com/a b",
        "https:///path",
        "https://example.com:port/",
        "https://example.com/" + "x" * 1500,
    ],
)
def test_bad_target_is_refused_even_when_signed(target):
    made = minted(example("c", target=target))
    with pytest.raises(InvalidToken):
        parse(made, RING)
    with pytest.raises(token.BadTarget):
        token.check_target(target)


def test_iri_becomes_ascii():
    assert (
        token.check_target("https://例え.jp/パス?q=ü#é")
        == "https://xn--r8jz45g.jp/%E3%83%91%E3%82%B9?q=%C3%BC#%C3%A9"
    )


# What Chromium 156 makes of them: `new URL("https://" + host).hostname`.
HOSTS = {
    "straße.example": "xn--strae-oqa.example",
    "STRAẞE.example": "xn--strae-oqa.example",
    "κλαρα-σωλις.example": "xn----ylba7abgd9bnh0e.example",
    "ΚΛΑΡΑΣ-ΣΩΛΗΣ.example": "xn----ylbazlgd9btbc3e.example",
    "نامه\u200cای.example": "xn--mgba3gch31f060k.example",
    "क्\u200dष.example": "xn--11b2ezcw70k.example",
    "क्ष.example": "xn--11b2ezc.example",
    "İstanbul.example": "xn--istanbul-o0e.example",
    "ıstanbul.example": "xn--stanbul-qfb.example",
    "ﬁsh.example": "fish.example",
    "日本語。jp": "xn--wgv71a119e.jp",
    "ｓｈｏｐ．example": "shop.example",
    "ß--x.example": "xn----x-4ka.example",
    "xn--strae-oqa.ß.example": "xn--strae-oqa.xn--zca.example",
    "ß.example.": "xn--zca.example.",
    "l·l.example": "xn--ll-0ea.example",
    "カ\u3099.example": "xn--mck.example",
    "אב1.example": "xn--1-zhcd.example",
    # No host for it either.
    "ß\u200d.example": None,
    "\u200cß.example": None,
    "1אב.example": None,
    "٠ß.example": None,
}
# Its hosts are none of IDNA 2008's: such links are left alone.
ONLY_BROWSERS = ["☕.example", "a_ß.example", "r3---ß.example", "ß..example", "·l·l.example"]


@pytest.mark.parametrize(("host", "seen"), HOSTS.items())
def test_hosts_are_those_that_browsers_see(host, seen):
    for rest, kept in (("/", "/"), (":8080/é?ß#ς", ":8080/%C3%A9?%C3%9F#%CF%82")):
        if seen:
            assert token.check_target(f"https://{host}{rest}") == f"https://{seen}{kept}"
        else:
            with pytest.raises(token.BadTarget):
                token.check_target(f"https://{host}{rest}")


@pytest.mark.parametrize("host", [*ONLY_BROWSERS, "ß" * 70 + ".example", "faß." * 40 + "example"])
def test_hosts_that_are_none_elsewhere_are_refused(host):
    with pytest.raises(token.BadTarget):
        token.check_target(f"https://{host}/")


LETTERS = st.sampled_from("aZ1-ßẞςΣσäÄéıİﬁ。．日本\u200c\u200d\u00adक्षאا٣ة") | st.characters(
    exclude_characters="/?#:@[]%"
)


@given(st.text(LETTERS, max_size=12), st.sampled_from(["", ":1", ":443"]))
def test_a_host_is_read_once_and_for_all(label, port):
    """Whoever reads the ASCII form again, letter by letter, comes to the same host."""
    try:
        target = token.check_target(f"https://ß{label}.example{port}/")
    except token.BadTarget:
        return
    host = urlsplit(target).hostname
    assert target == f"https://{host}{port}/" == token.check_target(target)
    assert idna.encode(idna.decode(host)).decode() == host


def test_whoever_reads_a_percent_encoded_host_decodes_it():
    """Odoo's sanitizer writes it so."""
    assert token.check_target("https://stra%C3%9Fe.example/") == "https://stra%C3%9Fe.example/"


def test_unknown_policy_version_and_kind_are_refused():
    key = token.outer_key(MASTER, "o")
    raw = urlsafe_b64decode(minted(example("o")) + "==")[:-16]
    for place, value in ((0, 0x21), (0, 0x15), (6, 4), (6, 255)):
        changed = bytearray(raw)
        changed[place] = value
        signed = bytes(changed) + token._mac(key, bytes(changed))
        with pytest.raises(InvalidToken):
            parse(urlsafe_b64encode(signed).rstrip(b"=").decode(), RING)


def test_keys_of_other_kinds_tenants_and_ids_do_not_sign():
    for kind in token.KINDS:
        for other in set(token.KINDS) - {kind}:
            with pytest.raises(InvalidToken):
                parse(mint(example(kind), token.outer_key(MASTER, other)), RING)
    for changes in ({"tenant": b"none"}, {"key_id": 9}):
        with pytest.raises(InvalidToken):
            parse(minted(example("o", **changes)), RING)


def test_urls_keep_their_limits():
    assert len(f"/o/{minted(example('o'))}.gif") <= 120
    longest = "https://example.com/" + "x" * (token.MAX_CLICK_URL - 620)
    assert len(f"/c/{minted(example('c', target=longest))}") < token.MAX_CLICK_URL


def test_inner_signature_belongs_to_one_token():
    key = token.inner_key(MASTER, "a")
    made = example("a")
    made = replace(made, inner=token.inner_mac(made, key))
    assert token.verify_inner(made, key)
    assert not token.verify_inner(replace(made, key=b"o" * 16), key)
    assert not token.verify_inner(made, token.outer_key(MASTER, "a"))
