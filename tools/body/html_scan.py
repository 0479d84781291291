"""Where the links stand in an HTML mail, by position: it is spliced, never written anew.

A tokenizer after the HTML standard (https://html.spec.whatwg.org/#tokenization), for any input,
in one pass: whatever is not closed ends the scan.
"""

import html
import html.entities
import re
from dataclasses import dataclass, field

MAX_LABEL = 40

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
    """

    start: int
    end: int
    url: str
    text: str = ""
    attribute: tuple[int, int] = (0, 0)

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
class Scan:
    """:ivar links, images: in their order
    :ivar first: where visible content begins
    :ivar last: where something may be added at the end, before what was never closed
    """

    links: list = field(default_factory=list)
    images: list = field(default_factory=list)
    first: int = 0
    last: int = 0


def scan(text):
    """:param str text: HTML, broken or not
    :rtype: Scan
    """
    found = Scan(last=len(text))
    closing = {}
    label = None
    rank, at = 0, 0
    for tag in _markup(text):
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
            found.links.append(Link(start, stop, url, attribute=(begin, end)))
            label = [] if name == "a" else None
            if name == "area":
                _set_text(found.links[-1], [_value(text, tag, "alt")])
        elif name in ("img", "image"):
            if label is not None:
                label.append(_value(text, tag, "alt"))
            found.images.append(Image(tag.begin, tag.end, unescape(_value(text, tag, "src"))))
        elif name in ("/body", "/html"):
            closing[name] = tag.begin
        elif name is None:
            found.last = tag.begin
        at = tag.end
    if label is not None:
        _set_text(found.links[-1], [*label, text[at:]])
    found.last = min(found.last, closing.get("/body", closing.get("/html", len(text))))
    return found


def _find_first(found, tag, rank, before):
    """Move ``found.first`` behind what belongs to a head; None once there is something to see."""
    if tag.name not in _HEAD or before.strip():
        return None
    if _HEAD[tag.name] > rank:
        rank, found.first = _HEAD[tag.name], tag.end
    return rank


@dataclass(slots=True)
class _Markup:
    """A tag; a comment (no name); the rest of the text that nothing closes (name None).

    :ivar attributes: name → where it begins, its value begins, its value ends, it ends
    """

    begin: int
    end: int
    name: str | None = ""
    attributes: dict = field(default_factory=dict)


def _markup(text):
    """All that is not text, in its order; what raw text elements hold is left out."""
    at = 0
    cdata_ends = text.rfind("]]>")
    while (begin := text.find("<", at)) >= 0:
        tag = _markup_at(text, begin, cdata_ends)
        if tag is None:
            at = begin + 1
            continue
        at = _end_of_raw(text, tag) if tag.name else tag.end
        if tag.name is None or at is None:
            yield _Markup(begin, len(text), None)
            return
        tag.end = at
        yield tag


def _end_of_raw(text, tag):
    """Where markup begins again after a tag: at its end, or where the text that it begins ends."""
    if tag.name == "script":
        return _end_of_script(text, tag.end)
    if tag.name in _RAW_END:
        end = _RAW_END[tag.name].search(text, tag.end)
        return end.start() if end else None
    return tag.end


def _end_of_script(text, at):
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


def _markup_at(text, begin, cdata_ends):
    """The tag or comment that begins there; None for a mere ``<``."""
    following = text[begin + 1 : begin + 3]
    if text.startswith("<!--", begin):
        # "<!-->" and "<!--->" are whole comments already.
        end = _COMMENT_END.search(text, begin + 2)
        return _Markup(begin, end.end()) if end else _Markup(begin, begin, None)
    if text.startswith("<![CDATA[", begin) and begin < cdata_ends:
        return _Markup(begin, text.find("]]>", begin) + 3)
    letter = following.removeprefix("/")[:1]
    if letter.isascii() and letter.isalpha():
        name = _NAME.match(text, begin + 1)
        return _tag(text, begin, name.group().lower(), name.end())
    if following[:1] in ("!", "?", "/"):
        end = text.find(">", begin)
        if end < 0:
            return _Markup(begin, begin, None)
        doctype = text[begin + 1 : begin + 9].lower() == "!doctype"
        return _Markup(begin, end + 1, "!doctype" if doctype else "")
    return None


def _tag(text, begin, name, at):
    attributes = {}
    while True:
        match = _ATTRIBUTE.match(text, at)
        at = match.end()
        if at >= len(text):
            return _Markup(begin, begin, None)
        start = stop = at
        if match["equals"]:
            quote = text[at]
            if quote in "\"'":
                start = at + 1
                stop = text.find(quote, start)
                if stop < 0:
                    return _Markup(begin, begin, None)
                at = stop + 1
            else:
                at = stop = _UNQUOTED.match(text, at).end()
        if match["name"]:
            # Of an attribute given twice the first one counts.
            place = (match.start("name"), start, stop, at)
            attributes.setdefault(match["name"].lower(), place)
        else:
            return _Markup(begin, at + 1, name, attributes)


def _value(text, tag, name):
    _begin, start, stop, _end = tag.attributes.get(name, (0, 0, 0, 0))
    return text[start:stop]


def _set_text(link, pieces):
    link.text = " ".join(html.unescape("".join(pieces)).split())


def unescape(value):
    """The value of an attribute, its character references resolved.

    Other than in text, a name without semicolon before ``=`` or a letter is no reference there:
    ``?a=1&copy=2`` has a parameter ``copy``.
    """
    return _REFERENCE.sub(lambda match: _resolve(value, match), value)


def _resolve(value, match):
    reference = match.group()
    if reference[1] == "#":
        return html.unescape(reference)
    if not reference.endswith(";") and value[match.end() : match.end() + 1] == "=":
        return reference
    return html.entities.html5.get(reference[1:], reference)


def splice(text, splices):
    """The text with some of its stretches replaced.

    :param list[tuple[int, int, str]] splices: start, end and what stands there instead, apart
        from each other; those at one place keep their order
    """
    pieces = []
    at = 0
    for start, end, new in sorted(splices, key=lambda cut: cut[:2]):
        pieces += text[at:start], new
        at = end
    return "".join([*pieces, text[at:]])
