"""Undo in an incoming mail what was put into the one it quotes.

Whoever reads the answer in the chatter would load our pixel and follow our links otherwise, and be
taken for the customer. What is ours is told by its signature and by nothing else, wherever it
stands and whatever is around it: a link, a picture behind a proxy, words. Of all else, no
character is lost: ours ends where its token ends.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from ...relay.engagement_relay.protocol import token
from .html_scan import Cut, Markup, markup, references, splice, unescape
from .wrappers import BASE64, HEXADECIMAL, PERCENT, WRAPPERS, Encoding

# How deep addresses within addresses are looked for.
_DEEPEST = 8
# How much of a mail is decoded at most, in characters: more than any mail of people's needs.
_MOST_DECODED = 4_000_000

# What a client puts into a long word to break it: a line's end and the marks before a quoted line,
# the space that RFC 3676 has before an end that is none (format=flowed; delsp=yes, as Apple Mail
# sends it), what is left of quoted-printable, or what nobody sees.
_BREAK = re.compile(r"(?P<kept>&e=)? ?=?\r?\n[ \t\xa0>]*|[\u00ad\u200b\u2060\ufeff]")
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
# What we write behind a token. A file's name stays: who can tell where it ends.
_ENDING = {"o": ".gif", "a": "/"}

# Attributes whose whole value is an address.
_ADDRESSES = frozenset(
    "action background cite data data-saferedirecturl href longdesc originalsrc poster src".split()
)
# Of encodings that change how a token looks: how "http" looks in them, and whose they are.
_CHANGED = (
    *("aHR0c", "68747470", "http-3A", "https-3A"),
    *("imgsmail.ru", "mail.yandex", "protection.sophos.com", "zasobygwp.pl", "urldefense"),
)


def restore(body: str, keyring: token.Keyring) -> str:
    """The body without our pixels, and with its links leading where they led before.

    :param body: HTML, as it came
    :param keyring: what we signed with
    """
    marks = _marks(keyring.starts)
    return splice(body, _Restorer(keyring, marks).cuts(body)) if _may_hold(body, marks) else body


def _marks(starts: Iterable[str]) -> frozenset[str]:
    """What tells that a text may hold ours: half of what a token begins with, since a line may
    break within the one half or the other, or an encoding that changes it. Percent signs do not.
    """
    halves = (half for start in starts for half in (start[:4], start[4:]))
    return frozenset(halves).union(_CHANGED if starts else ())


def _may_hold(text: str, marks: frozenset[str]) -> bool:
    return any(mark in text for mark in marks)


class _Found(NamedTuple):
    """An address of ours, with what is wrapped around it.

    :ivar begin, end: where it stands
    :ivar target: where it leads; "" for what leads nowhere
    :ivar written: the target, encoded as the address was
    :ivar seen: whether it leads anywhere: a pixel does not
    """

    begin: int
    end: int
    target: str
    written: str
    seen: bool


@dataclass(frozen=True, slots=True)
class _Text:
    """:ivar ends: where lines ended that were joined"""

    value: str
    ends: Sequence[int] = ()

    def line_end(self, at: int) -> int:
        place = bisect_left(self.ends, at)
        return self.ends[place] if place < len(self.ends) else len(self.value)


class _Flat:
    """What a stretch of a document says, and where each character of it stands."""

    def __init__(self, body: str, *, attribute: bool = False) -> None:
        self._body = body
        self._attribute = attribute
        self._said: list[str] = []
        self._begins: list[int] = []
        self._ends: list[int] = []

    def add(self, begin: int, end: int) -> None:
        found = references(self._body, begin, end, attribute=self._attribute)
        for start, stop, said in found:
            self._add_plain(begin, start)
            self.add_instead(said, start, stop)
            begin = stop
        self._add_plain(begin, end)

    def _add_plain(self, begin: int, end: int) -> None:
        self._said.append(self._body[begin:end])
        self._begins += range(begin, end)
        self._ends += range(begin + 1, end + 1)

    def add_instead(self, said: str, begin: int, end: int) -> None:
        self._said.append(said)
        self._begins += [begin] * len(said)
        self._ends += [end] * len(said)

    def joined(self) -> tuple[_Text, list[int]]:
        """Without what breaks words, and the place among all of each character that is left."""
        said = "".join(self._said)
        pieces: list[str] = []
        places: list[int] = []
        ends: list[int] = []
        at = 0
        for broken in _BREAK.finditer(said):
            start = max(broken.start(), broken.end("kept"))
            pieces.append(said[at:start])
            places += range(at, start)
            ends.append(len(places))
            at = broken.end()
        places += range(at, len(said))
        return _Text("".join([*pieces, said[at:]]), ends), places

    def cuts(self, begin: int, end: int, new: str) -> Iterator[Cut]:
        """Of the document, for characters of it all: what stands between them stays."""
        start = stop = self._begins[begin]
        for place in range(begin, end):
            if self._begins[place] > stop:
                yield start, stop, new
                start, new = self._begins[place], ""
            stop = max(stop, self._ends[place])
        yield start, stop, new


class _Restorer:
    def __init__(self, keyring: token.Keyring, marks: frozenset[str]) -> None:
        self._keyring = keyring
        self._marks = marks
        self._left = _MOST_DECODED

    def cuts(self, body: str) -> list[Cut]:
        """What to take out of a document, and what to put there instead."""
        cuts: list[Cut] = []
        shown = _Flat(body)
        at = 0
        for tag in markup(body):
            shown.add(at, tag.begin)
            at = tag.end
            if not tag.name:
                cuts += self._cuts_between(body, tag.begin, tag.end)
            elif tag.name == "br":
                shown.add_instead("\n", tag.begin, tag.end)
            else:
                cuts += self._tag_cuts(body, tag)
                # It may break a word, and stays.
                shown.add_instead("\n", tag.begin, tag.begin)
        shown.add(at, len(body))
        return [*cuts, *self._text_cuts(shown)]

    def _text_cuts(self, flat: _Flat) -> Iterator[Cut]:
        text, places = flat.joined()
        for found in self._inside(text):
            last = places[found.end - 1]
            yield from flat.cuts(places[found.begin], last + 1, escape(found.written))

    def _tag_cuts(self, body: str, tag: Markup) -> list[Cut]:
        cuts: list[Cut] = []
        for name, (_begin, start, stop, _end) in tag.attributes.items():
            value = unescape(body[start:stop])
            if not _may_hold(value, self._marks):
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
        if not cuts and _may_hold(body[tag.begin : tag.end], self._marks):
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
        return self._read(_Text(value), 0, 0) or self._read(_Text(_NO_PART.sub("", value)), 0, 0)

    def _is_pixel(self, value: str, whole: _Found | None) -> bool:
        return not all(found.seen for found in ([whole] if whole else self._inside(_Text(value))))

    def _inside(self, text: _Text, depth: int = 0) -> Iterator[_Found]:
        """What of ours stands anywhere in a text."""
        at = 0
        while begin := _BEGIN.search(text.value, at):
            found = self._read(text, begin.start(), depth)
            if found:
                yield found
            at = found.end if found else begin.start() + 1

    def _read(self, text: _Text, at: int, depth: int) -> _Found | None:
        """What of ours begins at a place, however it is encoded and wrapped."""
        begin = _BEGIN.match(text.value, at)
        if not begin or depth > _DEEPEST:
            return None
        encoding = _ENCODINGS.get(begin.lastgroup or "")
        if encoding:
            return self._decoded(text, at, encoding, depth)
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
        return _Found(at, end, found.target, found.target, found.kind == "c")

    def _wrapped(self, text: _Text, at: int, depth: int) -> _Found | None:
        for wrapper in WRAPPERS:
            before = wrapper.before.match(text.value, at)
            if not before:
                continue
            if wrapper.encoding:
                found = self._decoded(text, before.end(), wrapper.encoding, depth)
            else:
                found = self._read(text, before.end(), depth + 1)
            if found:
                # What people wrote on the next line is none of it.
                after = wrapper.after.match(text.value, found.end, text.line_end(found.end))
                end = after.end() if after else found.end
                return _Found(at, end, found.target, found.target, found.seen)
        return None

    def _decoded(self, text: _Text, at: int, encoding: Encoding, depth: int) -> _Found | None:
        match = encoding.run.match(text.value, at)
        if not match or self._left <= 0:
            return None
        run = match.group()
        self._left -= len(run)
        try:
            said = encoding.decode(run)
        except ValueError:
            return None
        found = self._read(_Text(said), 0, depth + 1) or self._link_around(said, depth + 1)
        if not found:
            return None
        end = at + encoding.used(run, found.end)
        return _Found(at, end, found.target, encoding.encode(found.written, run), found.seen)

    def _link_around(self, said: str, depth: int) -> _Found | None:
        """Another site's link that names ours: it stays, and what it names is restored."""
        inside = list(self._inside(_Text(said), depth))
        if not inside:
            return None
        link = splice(said, [(found.begin, found.end, found.written) for found in inside])
        return _Found(0, len(said), link, link, all(found.seen for found in inside))
