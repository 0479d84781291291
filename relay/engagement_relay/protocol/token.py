"""What stands in the URLs of a followed mail: signed, self-contained, without any address.

The bytes and test vectors are in docs/protocol.md. A token carries no database id and no address;
a click's target stands inside the signed part, so a redirect needs no database and an unsigned
redirect does not exist.
"""

import hmac
import re
import struct
from base64 import urlsafe_b64encode
from binascii import Error as Base64Error, a2b_base64, b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from functools import cached_property, lru_cache
from hashlib import sha256
from hmac import compare_digest
from typing import NamedTuple

from .mac import keyed
from .target import MAX_CLICK_URL, BadTarget, check_target

__all__ = [
    "KINDS",
    "MAX_CLICK_URL",
    "BadTarget",
    "InvalidToken",
    "KeyState",
    "Keyring",
    "Mark",
    "Policy",
    "Token",
    "check_target",
    "cut",
    "inner_key",
    "inner_mac",
    "link_reference",
    "mint",
    "outer_key",
    "parse",
    "uid_for",
    "verify",
    "verify_inner",
]

VERSION = 1
KINDS = "ocap"
MAC_SIZE = 16
KEY_SIZE = 16
UID_SIZE = 10
MAX_TEXT = 2048

_new = tuple.__new__
_HEAD = struct.Struct(">BB4sBI10s")
# Version and kind, key id, tenant: what tells which key signed.
_NAMED = 6
# Without a kind's own part.
_SHORTEST = _HEAD.size + MAC_SIZE
_LINK = struct.Struct(">I")
_TEXT = re.compile(r"[A-Za-z0-9_-]+")
# What no target holds; it ends before the first of them.
_NO_TARGET = re.compile(rb"[^!-~]")
_KIND_CODE = {kind: VERSION << 4 | number for number, kind in enumerate(KINDS, 1)}
_CODE_KIND = {code: kind for kind, code in _KIND_CODE.items()}
_REST = {"o": 0, "a": _LINK.size + KEY_SIZE + MAC_SIZE, "p": KEY_SIZE + MAC_SIZE}
# From the alphabet of URLs to that of base64, whose own last letters and padding are none here.
_ALPHABET = bytes.maketrans(b"-_+/=", b"+/!!!")


