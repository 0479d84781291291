"""The tracked URLs of one outgoing mail. No ORM: keys and settings are handed in."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from ..relay.engagement_relay.protocol import token
from .file_name import url_name
from .recipient import Recipient


@dataclass(slots=True)
class Signer:
    """Signs for one tenant and one mail.

    :ivar tenant: 4 bytes
    :ivar number: id of the signing key
    :ivar master: its secret, 32 bytes
    :ivar uid_key: secret that makes the uids, 32 bytes
    :ivar base_url: where the edge answers, without a final slash
    :ivar message_id: the RFC ``Message-Id``
    """

    tenant: bytes
    number: int
    master: bytes
    uid_key: bytes
    base_url: str
    message_id: str
    sent_at: int = field(default_factory=lambda: int(time.time()))

    def name(self, recipients: Iterable[Recipient]) -> None:
        """Give each their uid: 20 hex digits, the same when the mail is sent again."""
        together = token.uid_for(self.uid_key, self.message_id, "").hex()
        for who in recipients:
            who.uid = token.uid_for(self.uid_key, self.message_id, who.identity).hex()
            who.anonymous_uid = together

    def open_url(self, who: Recipient) -> str:
        return f"{self.base_url}/o/{self._mint(who, 'o')}.gif"

    def click_url(self, who: Recipient, link: int, target: str) -> str | None:
        """None where the link cannot be followed: no web address, or too long."""
        try:
            minted = self._mint(who, "c", link=link, target=token.check_target(target))
        except token.BadTarget:
            return None
        url = f"{self.base_url}/c/{minted}"
        return url if len(url) < token.MAX_CLICK_URL else None

    def file_url(self, who: Recipient, link: int, key: bytes, name: str) -> str:
        unsigned = self._token(who, "a", link=link, key=key)
        inner = token.inner_mac(unsigned, token.inner_key(self.master, "a"))
        minted = self._mint(who, "a", link=link, key=key, inner=inner)
        return f"{self.base_url}/a/{minted}/{url_name(name)}"

    def page_url(self, key: bytes) -> str:
        """:param key: the random one of the contact whose page it is"""
        unsigned = token.Token(
            kind="p",
            key_id=self.number,
            tenant=self.tenant,
            policy=token.Policy.FULL,
            sent_at=self.sent_at,
            uid=bytes(token.UID_SIZE),
            key=key,
        )
        inner = token.inner_mac(unsigned, token.inner_key(self.master, "p"))
        minted = token.mint(replace(unsigned, inner=inner), token.outer_key(self.master, "p"))
        return f"{self.base_url}/p/{minted}"

    def _mint(self, who: Recipient, kind: str, **parts: Any) -> str:
        return token.mint(self._token(who, kind, **parts), token.outer_key(self.master, kind))

    def _token(self, who: Recipient, kind: str, **parts: Any) -> token.Token:
        return token.Token(
            kind=kind,
            key_id=self.number,
            tenant=self.tenant,
            policy=token.Policy(who.level(kind)),
            sent_at=self.sent_at,
            uid=bytes.fromhex(who.uid_of(kind)),
            **parts,
        )
