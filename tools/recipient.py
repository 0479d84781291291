"""Who gets one copy of a mail, and what may be known of them. No ORM."""

from dataclasses import dataclass, field

from .coverage import SEALED
from .kinds import KINDS

ANONYMOUS = 1


@dataclass(slots=True)
class Recipient:
    """One copy of a mail, as it is followed.

    :ivar addresses: normalized addresses that get this copy, sorted
    :ivar partner_id: database id of the contact, None for a bare address
    :ivar lang: the code of the contact's language
    :ivar is_internal: an own user or alias: gets the plain mail and no row
    :ivar opens, clicks, attachments: how much may be known of each (token.Policy as int), 0 for
        nothing
    :ivar uid: 20 hex digits, "" until minted
    :ivar anonymous_uid: likewise, the one that all recipients of the message share
    :ivar refused: somebody who counts has refused something, and may take it back
    :ivar hidden: why something will not be seen, by kind's name: see tools.coverage
    :ivar to: normalized addresses in To where the copy is no contact's own, else None
    """

    addresses: tuple[str, ...]
    partner_id: int | None = None
    lang: str | None = None
    is_internal: bool = False
    opens: int = 3
    clicks: int = 3
    attachments: int = 3
    refused: bool = False
    uid: str = ""
    anonymous_uid: str = ""
    hidden: dict[str, str] = field(default_factory=dict)
    to: tuple[str, ...] | None = None

    @property
    def is_shared(self) -> bool:
        """Several addresses got the same copy: nobody can tell which of them acted."""
        return len(self.addresses) > 1

    @property
    def levels(self) -> tuple[int, int, int]:
        return self.opens, self.clicks, self.attachments

    @property
    def is_tracked(self) -> bool:
        return any(self.levels)

    @property
    def is_told(self) -> bool:
        """The mail says where their own page is: what is not followed leaves as Odoo made it, but
        for those who refused."""
        return self.is_tracked or self.refused

    def leave_alone(self) -> None:
        """Nothing of ours goes into this copy, which is signed or encrypted."""
        for kind in KINDS:
            self.hidden.setdefault(kind.name, SEALED)
        self.opens = self.clicks = self.attachments = 0
        self.refused = False

    @property
    def is_person(self) -> bool:
        """Something may be known of this recipient, not of all together only."""
        return max(self.levels) > ANONYMOUS

    @property
    def identity(self) -> str:
        """What the uid is made of, the same when the mail is sent again."""
        if self.is_shared:
            return "shared:" + ",".join(self.addresses)
        if self.partner_id:
            return f"partner:{self.partner_id}"
        return "email:" + "".join(self.addresses)

    def level(self, kind: str) -> int:
        """How much may be known of requests for tokens of this kind: o, c or a."""
        return {"o": self.opens, "c": self.clicks, "a": self.attachments}[kind]

    def uid_of(self, kind: str) -> str:
        """Whom a token of this kind stands for."""
        return self.anonymous_uid if self.level(kind) == ANONYMOUS else self.uid

    def is_delivered(self, partner_ids: set[int], addresses: set[str], failed: bool) -> bool:
        """Whether the SMTP dialogue for this copy ended well.

        :param partner_ids: contacts that it succeeded for
        :param addresses: normalized addresses that it succeeded for
        :param failed: whether anything in the mail failed; decides for a copy that has
            nobody in To
        """
        if self.to is None:
            return self.partner_id in partner_ids
        if self.to:
            return not addresses.isdisjoint(self.to)
        return not failed
