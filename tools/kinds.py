"""The words of what is followed and of what people say to it: one definition each, no ORM."""

from typing import NamedTuple


class Kind(NamedTuple):
    """Something that happens to a mail.

    :ivar name: an event's type, in the database and between relay and Odoo
    :ivar plural: a company's settings and a recipient's levels
    :ivar letter: in a token and in its address; "" where there is none
    :ivar counter: the field with how often people did it
    :ivar label: of all that happened
    :ivar done: of one that happened
    :ivar icon: a time line's, of Font Awesome
    """

    name: str
    plural: str
    letter: str
    counter: str
    label: str
    done: str
    icon: str

    @property
    def field(self) -> str:
        """A contact's field with what they say to it."""
        return f"engagement_{self.plural}"

    @property
    def hidden(self) -> str:
        """A followed mail's field with why it will not be seen: see tools.coverage."""
        return f"{self.plural}_hidden"


# What people may allow and refuse.
KINDS = (
    Kind("open", "opens", "o", "open_count", "Opens", "Opened", "fa-eye"),
    Kind("click", "clicks", "c", "click_count", "Link clicks", "Link clicked", "fa-link"),
    Kind(
        name="attachment",
        plural="attachments",
        letter="a",
        counter="attachment_open_count",
        label="Attachment views",
        done="Attachment viewed",
        icon="fa-paperclip",
    ),
)
BY_NAME = {kind.name: kind for kind in KINDS}
# A person's own act in any case, whatever they said.
REPLY = Kind("reply", "replies", "", "reply_count", "Replies", "Replied", "fa-reply")
COUNTS = (*(kind.counter for kind in (*KINDS, REPLY)), "machine_count")
# What nobody can know, and what of it is Apple's loading of pictures.
DOUBTS = ("unknown_count", "private_count")

GRANTED, REFUSED = "granted", "refused"
# The strictest first.
SAID = (REFUSED, GRANTED)
