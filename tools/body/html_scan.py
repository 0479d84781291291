"""Where the links stand in an HTML mail, by position: it is spliced, never written anew.

A tokenizer after the HTML standard (https://html.spec.whatwg.org/#tokenization), for any input,
in one pass: whatever is not closed ends the scan.
"""

import html
import html.entities
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

# Start, end, and what stands there instead.
Cut = tuple[int, int, str]

MAX_LABEL = 40
# The class of a link that its writer does not want to be followed: the editor sets it.
LEFT_ALONE = "o_mail_engagement_left_alone"

# The white space of HTML: Python's \s has more.
_SPACE = r"\t\n\f\r "
_NAME = re.compile(rf"/?[^{_SPACE}/>]*")
_ATTRIBUTE = re.compile(
    rf"[{_SPACE}/]*(?P<name>=?[^{_SPACE}/>=]*)[{_SPACE}]*(?P<equals>=?)[{_SPACE}]*"
)
_UNQUOTED = re.compile(rf"[^{_SPACE}>]*")
_COMMENT_END = re.compile(r"--!?>")
_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*;?)")
_RAW_END = {
    name: re.compile(rf"</{name}(?=[{_SPACE}/>])", re.I)
    for name in (
        "style",
        "textarea",
        "title",
        "xmp",
        "iframe",
        "noembed",
        "noframes",
    )
}
# No end tag ends it.
_RAW_END["plaintext"] = re.compile(r"(?!)")
_SCRIPT_MARK = re.compile(rf"<!--|-->|</?script(?=[{_SPACE}/>])", re.I)
# What may stand before the visible content, and after which of it that may begin.
_HEAD = dict.fromkeys(
    ("", "base", "head", "link", "meta", "script", "/script", "style", "/style", "title", "/title"),
    0,
) | {"!doctype": 1, "html": 2, "/head": 3, "body": 4}


@dataclass(slots=True)
class Link:
    """One followable ``href``.

    :ivar start, end: of the attribute's value in the document, quotes excluded
    :ivar url: the value, character references resolved, white space around it removed
    :ivar text: what the link shows, or what its pictures are said to show
    :ivar attribute: where the attribute starts and ends, name and quotes included
    :ivar is_left_alone: whoever wrote it does not want it to be followed
    """

    start: int
    end: int
    url: str
    text: str = ""
    attribute: tuple[int, int] = (0, 0)
    is_left_alone: bool = False

    @property
    def label(self) -> str:
        """The text, cut to what is kept and shown of it."""
        cut = self.text[: MAX_LABEL - 1].rstrip() + "…"
        return self.text if len(self.text) <= MAX_LABEL else cut


@dataclass(slots=True)
class Image:
    """One ``img`` with a source: the whole element's place, and the address."""

    start: int
    end: int
    url: str


@dataclass(slots=True)
class Markup:
    """A tag; a comment, or what an element of raw text holds (no name); the rest of the document
    where nothing ends it (name None).

    :ivar attributes: name → where it begins, its value begins, its value ends, it ends
    """

    begin: int
    end: int
    name: str | None = ""
    attributes: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Scan:
    """:ivar links, images: in their order
    :ivar first: where visible content begins
    :ivar last: where something may be added at the end, before what was never closed
    """

    links: list[Link] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    first: int = 0
    last: int = 0


