"""Put followed links and the pixel into a body; every other byte stays as it was."""

from collections.abc import Callable, Iterable
from html import escape

from .column import ends
from .html_scan import Cut, Link, scan, splice

# Gmail shows the first 102 kB of a mail. What has to load stands well before that in a long one;
# a link is not worth that a mail crosses the line.
CLIPPED_BYTES = 90_000
SHOWN_BYTES = 101_000

# A block, since an inline picture opens a line of text's height.
PIXEL = (
    '<img src="{}" alt="" width="1" height="1" border="0" aria-hidden="true"'
    ' style="display:block;width:1px;height:1px;border:0;opacity:0"/>'
)


def rewrite(
    body: str,
    replace: Callable[[Link], str | None] | None = None,
    pixel_url: str | None = None,
    addition: str = "",
    footer: str = "",
    content: str = "",
) -> str:
    """:param body: HTML, broken or not; an empty one gets the pixel too, since Odoo sends
        it as HTML and the file that comes with it may be all there is to say
    :param replace: function from a Link to the URL to put in its place, None to leave it. Links
        that would make Gmail clip a mail that it shows whole stay as they are.
    :param pixel_url: where the pixel is; None for no pixel
    :param addition: HTML to put behind the text
    :param footer: HTML to put at the end of the column that the text stands in
    :param content: the text without the layout around it, HTML; "" where nobody knows
    :return: the same body but for the links' values, what is added, and the pixel
    """
    found = scan(body)
    size = _bytes(body) + _bytes(addition) + _bytes(footer)
    splices, grown = _followed(found.links, replace, SHOWN_BYTES - size) if replace else ([], 0)
    if addition or footer:
        places = ends(body, content, found.last)
        splices += ((at, at, new) for at, new in zip(places, (addition, footer), strict=True))
    if pixel_url:
        at = found.first if size + grown > CLIPPED_BYTES else found.last
        splices.append((at, at, PIXEL.format(escape(pixel_url))))
    return splice(body, splices)


def _followed(
    links: Iterable[Link], replace: Callable[[Link], str | None], room: int
) -> tuple[list[Cut], int]:
    """:param room: bytes that the links may add; below zero the mail is clipped anyway"""
    splices: list[Cut] = []
    grown = 0
    for link in links:
        url = replace(link)
        if not url:
            continue
        more = len(url) - (link.end - link.start)
        if 0 <= room < grown + more:
            break
        grown += more
        splices.append((link.start, link.end, url))
    return splices, grown


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="replace"))
