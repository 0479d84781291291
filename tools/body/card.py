"""How a followed file stands in a mail: a card that leads to it, in HTML and in plain text."""

from collections.abc import Iterable
from html import escape
from pathlib import PurePath
from typing import NamedTuple

from babel.units import format_unit

from ...relay.engagement_relay.pages.language import ENGLISH, Language

# The units' names are Unicode's: https://cldr.unicode.org
UNITS = ("digital-byte", "digital-kilobyte", "digital-megabyte", "digital-gigabyte")

# What is written from left to right is told apart from Arabic around it by a dir of its own.
# A table with inline styles is what Outlook, Gmail and Apple Mail agree upon.
_CARD = (
    '<table role="presentation" border="0" cellpadding="0" cellspacing="0"'
    ' lang="{lang}" dir="{dir}"'
    ' style="margin:12px 0;border:1px solid #c9ccd2;border-collapse:separate;border-radius:6px">'
    '<tr><td style="padding:10px 14px;font-family:Arial,Helvetica,sans-serif;font-size:14px;'
    'line-height:20px;word-break:break-word">'
    '<a href="{url}" dir="auto" style="color:#714b67;font-weight:bold;text-decoration:none">'
    "{name}</a>"
    '<br/><span style="color:#6b7280;font-size:12px">{about}</span>'
    "</td></tr></table>"
)


class Card(NamedTuple):
    """
    :ivar size: bytes
    :ivar language: of who gets it
    """

    name: str
    size: int
    url: str
    language: Language = ENGLISH

    def html(self) -> str:
        return _CARD.format(
            lang=self.language.tag,
            dir=self.language.direction,
            url=escape(self.url),
            name=escape(self.name),
            about=" &middot; ".join(
                f'<span dir="auto">{escape(text)}</span>' for text in self._about()
            ),
        )

    def text(self) -> str:
        return f"{self.name} ({', '.join(self._about())})\n{self.url}"

    def _about(self) -> list[str]:
        return [text for text in (self.kind, self.weight) if text]

    @property
    def kind(self) -> str:
        """The ending of the name, in capitals: what people call the type of a file."""
        return PurePath(self.name).suffix[1:].upper()

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
        return format_unit(
            round(size, digits),
            UNITS[steps],
            "short",
            format="#,##0.#",
            locale=self.language.code,
        )


def html(cards: Iterable[Card]) -> str:
    """To be put at the end of a mail's text; "" without cards."""
    return "".join(card.html() for card in cards)


def append_text(text: str, cards: list[Card]) -> str:
    """The text part with the files' names and addresses: its readers want them too."""
    return "\n\n".join([text or "", *(card.text() for card in cards)]) if cards else text
