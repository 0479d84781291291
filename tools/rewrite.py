"""Put followed links and the pixel into a body; every other byte stays as it was."""

from html import escape

from .html_scan import scan, splice

# Gmail shows the first 102 kB of a mail; what has to load stands before that.
CLIPPED_BYTES = 90_000

PIXEL = (
    '<img src="{}" alt="" width="1" height="1" border="0" aria-hidden="true"'
    ' style="width:1px;height:1px;border:0;opacity:0"/>'
)


def rewrite(body, replace=None, pixel_url=None, addition=""):
    """:param str body: HTML, broken or not
    :param replace: function from a Link to the URL to put in its place, None to leave it
    :param str pixel_url: where the pixel is; None for no pixel
    :param str addition: HTML to put at the end of what is shown
    :return: the same body but for the links' values, the addition and the pixel
    :rtype: str
    """
    found = scan(body)
    splices = []
    for link in found.links if replace else ():
        url = replace(link)
        if url:
            splices.append((link.start, link.end, url))
    if addition:
        splices.append((found.last, found.last, addition))
    if pixel_url:
        long = len(body) > CLIPPED_BYTES or len(body.encode()) > CLIPPED_BYTES
        at = found.first if long else found.last
        splices.append((at, at, PIXEL.format(escape(pixel_url))))
    return splice(body, splices)
