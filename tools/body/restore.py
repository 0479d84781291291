"""Undo in an incoming mail what was put into the one it quotes.

Whoever reads the answer in the chatter would load our pixel and follow our links otherwise, and
be taken for the customer. Only what is signed by us is touched, wherever it stands and however
it was wrapped: as a link, as an image behind a proxy, in plain text, broken over lines.
"""

import re
from html import escape, unescape
from urllib.parse import unquote

from ...relay.engagement_relay.protocol import token
from .html_scan import scan, splice

# Of plain text, the marks before a quoted line included, as they stand in HTML, and the space that
# RFC 3676 has before a break that is none (format=flowed; delsp=yes, as Apple Mail sends it).
_BREAK = re.compile(r" ?=?\r?\n(?:[ \t]|>|&gt;)*|=?<br ?/?>(?:\s|&gt;)*", re.I)
_ENTITY = r"&(?:gt|lt|quot|#34|#39|#62|#60);"
_RUN = re.compile(rf"https?(?::|%3A|-3A)(?:(?!{_ENTITY})[^\s\"'<>])+", re.I)
# Browsers pass over these in an address; Odoo has percent-encoded them before we see it.
_NO_PART = re.compile(r"[\t\r\n]")
_TAIL = re.compile(r"[A-Za-z0-9_%.=&;/-]+")
_OURS = re.compile(r"/([ocap])/([A-Za-z0-9_-]{40,})")
# A click's token with the longest target, in lines of 76.
_MAX_LINES = 30
_MARKS = tuple(form.format(kind) for kind in "ocap" for form in ("/{}/", "%2f{}%2f", "_{}_"))


def restore(body, keyring):
    """The body without our pixels, and with its links leading where they led before.

    :param str body: HTML, as it came
    :param token.Keyring keyring: what we signed with
    :rtype: str
    """
    folded = body.casefold()
    if not keyring or not any(mark in folded for mark in _MARKS):
        return body
    found = scan(body)
    cuts = [
        (image.start, image.end, "")
        for image in found.images
        if (ours := _ours(image.url, keyring)) and ours.kind == "o"
    ]
    cuts += [
        (link.start, link.end, escape(ours.target) or "#")
        for link in found.links
        # No mailto: that mentions ours; "http" may be broken like all else.
        if link.url[:1] in "hH" and (ours := _ours(link.url, keyring))
    ]
    return _restore_text(splice(body, cuts), keyring)


def _restore_text(body, keyring):
    pieces = []
    at = 0
    while run := _RUN.search(body, at):
        end, ours = run.end(), _ours(run.group(), keyring)
        if not ours:
            end, ours = _over_lines(body, run, keyring)
        pieces.append(body[at : run.start()])
        pieces.append(escape(ours.target) if ours else body[run.start() : end])
        at = end
    return "".join([*pieces, body[at:]])


def _over_lines(body, run, keyring):
    """A URL that a client has broken over lines: our signature tells where it ends."""
    joined, at = run.group().rstrip("="), run.end()
    for _line in range(_MAX_LINES):
        broken = _BREAK.match(body, at) or _BREAK.match(body, at - 1)
        tail = broken and _TAIL.match(body, broken.end())
        if not tail:
            break
        joined, at = joined + tail.group().rstrip("="), tail.end()
        if not any(f"/{kind}/" in joined for kind in "cop"):
            break
        if ours := _ours(joined, keyring):
            return at, ours
    return run.end(), None


def _ours(url, keyring):
    """The token of ours in a URL, however it is wrapped; None where there is none."""
    for form in _unwrapped(url):
        for kind, text in _OURS.findall(form):
            try:
                found, _state = token.parse(text, keyring)
            except token.InvalidToken:
                continue
            if found.kind == kind:
                return found
    return None


def _unwrapped(url):
    """The URL, and what link scanners and image proxies have wrapped it in.

    Most put the original into a parameter, percent-encoded once or twice; Proofpoint's version 2
    writes ``-`` for the percent sign and ``_`` for the slash, its version 3 surrounds the original.
    """
    form = _NO_PART.sub("", unescape(url))
    if "urldefense" in form:
        yield unquote(form.replace("_", "/").replace("-", "%"))
        # Version 3 puts the original between "__", and a token may hold one as well.
        yield form.partition("__")[2].rpartition("__")[0]
    for _times in range(3):
        yield form
        plain = _NO_PART.sub("", unquote(form))
        if plain == form:
            return
        form = plain
