"""Undo in an incoming mail what was put into the one it quotes.

Otherwise each reader of the answer in the chatter would load our pixel, follow our links, and be
taken for the customer. What is ours is told by its signature and by nothing else, wherever it
stands and whatever is around it: a link, a picture behind a proxy, words. Of all else, no
character is lost: ours ends where its token ends.
"""

import re
from base64 import b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import NamedTuple

from ...relay.engagement_relay.protocol import token
from .html_scan import Cut, Markup, markup, references, splice, unescape
from .wrappers import BASE64, HEXADECIMAL, PERCENT, WRAPPERS, Encoding

# How deep addresses within addresses are looked for.
_DEEPEST = 8
# How much of a mail is decoded at most, in characters: more than any mail of people's needs.
_MOST_DECODED = 2_000_000

# What a client puts into a long word to break it: a line's end and the marks before a quoted line,
# the space that RFC 3676 has before an end that is none (format=flowed; delsp=yes, as Apple Mail
# sends it), what is left of quoted-printable, or what nobody sees. URL Defense 2 ends with "&e=".
_BREAK = re.compile(r"(?P<kept>&e=)? ?=?(?:\r\n?|\n)[ \t\xa0>]*|[\u00ad\u200b\u2060\ufeff]")
# Browsers pass over these in an address; Odoo has percent-encoded them before we see it.
_NO_PART = re.compile(r"[\t\r\n]|%0[9ad]", re.I)

# How an address begins, as it is or in an encoding.
_BEGIN = re.compile(
    r"(?P<plain>https?:/)|(?P<percent>https?(?::|[%*](?:25)*3a)(?:/|[%*](?:25)*2f))"
    r"|(?P<hexadecimal>68747470(?:73)?3a2f2f)|(?P<base64>(?-i:aHR0c(?:Dov|HM6L)))",
    re.I,
)
_ENCODINGS = {"percent": PERCENT, "hexadecimal": HEXADECIMAL, "base64": BASE64}
_OURS = re.compile(
    r"https?:/{1,2}[a-z0-9.-]+(?::[0-9]{1,5})?(?:/[a-z0-9._~-]+){0,8}?/(?P<kind>[ocap])/",
    re.I,
)
# What we write behind a token. A file's name stays: nobody can tell where it ends.
_ENDING = {"o": ".gif", "a": "/"}

# Attributes whose whole value is an address.
_ADDRESSES = frozenset(
    "action background cite data data-saferedirecturl href longdesc originalsrc poster src".split()
)
# What else stands where tokens are in base64 or hexadecimal digits: how "http://" and "https://"
# look there, each in two parts, since a line may break within one; and a proxy that omits these.
_ENCODED = ("aHR0", "cDovL", "cHM6Ly", "687474", "3a2f2f", "3A2F2F", "imgsmail.ru")


def restore(body: str, keyring: token.Keyring) -> str:
    """The body without our pixels, and with its links leading where they led before.

    :param body: HTML, as it came
    :param keyring: what we signed with
    """
    if not may_hold_ours(body, keyring.starts):
        return body
    return splice(body, _Restorer(keyring).cuts(body))


def may_hold_ours(text: str, starts: frozenset[str]) -> bool:
    """Whether a text holds what tokens begin with, in any encoding that is looked into.

    False is certain, true is not: that takes the signature.

    :param starts: the first eight characters of the tokens that may be in it
    """
    plain, encoded = _marks(starts)
    if any(mark in text for mark in plain):
        return True
    return any(sign in text for sign in _ENCODED) and any(mark in text for mark in encoded)