def scan(text: str) -> Scan:
    """:param text: HTML, broken or not"""
    found = Scan(last=len(text))
    closing: dict[str, int] = {}
    unseen = _Unseen()
    label: list[str] | None = None
    rank: int | None = 0
    at = 0
    for tag in markup(text):
        name = tag.name
        if rank is not None:
            rank = _find_first(found, tag, rank, text[at : tag.begin])
        if label is not None:
            label.append(text[at : tag.begin])
            if name in ("a", "/a", "area"):
                _set_text(found.links[-1], label)
                label = None
        if name in ("a", "area") and "href" in tag.attributes:
            begin, start, stop, end = tag.attributes["href"]
            url = unescape(text[start:stop]).strip()
            classes = unescape(_value(text, tag, "class")).split()
            found.links.append(
                Link(start, stop, url, attribute=(begin, end), is_left_alone=LEFT_ALONE in classes)
            )
            label = [] if name == "a" else None
            if name == "area":
                _set_text(found.links[-1], [_value(text, tag, "alt")])
        elif name in ("img", "image"):
            if label is not None:
                label.append(_value(text, tag, "alt"))
            found.images.append(Image(tag.begin, tag.end, unescape(_value(text, tag, "src"))))
        elif name in ("/body", "/html"):
            closing[name] = unseen.before(tag.begin)
        elif name is None:
            found.last = tag.begin
        unseen.meet(tag)
        at = tag.end
    if label is not None:
        _set_text(found.links[-1], [*label, text[at:]])
    closed = closing.get("/body", closing.get("/html", len(text)))
    found.last = min(unseen.before(found.last), closed)
    return found


class _Unseen:
    """The elements whose content no browser renders as it stands: ``select`` and ``template``.

    What ends one of them depends on much else: an element counts as open until an end tag ends it
    for certain, since a place before it is one that browsers see in any case.
    """

    def __init__(self) -> None:
        # Where the first select began that may be open, one for each template around it.
        self._selects: list[int | None] = [None]
        self._template = 0

    def before(self, place: int) -> int:
        """The same place, or where what is open there began."""
        select = self._selects[0]
        if len(self._selects) > 1:
            place = min(place, self._template)
        return place if select is None else min(place, select)

    def meet(self, tag: Markup) -> None:
        if tag.name == "select" and self._selects[-1] is None:
            self._selects[-1] = tag.begin
        elif tag.name == "/select":
            self._selects[-1] = None
        elif tag.name == "template":
            if len(self._selects) == 1:
                self._template = tag.begin
            self._selects.append(None)
        elif tag.name == "/template" and len(self._selects) > 1:
            self._selects.pop()


def _find_first(found: Scan, tag: Markup, rank: int, before: str) -> int | None:
    """Move ``found.first`` behind what belongs to a head; None once there is something to see."""
    if tag.name not in _HEAD or before.strip():
        return None
    if _HEAD[tag.name] > rank:
        rank, found.first = _HEAD[tag.name], tag.end
    return rank


def markup(text: str) -> Iterator[Markup]:
    """All that is not text, in its order."""
    at = 0
    cdata_ends = text.rfind("]]>")
    while (begin := text.find("<", at)) >= 0:
        tag = _markup_at(text, begin, cdata_ends)
        if tag is None:
            at = begin + 1
            continue
        end = _end_of_raw(text, tag) if tag.name else tag.end
        if tag.name is None or end is None:
            yield Markup(begin, len(text), None)
            return
        yield tag
        if end > tag.end:
            yield Markup(tag.end, end)
        at = end


def _end_of_raw(text: str, tag: Markup) -> int | None:
    """Where markup begins again after a tag: at its end, or where the text that it begins ends."""
    if tag.name == "script":
        return _end_of_script(text, tag.end)
    if tag.name in _RAW_END:
        end = _RAW_END[tag.name].search(text, tag.end)
        return end.start() if end else None
    return tag.end


def _end_of_script(text: str, at: int) -> int | None:
    """A script that is hidden in a comment may hold another whole one."""
    depth = 0
    while mark := _SCRIPT_MARK.search(text, at):
        at = mark.end()
        if mark.group() == "<!--":
            # The same dashes may end it: "<!-->".
            at -= 2
            depth = max(depth, 1)
        elif mark.group() == "-->":
            depth = 0
        elif mark.group()[1] == "/":
            if depth < 2:
                return mark.start()
            depth = 1
        elif depth:
            depth = 2
    return None


