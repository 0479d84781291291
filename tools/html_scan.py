"""Where the links stand in an HTML mail, by position: it is spliced, never written anew.

A tokenizer after the HTML standard (https://html.spec.whatwg.org/#tokenization), for any input,
in one pass: whatever is not closed ends the scan.
"""

import html
import html.entities
import re
from dataclasses import dataclass, field

MAX_LABEL = 40

_NAME = re.compile(r"/?[^\s/>]*")
_ATTRIBUTE = re.compile(r"[\s/]*(?P<name>=?[^\s/>=]*)\s*(?P<equals>=?)\s*")
_UNQUOTED = re.compile(r"[^\s>]*")
_COMMENT_END = re.compile(r"--!?>")
_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[A-Za-z][A-Za-z0-9]*;?)")
_RAW_END = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.I)
    for name in (
        "script",
        "style",
        "textarea",
        "title",
        "xmp",
        "iframe",
        "noembed",
        "noframes",
    )
}


@dataclass(slots=True)
class Link:
    """One followable ``href``.

    :ivar start, end: of the attribute's value in the document, quotes excluded
    :ivar url: the value, character references resolved, white space around it removed
    :ivar label: the text of the link, or what its pictures are said to show
    """

    start: int
    end: int
    url: str
    label: str = ""


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
    at = 0
    while True:
        begin = text.find("<", at)
        if label is not None:
            label.append(text[at : begin if begin >= 0 else len(text)])
        if begin < 0:
            break
        end = _end_of_markup(text, begin)
        if end is None:
            found.last = begin
            break
        name = _NAME.match(text, begin + 1).group().lower() if end.is_tag else ""
        if name in ("a", "/a", "area") and label is not None:
            _set_label(found.links[-1], label)
            label = None
        if name in ("a", "area") and "href" in end.attributes:
            start, stop = end.attributes["href"]
            url = unescape(text[start:stop]).strip()
            found.links.append(Link(start, stop, url))
            label = [] if name == "a" else None
            if name == "area":
                _set_label(found.links[-1], [_value(text, end, "alt")])
        elif name == "img":
            if label is not None:
                label.append(_value(text, end, "alt"))
            found.images.append(Image(begin, end.at, unescape(_value(text, end, "src"))))
        elif name in ("html", "/head", "body"):
            found.first = end.at
        elif name in ("/body", "/html"):
            closing[name] = begin
        at = end.at
        if name in _RAW_END:
            raw_end = _RAW_END[name].search(text, at)
            if not raw_end:
                found.last = begin
                break
            at = raw_end.start()
    if label is not None:
        _set_label(found.links[-1], label)
    found.last = min(found.last, closing.get("/body", closing.get("/html", len(text))))
    return found


@dataclass(slots=True)
class _Markup:
    at: int
    is_tag: bool = False
    attributes: dict = field(default_factory=dict)


def _end_of_markup(text, begin):
    """Where the tag or comment at ``begin`` ends; None when it never does."""
    following = text[begin + 1 : begin + 2]
    if text.startswith("<!--", begin):
        # "<!-->" and "<!--->" are whole comments already.
        end = _COMMENT_END.search(text, begin + 2)
        return _Markup(end.end()) if end else None
    if following in ("!", "?") or (following == "/" and not text[begin + 2 : begin + 3].isalpha()):
        end = text.find(">", begin)
        return _Markup(end + 1) if end >= 0 else None
    if not (following.isascii() and following.isalpha()) and following != "/":
        return _Markup(begin + 1)
    return _end_of_tag(text, _NAME.match(text, begin + 1).end())


def _end_of_tag(text, at):
    attributes = {}
    while True:
        match = _ATTRIBUTE.match(text, at)
        at = match.end()
        if at >= len(text):
            return None
        start = stop = at
        if match["equals"]:
            quote = text[at]
            if quote in "\"'":
                start = at + 1
                stop = text.find(quote, start)
                if stop < 0:
                    return None
                at = stop + 1
            else:
                at = stop = _UNQUOTED.match(text, at).end()
        if match["name"]:
            # Of an attribute given twice the first one counts.
            attributes.setdefault(match["name"].lower(), (start, stop))
        elif not match["equals"]:
            if text[at] == ">":
                return _Markup(at + 1, True, attributes)
            return None


def _value(text, markup, name):
    start, stop = markup.attributes.get(name, (0, 0))
    return text[start:stop]


def _set_label(link, pieces):
    label = " ".join(html.unescape("".join(pieces)).split())
    link.label = label if len(label) <= MAX_LABEL else label[: MAX_LABEL - 1].rstrip() + "…"


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