@lru_cache(16)
def _marks(starts: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """What tells of tokens as they are, and of those in base64 or hexadecimal digits, or twice so.

    A line may break within one half of what a token begins with, or within one of the groups of
    three that base64 makes of it: the other one tells.
    """
    halves = {half for start in starts for half in (start[:4], start[4:])}
    groups = {start[at : at + 3] for start in starts for at in range(6)}
    once = {mark for half in halves for mark in _digits(half)} | set(map(_base64, groups))
    twice = {mark for start in starts for first in _changed(start) for mark in _changed(first)}
    plain = {mark for half in halves for mark in _escaped(half)}
    return frozenset(plain), frozenset(once | twice)


def _escaped(text: str) -> set[str]:
    """A text as some programs write its only two signs that are no letter or digit: URL Defense 2,
    and those that percent-encode more than they need to."""
    written = {text}
    for sign in ("-", "%"):
        upper = text.replace("-", f"{sign}2D").replace("_", f"{sign}5F")
        written |= (
            {upper, upper.replace("2D", "2d").replace("5F", "5f")} if upper != text else set()
        )
    return written


def _changed(text: str) -> set[str]:
    """What is certain of a text's encodings, wherever base64's groups of three begin."""
    whole = (text[skip : skip + (len(text) - skip) // 3 * 3] for skip in range(3))
    return {*_digits(text), *map(_base64, whole)}


def _digits(text: str) -> tuple[str, str]:
    digits = text.encode().hex()
    return digits, digits.upper()


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()


class _Found(NamedTuple):
    """An address of ours, with what is wrapped around it.

    :ivar begin, end: where it stands
    :ivar target: where it leads; "" for what leads nowhere
    :ivar written: the target, encoded as the address was
    :ivar shown: whether it is no pixel
    """

    begin: int
    end: int
    target: str
    written: str
    shown: bool


@dataclass(frozen=True, slots=True)
class _Text:
    """:ivar ends: where lines ended that were joined"""

    value: str
    ends: Sequence[int] = ()

    def line_end(self, at: int) -> int:
        place = bisect_left(self.ends, at)
        return self.ends[place] if place < len(self.ends) else len(self.value)


class _Flat:
    """What a stretch of a document says, and where that stands: some mails have megabytes."""

    def __init__(self, body: str, *, attribute: bool = False) -> None:
        self._body = body
        self._attribute = attribute
        self._said: list[str] = []
        self._length = 0
        # Where each piece begins among what is said, and where it stands in the document.
        self._starts: list[int] = []
        self._stretches: list[tuple[int, int, bool]] = []
        # Behind which of what is left something was taken out, and how much until there.
        self._joints = [0]
        self._taken = [0]

    def add(self, begin: int, end: int) -> None:
        found = references(self._body, begin, end, attribute=self._attribute)
        for start, stop, said in found:
            self._add(self._body[begin:start], begin, start, literal=True)
            self._add(said, start, stop)
            begin = stop
        self._add(self._body[begin:end], begin, end, literal=True)

    def add_break(self, begin: int, end: int) -> None:
        self._add("\n", begin, end)

    def _add(self, said: str, begin: int, end: int, *, literal: bool = False) -> None:
        if said:
            self._said.append(said)
            self._starts.append(self._length)
            self._stretches.append((begin, end, literal))
            self._length += len(said)

    def joined(self) -> _Text:
        """Without what breaks words."""
        said = "".join(self._said)
        pieces: list[str] = []
        at = 0
        for broken in _BREAK.finditer(said):
            start = max(broken.start(), broken.end("kept"))
            pieces.append(said[at:start])
            at = broken.end()
            self._joints.append(start - self._taken[-1])
            self._taken.append(self._taken[-1] + at - start)
        return _Text("".join([*pieces, said[at:]]), self._joints[1:])

    def cuts(self, begin: int, end: int, new: str) -> Iterator[Cut]:
        """Of the document, for a part of what is joined: what else stands between stays."""
        first = begin + self._taken[bisect_right(self._joints, begin) - 1]
        last = end - 1 + self._taken[bisect_right(self._joints, end - 1) - 1]
        start = stop = 0
        for following, end in self._between(first, last + 1):
            if stop and following != stop:
                yield start, stop, new
                new = ""
            if following != stop:
                start = following
            stop = end
        yield start, stop, new

    def _between(self, first: int, end: int) -> Iterator[tuple[int, int]]:
        """The stretches of the document that say what stands between two places."""
        at = bisect_right(self._starts, first) - 1
        while at < len(self._starts) and self._starts[at] < end:
            begin, stop, literal = self._stretches[at]
            if literal:
                stop = min(stop, begin + end - self._starts[at])
                begin += max(0, first - self._starts[at])
            if begin < stop:
                yield begin, stop
            at += 1


class _Restorer:
    """Finds what is ours in one body, and decodes no more of it than the limit allows."""

    def __init__(self, keyring: token.Keyring) -> None:
        self._keyring = keyring
        self._left = _MOST_DECODED

    def cuts(self, body: str) -> list[Cut]:
        """What to take out of a document, and what to put there instead."""
        cuts: list[Cut] = []
        shown: list[str] = []
        at = 0
        for tag in markup(body):
            shown.append(body[at : tag.begin])
            at = tag.end
            if not tag.name:
                cuts += self._cuts_between(body, tag.begin, tag.end)
            elif tag.name != "br":
                cuts += self._tag_cuts(body, tag)
        shown.append(body[at:])
        if self._may_hold(unescape("".join(shown))):
            cuts += self._shown_cuts(body)
        return cuts

    def _shown_cuts(self, body: str) -> Iterator[Cut]:
        """Of the text, over all tags: each of them may break a word, and stays."""
        flat = _Flat(body)
        at = 0
        for tag in markup(body):
            flat.add(at, tag.begin)
            # But for a line's end, which goes with the address that it breaks.
            flat.add_break(tag.begin, tag.end if tag.name == "br" else tag.begin)
            at = tag.end
        flat.add(at, len(body))
        yield from self._text_cuts(flat)

    def _may_hold(self, text: str) -> bool:
        return may_hold_ours(text, self._keyring.starts)

    def _text_cuts(self, flat: _Flat) -> Iterator[Cut]:
        for found in self._inside(flat.joined()):
            yield from flat.cuts(found.begin, found.end, escape(found.written))

    def _tag_cuts(self, body: str, tag: Markup) -> list[Cut]:
        cuts: list[Cut] = []
        for name, (_begin, start, stop, _end) in tag.attributes.items():
            value = unescape(body[start:stop])
            if not self._may_hold(value):
                continue
            whole = self._whole(value) if name in _ADDRESSES else None
            if name == "src" and tag.name in ("img", "image") and self._is_pixel(value, whole):
                return [(tag.begin, tag.end, "")]
            if whole:
                new = escape(whole.target) or ("#" if name == "href" else "")
                quoted = body[start - 1] in "\"'"
                cuts.append((start, stop, new if quoted else f'"{new}"'))
            else:
                cuts += self._cuts_between(body, start, stop, attribute=True)
        if not cuts and self._may_hold(body[tag.begin : tag.end]):
            # Half a tag, whose next words look like attributes.
            cuts += self._cuts_between(body, tag.begin, tag.end)
        return cuts

    def _cuts_between(
        self, body: str, begin: int, end: int, *, attribute: bool = False
    ) -> list[Cut]:
        flat = _Flat(body, attribute=attribute)
        flat.add(begin, end)
        return list(self._text_cuts(flat))

    def _whole(self, value: str) -> _Found | None:
        """What of ours a value is, whatever stands behind it: links lead where they led before."""
        value = value.strip()
        joined = _NO_PART.sub("", value)
        found = self._read(_Text(value), 0, 0)
        return found or (self._read(_Text(joined), 0, 0) if joined != value else None)

    def _is_pixel(self, value: str, whole: _Found | None) -> bool:
        return not all(found.shown for found in ([whole] if whole else self._inside(_Text(value))))

    def _inside(self, text: _Text, depth: int = 0) -> Iterator[_Found]:
        """What of ours stands anywhere in a text."""
        at = 0
        while begin := _BEGIN.search(text.value, at):
            found = self._read(text, begin.start(), depth)
            if found:
                yield found
            at = found.end if found else begin.start() + 1

    def _read(self, text: _Text, at: int, depth: int, *, within: bool = False) -> _Found | None:
        """What of ours begins at a place, however it is encoded and wrapped.

        :param within: stands within what is replaced whole
        """
        begin = _BEGIN.match(text.value, at)
        if not begin or depth > _DEEPEST:
            return None
        encoding = _ENCODINGS.get(begin.lastgroup or "")
        if encoding:
            # What is written with percent signs is found where it stands, too.
            around = within or encoding is not PERCENT
            return self._decoded(text, at, encoding, depth, around=around)
        return self._ours(text, at) or self._wrapped(text, at, depth)

    def _ours(self, text: _Text, at: int) -> _Found | None:
        match = _OURS.match(text.value, at)
        if not match:
            return None
        begin = match.end()
        try:
            minted = token.cut(text.value[begin : begin + token.MAX_TEXT + 1], self._keyring)
            found, _state = token.parse(minted, self._keyring)
        except token.InvalidToken:
            return None
        if found.kind != match["kind"]:
            return None
        end = begin + len(minted)
        ending = _ENDING.get(found.kind, "")
        if text.value.startswith(ending, end):
            end += len(ending)
        return _Found(at, end, found.target, found.target, found.kind != "o")

    def _wrapped(self, text: _Text, at: int, depth: int) -> _Found | None:
        for wrapper in WRAPPERS:
            before = wrapper.before.match(text.value, at)
            if not before:
                continue
            if wrapper.encoding:
                found = self._decoded(text, before.end(), wrapper.encoding, depth, around=True)
            else:
                found = self._read(text, before.end(), depth + 1, within=True)
            if found:
                # What people wrote on the next line is none of it.
                after = wrapper.after.match(text.value, found.end, text.line_end(found.end))
                end = after.end() if after else found.end
                return _Found(at, end, found.target, found.target, found.shown)
        return None

    def _decoded(
        self, text: _Text, at: int, encoding: Encoding, depth: int, *, around: bool
    ) -> _Found | None:
        """:param around: also another site's link around what is ours"""
        match = encoding.run.match(text.value, at) if self._left > 0 else None
        if not match:
            return None
        run = match.group()
        self._left -= len(run)
        try:
            said = encoding.decode(run)
        except ValueError:
            return None
        found = self._read(_Text(said), 0, depth + 1, within=around)
        if not found and around:
            found = self._link_around(said, depth + 1)
        if not found:
            return None
        end = at + encoding.used(run, found.end)
        return _Found(at, end, found.target, encoding.encode(found.written, run), found.shown)

    def _link_around(self, said: str, depth: int) -> _Found | None:
        """Another site's link that names ours: it stays, and what it names is restored."""
        inside = list(self._inside(_Text(said), depth))
        if not inside:
            return None
        link = splice(said, [(found.begin, found.end, found.written) for found in inside])
        return _Found(0, len(said), link, link, all(found.shown for found in inside))
