"""Who gets one copy of a mail, and what may be known of him. No ORM."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Recipient:
    """One copy of a mail, as it is followed.

    :ivar addresses: normalized addresses that get this copy, sorted
    :ivar partner_id: database id of the contact, None for a bare address
    :ivar is_internal: an own user or alias: gets the plain mail and no row
    :ivar opens, clicks, attachments: what may be followed for him
    :ivar policy: how much may be known (token.Policy as int)
    :ivar uid: 20 hex digits, "" until minted
    """

    addresses: tuple[str, ...]
    partner_id: int | None = None
    is_internal: bool = False
    opens: bool = True
    clicks: bool = True
    attachments: bool = True
    policy: int = 3
    uid: str = ""
    to: tuple[str, ...] = field(default=())

    @property
    def is_shared(self):
        """Several addresses got the same copy: nobody can tell which of them acted."""
        return len(self.addresses) > 1

    @property
    def is_tracked(self):
        return bool(self.policy) and (self.opens or self.clicks or self.attachments)

    @property
    def identity(self):
        """What the uid is made of, the same when the mail is sent again."""
        if self.policy == 1:
            return ""
        if self.is_shared:
            return "shared:" + ",".join(self.addresses)
        if self.partner_id:
            return f"partner:{self.partner_id}"
        return "email:" + "".join(self.addresses)

    def is_delivered(self, partner_ids, addresses, failed):
        """Whether the SMTP dialogue for this copy ended well.

        :param set[int] partner_ids: contacts that it succeeded for
        :param set[str] addresses: normalized addresses that it succeeded for
        :param bool failed: whether anything in the mail failed; decides for a copy that has
            nobody in To
        """
        if self.partner_id and not self.to:
            return self.partner_id in partner_ids
        if self.to:
            return not addresses.isdisjoint(self.to)
        return not failed
