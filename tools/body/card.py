"""How a followed file stands in a mail: a card that leads to it, in HTML and in plain text."""

from collections.abc import Iterable
from html import escape
from pathlib import PurePath
from typing import NamedTuple

UNITS = ("B", "kB", "MB", "GB")

# A table with inline styles is what Outlook, Gmail and Apple Mail agree upon.
_CARD = (
    '<table role="presentation" border="0" cellpadding="0" cellspacing="0"'
    ' style="margin:12px 0;border:1px solid #c9ccd2;border-collapse:separate;border-radius:6px">'
    '<tr><td style="padding:10px 14px;font-family:Arial,Helvetica,sans-serif;font-size:14px;'
    'line-height:20px;word-break:break-word">'
    '<a href="{url}" style="color:#714b67;font-weight:bold;text-decoration:none">{name}</a>'
    '<br/><span style="color:#6b7280;font-size:12px">{kind} &middot; {size}</span>'
    "</td></tr></table>"
)


class Card(NamedTuple):
    """:ivar size: bytes"""

    name: str
    size: int
    url: str

    def html(self) -> str:
        return _CARD.format(
            url=escape(self.url), name=escape(self.name), kind=escape(self.kind), size=self.weight
        )

    def text(self) -> str:
        return f"{self.name} ({self.kind}, {self.weight})\n{self.url}"

    @property
    def kind(self) -> str:
        """The ending of the name, in capitals: what people call the type of a file."""
        return PurePath(self.name).suffix[1:].upper() or "FILE"

    @property
    def weight(self) -> str:
        """The size for people.

        >>> Card("a.pdf", 532_480, "").weight
        '532 kB'
        """
        size = float(self.size)
        steps = 0
        while size >= 1000 and steps < len(UNITS) - 1:
            size, steps = size / 1000, steps + 1
        digits = 1 if steps and size < 10 else 0
        return f"{size:.{digits}f} {UNITS[steps]}"


def html(cards: Iterable[Card]) -> str:
    """To be put at the end of a mail's text; "" without cards."""
    return "".join(card.html() for card in cards)


def append_text(text: str, cards: list[Card]) -> str:
    """The text part with the files' names and addresses: its readers want them too."""
    return "\n\n".join([text or "", *(card.text() for card in cards)]) if cards else text