class InvalidToken(ValueError):
    """Not one of ours. ``reason``: form, kind, policy, key or mac; never for the visitor."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Policy(IntEnum):
    """How much may be known of the recipient, frozen at sending; lower always wins."""

    NONE = 0
    ANONYMOUS = 1
    NO_IP = 2
    FULL = 3


class KeyState(str, Enum):
    SIGNING = "signing"
    ACCEPTED = "accepted"
    COMPROMISED = "compromised"


@dataclass(frozen=True, slots=True)
class Token:
    """:ivar kind: o (open), c (click), a (attachment), p (preferences)
    :ivar tenant: 4 bytes
    :ivar sent_at: unix seconds
    :ivar uid: 10 bytes; zeros in kind p
    :ivar link: the link's reference, kinds c and a
    :ivar target: where a click leads, ASCII
    :ivar key: 16 random bytes of the file's copy (a) or of the contact (p)
    :ivar inner: MAC whose key stays in Odoo, kinds a and p
    """

    kind: str
    key_id: int
    tenant: bytes
    policy: Policy
    sent_at: int
    uid: bytes
    link: int = 0
    target: str = ""
    key: bytes = b""
    inner: bytes = b""


class Mark(NamedTuple):
    """What an edge needs of a verified token, made at every request. As Token, and:

    :ivar policy: 0 to 3
    :ivar state: of the key that signed it
    """

    kind: str
    key_id: int
    tenant: bytes
    policy: int
    sent_at: int
    uid: bytes
    link: int
    target: str
    state: KeyState


# (tenant, kind, key id) → (secret, KeyState)
Keys = Mapping[tuple[bytes, str, int], tuple[bytes, KeyState]]


class Keyring:
    """The outer keys that an edge accepts.

    :param keys: (tenant, kind, key id) → the key that verifies, and its state
    """

    def __init__(self, keys: Keys | None = None) -> None:
        self._keys = dict(keys or {})
        held = {
            bytes((_KIND_CODE[kind], number)) + tenant: (keyed(secret), state)
            for (tenant, kind, number), (secret, state) in self._keys.items()
        }
        # What signs, and the key's state, by the bytes that a token begins with.
        self.held = held.get

    def get(self, tenant: bytes, kind: str, key_id: int) -> tuple[bytes, KeyState] | None:
        return self._keys.get((tenant, kind, key_id))

    @cached_property
    def starts(self) -> frozenset[str]:
        """What the text of a token begins with: eight characters for each key."""
        return frozenset(
            urlsafe_b64encode(bytes((_KIND_CODE[kind], number)) + tenant).decode()
            for tenant, kind, number in self._keys
        )

    def __bool__(self) -> bool:
        return bool(self._keys)


def mint(token: Token, outer_key: bytes) -> str:
    """The token as it stands in a URL: base64url without padding.

    :param outer_key: of the token's tenant, kind and key id
    """
    signed = _signed_part(token) + token.inner
    return urlsafe_b64encode(signed + _mac(outer_key, signed)).rstrip(b"=").decode()


def verify(text: str, keyring: Keyring) -> Mark:
    """What an edge has to know of a token, once its signature is verified.

    :param text: as it stands in the URL, without ``.gif``
    :raises InvalidToken: for whatever is not ours, whatever the reason
    """
    return _mark(*_verified(text, keyring))


def parse(text: str, keyring: Keyring) -> tuple[Token, KeyState]:
    """As ``verify``, with all that the token holds.

    :return: the token, and the state of the key that signed it
    :raises InvalidToken:
    """
    raw, state = _verified(text, keyring)
    mark = _mark(raw, state)
    rest = raw[_HEAD.size : -MAC_SIZE]
    key = inner = b""
    if mark.kind in "ap":
        inner = rest[-MAC_SIZE:]
        key = rest[-MAC_SIZE - KEY_SIZE : -MAC_SIZE]
    policy = Policy(mark.policy)
    kind, key_id, tenant, _policy, sent_at, uid, link, target, _state = mark
    token = Token(kind, key_id, tenant, policy, sent_at, uid, link, target, key, inner)
    return token, state


def cut(text: str, keyring: Keyring) -> str:
    """The token that a text begins with, whatever stands behind it.

    People and programs put signs behind an address, and those of base64url's own alphabet cannot
    be told from it: ``_emphasis_``, ``--``, ``___``. The signature tells.

    :raises InvalidToken: where no token of ours stands at the beginning
    """
    run = _TEXT.match(text[: MAX_TEXT + 1])
    if run is None:
        raise InvalidToken("form")
    error = InvalidToken("form")
    for size in _sizes(run.group()):
        # Three bytes are four characters; one or two more bytes are two or three.
        token = text[: -(-size * 4 // 3)]
        try:
            _verified(token, keyring)
        except InvalidToken as reason:
            error = reason
        else:
            return token
    raise error


def _sizes(text: str) -> range:
    """How many bytes of a text the token at its beginning may be, the most likely first."""
    whole = text[: len(text) // 4 * 4]
    raw, most = a2b_base64(whole.encode().translate(_ALPHABET)), len(text) * 3 // 4
    kind = _CODE_KIND.get(raw[0]) if raw else None
    if kind is None:
        return range(0)
    if kind in _REST:
        size = _SHORTEST + _REST[kind]
        return range(size, min(size, most) + 1)
    # A click's MAC begins where the target ends: at the first byte that no target holds, or, as
    # its own first bytes may look like one, up to its own length before.
    end = _NO_TARGET.search(raw, _HEAD.size + _LINK.size)
    first = end.start() if end else len(raw)
    return range(min(first + MAC_SIZE, most), max(first - 1, _SHORTEST + _LINK.size), -1)


@lru_cache(64)
def outer_key(master: bytes, kind: str) -> bytes:
    """The key that an edge verifies with, derived from the master secret that Odoo keeps."""
    return hmac.digest(master, b"mail_engagement outer " + kind.encode(), sha256)


def inner_key(master: bytes, kind: str) -> bytes:
    """The key of the inner MAC, which never leaves Odoo: a stolen relay mints no ``a`` or ``p``."""
    return hmac.digest(master, b"mail_engagement inner " + kind.encode(), sha256)


def inner_mac(token: Token, key: bytes) -> bytes:
    return _mac(key, _signed_part(token))


def verify_inner(token: Token, key: bytes) -> bool:
    return compare_digest(inner_mac(token, key), token.inner)


def uid_for(uid_key: bytes, message_id: str, recipient: str) -> bytes:
    """Ten bytes that stand for one recipient of one mail, the same when it is sent again.

    :param uid_key: secret, never rotated
    :param message_id: RFC ``Message-Id``
    :param recipient: ``partner:ID``, ``email:ADDRESS``, ``shared:ADDRESS,ADDRESS`` or "" when
        all recipients share one
    """
    return hmac.digest(uid_key, f"{message_id}\n{recipient}".encode(), sha256)[:UID_SIZE]


def link_reference(kind: str, url: str, label: str) -> int:
    """The number by which tokens name a link: the same for all recipients of a message.

    :param kind: ``link`` or ``attachment``
    :param url: without secrets; a file's checksum for attachments
    :return: 32 bits
    """
    return int.from_bytes(sha256(f"{kind}\n{url}\n{label}".encode()).digest()[:4], "big")


def _signed_part(token: Token) -> bytes:
    head = _HEAD.pack(
        _KIND_CODE[token.kind], token.key_id, token.tenant, token.policy, token.sent_at, token.uid
    )
    if token.kind == "c":
        return head + _LINK.pack(token.link) + token.target.encode("ascii")
    if token.kind == "a":
        return head + _LINK.pack(token.link) + token.key
    return head + token.key


def _verified(text: str, keyring: Keyring) -> tuple[bytes, KeyState]:
    raw = _decode(text)
    if len(raw) < _SHORTEST:
        raise InvalidToken("form")
    held = keyring.held(raw[:_NAMED])
    if held is None:
        raise InvalidToken("key" if raw[0] in _CODE_KIND else "kind")
    mac, state = held
    if not compare_digest(mac(raw[:-MAC_SIZE])[:MAC_SIZE], raw[-MAC_SIZE:]):
        raise InvalidToken("mac")
    return raw, state


def _mark(raw: bytes, state: KeyState) -> Mark:
    code, key_id, tenant, policy, sent_at, uid = _HEAD.unpack_from(raw)
    kind = _CODE_KIND[code]
    if policy > 3:
        raise InvalidToken("policy")
    link, target, size = 0, "", len(raw) - _HEAD.size - MAC_SIZE
    if kind == "c":
        if size <= _LINK.size:
            raise InvalidToken("form")
        target = _target(raw[_HEAD.size + _LINK.size : -MAC_SIZE])
    elif size != _REST[kind]:
        raise InvalidToken("form")
    if kind in "ca":
        [link] = _LINK.unpack_from(raw, _HEAD.size)
    # Mark() itself takes twice as long.
    return _new(Mark, (kind, key_id, tenant, policy, sent_at, uid, link, target, state))


# All recipients of a mail have the same ones.
@lru_cache(4096)
def _target(signed: bytes) -> str:
    try:
        return check_target(signed.decode("ascii"))
    except (UnicodeDecodeError, BadTarget):
        raise InvalidToken("form") from None


def _decode(text: str) -> bytes:
    if len(text) > MAX_TEXT:
        raise InvalidToken("form")
    try:
        padded = text.encode("ascii").translate(_ALPHABET) + b"=="[: -len(text) % 4]
        raw = a2b_base64(padded)
    except (UnicodeEncodeError, Base64Error):
        raise InvalidToken("form") from None
    # One text for each token: no padding, no stray bits, no other alphabet.
    if b2a_base64(raw, newline=False) != padded:
        raise InvalidToken("form")
    return raw


def _mac(key: bytes, data: bytes) -> bytes:
    return keyed(key)(data)[:MAC_SIZE]