def _markup_at(text: str, begin: int, cdata_ends: int) -> Markup | None:
    """The tag or comment that begins there; None for a mere ``<``."""
    following = text[begin + 1 : begin + 3]
    if text.startswith("<!--", begin):
        # "<!-->" and "<!--->" are whole comments already.
        comment = _COMMENT_END.search(text, begin + 2)
        return Markup(begin, comment.end()) if comment else Markup(begin, begin, None)
    if text.startswith("<![CDATA[", begin) and begin < cdata_ends:
        return Markup(begin, text.find("]]>", begin) + 3)
    letter = following.removeprefix("/")[:1]
    if letter.isascii() and letter.isalpha():
        name = _matched(_NAME, text, begin + 1)
        return _tag(text, begin, name.group().lower(), name.end())
    if following[:1] in ("!", "?", "/"):
        end = text.find(">", begin)
        if end < 0:
            return Markup(begin, begin, None)
        doctype = text[begin + 1 : begin + 9].lower() == "!doctype"
        return Markup(begin, end + 1, "!doctype" if doctype else "")
    return None


def _tag(text: str, begin: int, name: str, at: int) -> Markup:
    attributes: dict[str, tuple[int, int, int, int]] = {}
    while True:
        match = _matched(_ATTRIBUTE, text, at)
        at = match.end()
        if at >= len(text):
            return Markup(begin, begin, None)
        start = stop = at
        if match["equals"]:
            quote = text[at]
            if quote in "\"'":
                start = at + 1
                stop = text.find(quote, start)
                if stop < 0:
                    return Markup(begin, begin, None)
                at = stop + 1
            else:
                at = stop = _matched(_UNQUOTED, text, at).end()
        if match["name"]:
            # If an attribute is given twice, the first one counts.
            place = (match.start("name"), start, stop, at)
            attributes.setdefault(match["name"].lower(), place)
        else:
            return Markup(begin, at + 1, name, attributes)


def _matched(pattern: re.Pattern[str], text: str, at: int) -> re.Match[str]:
    """Of a pattern that matches anywhere, if only nothing."""
    match = pattern.match(text, at)
    assert match
    return match


def _value(text: str, tag: Markup, name: str) -> str:
    _begin, start, stop, _end = tag.attributes.get(name, (0, 0, 0, 0))
    return text[start:stop]


def _set_text(link: Link, pieces: Iterable[str]) -> None:
    link.text = " ".join(html.unescape("".join(pieces)).split())


def unescape(value: str) -> str:
    """The value of an attribute, its character references resolved."""
    return splice(value, references(value, 0, len(value), attribute=True))


def references(text: str, begin: int, end: int, *, attribute: bool = False) -> Iterator[Cut]:
    """Where in a stretch of a document character references stand, and what they say.

    In text the longest name is one, and what follows it stands for itself. In an attribute a name
    without semicolon before ``=`` or a letter is none: ``?a=1&copy=2`` has a parameter ``copy``.
    """
    for match in _REFERENCE.finditer(text, begin, end):
        reference = match.group()
        if attribute:
            said, rest = _resolve(text, match), 0
        else:
            said = html.unescape(reference)
            rest = 0 if reference[-1] == ";" else _same_at_the_end(reference, said)
        if said != reference:
            yield match.start(), match.end() - rest, said[: len(said) - rest]


def _resolve(text: str, match: re.Match[str]) -> str:
    reference = match.group()
    if reference[1] == "#":
        return html.unescape(reference)
    if reference[-1] != ";" and text[match.end() : match.end() + 1] == "=":
        return reference
    return html.entities.html5.get(reference[1:], reference)


def _same_at_the_end(one: str, other: str) -> int:
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((count for count, (a, b) in enumerate(pairs) if a != b), len(other))


def splice(text: str, splices: Iterable[Cut]) -> str:
    """The text with some of its stretches replaced.

    :param splices: apart from each other; those at one place keep their order
    """
    pieces: list[str] = []
    at = 0
    for start, end, new in sorted(splices, key=lambda cut: cut[:2]):
        pieces += text[at:start], new
        at = end
    return "".join([*pieces, text[at:]])
