"""Where the text of a mail ends: what is added belongs into the column that it stands in.

Layouts put a mail's text into a table or a box of a certain width, often in the middle of the
window, so what stands behind it all stands at the window's edge. A column is a table's cell, or a
box that says how wide it is or how far from others; the text's own is the innermost that holds text
directly.
"""

import html
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from .html_scan import Markup, markup, unescape

# Deeper documents are no mails; nothing is looked for in them.
_MAX_DEPTH = 500
# A column that holds so small a part of the text itself, one of that many, is a mere frame.
_FRAME = 10

_CELLS = frozenset(("td", "th"))
_GROUPS = frozenset(("tbody", "thead", "tfoot"))
_BOXES = frozenset("article aside div footer form header main section".split())
# What they hold is not shown as it stands.
_UNSEEN = frozenset(("template", "select", "datalist", "svg", "math", "object"))
_BLOCKS = (
    frozenset(
        "address article aside blockquote caption center dd details dialog div dl dt fieldset"
        " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup li main menu nav ol p pre"
        " section summary table tr ul".split()
    )
    | _CELLS
    | _GROUPS
    | _UNSEEN
)
# What a start tag ends, and what that has to stand in.
_ENDS = {
    "li": (frozenset(("li",)), frozenset(("ul", "ol", "menu"))),
    "dt": (frozenset(("dt", "dd")), frozenset(("dl",))),
    "dd": (frozenset(("dt", "dd")), frozenset(("dl",))),
    **dict.fromkeys(_CELLS, (_CELLS, frozenset(("tr", "table")))),
    "tr": (frozenset(("tr",)), frozenset(("table",))),
    **dict.fromkeys(_GROUPS, (_GROUPS, frozenset(("table",)))),
}
# An end tag ends nothing outside of the cell that it stands in, one of a table nothing outside of
# the table.
_SCOPE = _CELLS | {"table", "caption"} | _UNSEEN
_TABLES = _CELLS | _GROUPS | {"table", "tr", "caption"}
_OF_COLUMNS = re.compile(r"(?:width|padding|margin|float)[\w-]*\s*:", re.I)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|max-height\s*:\s*0(?:px)?\s*(?:;|!|$)", re.I
)
_BLANK = re.compile(r"[\s\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufeff]+")


@dataclass(slots=True, eq=False)
class _Block:
    """An element that is shown as a block; the whole document has no name.

    :ivar column: the one that it stands in, or is
    :ivar end, after: where its content ends, and itself; None where the document ends first
    :ivar own: of a column, the signs of text in no column within it
    :ivar text: of a column, all signs of its text
    """

    name: str
    parent: "_Block | None"
    is_seen: bool = True
    column: "_Block" = field(init=False)
    end: int | None = None
    after: int | None = None
    own: int = 0
    text: int = 0
    columns: "list[_Block]" = field(default_factory=list)


def ends(document: str, content: str, last: int) -> tuple[int, int]:
    """Where the text of a mail ends, and where its column does.

    :param document: the whole mail, HTML
    :param content: what somebody wrote, without the layout around it: HTML of which nothing but the
        text has to be the same; may be empty
    :param last: where something may be added at the end of the document
    """
    tree = _Tree(document)
    whole, needle = tree.text(), _Tree(content).text()
    begin = whole.rfind(needle) if len(needle) > 1 else -1
    is_found = begin >= 0
    final = tree.count(*((begin, begin + len(needle)) if is_found else (0, len(whole))))
    column = _innermost(tree.root)
    end = last if column.end is None else min(column.end, last)
    # Behind the block that the last of the text stands in.
    while is_found and final and final.parent is not column:
        final = final.parent
    return (min(final.after, last) if is_found and final and final.after else end), end


def _innermost(column: _Block) -> _Block:
    """The column whose text stands in it directly, rather than in columns within it."""
    while column.own * _FRAME < column.text:
        inside = [block for block in column.columns if block.text and block.end is not None]
        best = max(inside, key=lambda block: block.text, default=None)
        # Cells beside each other are a table within the text.
        if best is None or any(
            block.parent is best.parent and block is not best
            for block in inside
            if block.name in _CELLS
        ):
            break
        column = best
    return column


class _Tree:
    """The blocks of a document, and what text stands in which of them.

    :ivar lines: what is shown between the tags of two blocks, in pieces without white space, and
        the block that it stands in
    """

    def __init__(self, document: str) -> None:
        self._document = document
        self.root = _Block("", None)
        self.root.column = self.root
        self._columns = [self.root]
        self.lines: list[tuple[list[str], _Block]] = []
        self._is_new_line = True
        self._stack = [self.root]
        self._open = Counter[str]()
        at = 0
        for tag in markup(document):
            self._text(at, tag.begin)
            at = tag.end
            if tag.name is None:
                return
            if tag.name.startswith("/"):
                self._end(tag.name[1:], tag)
            elif tag.name in _BLOCKS and len(self._stack) < _MAX_DEPTH:
                self._start(tag)
        self._text(at, len(document))

    def text(self) -> str:
        """All lines, each between two line feeds."""
        return "\n".join(("", *("".join(pieces) for pieces, _block in self.lines), ""))

    def count(self, begin: int, end: int) -> _Block | None:
        """Count the signs between two places of all the text.

        :return: the block that the last of them stands in
        """
        at, final = 1, None
        for pieces, block in self.lines:
            length = sum(map(len, pieces))
            signs = min(at + length, end) - max(at, begin)
            at += length + 1
            if signs > 0:
                block.column.own += signs
                final = block
        # What is within another comes behind it.
        for column in reversed(self._columns):
            column.text += column.own
            if column.parent:
                column.parent.column.text += column.text
        return final

    def _text(self, begin: int, end: int) -> None:
        block = self._stack[-1]
        if block.is_seen and begin < end:
            text = _BLANK.sub("", html.unescape(self._document[begin:end]))
            if text and self._is_new_line:
                self.lines.append(([], block))
                self._is_new_line = False
            if text:
                self.lines[-1][0].append(text)

    def _start(self, tag: Markup) -> None:
        name = tag.name or ""
        if self._stack[-1].name == "p":
            self._close(len(self._stack) - 1, tag.begin, tag.begin)
        if name in _ENDS:
            names, within = _ENDS[name]
            place = self._find(names, within)
            if place:
                self._close(place, tag.begin, tag.begin)
        parent = self._stack[-1]
        style = self._value(tag, "style")
        is_seen = name not in _UNSEEN and not _HIDDEN.search(style)
        block = _Block(name, parent, is_seen and parent.is_seen)
        is_column = (
            name in _CELLS
            or name == "center"
            or (name in _BOXES and ("align" in tag.attributes or bool(_OF_COLUMNS.search(style))))
        )
        block.column = block if is_column and block.is_seen else parent.column
        if block.column is block:
            parent.column.columns.append(block)
            self._columns.append(block)
        self._stack.append(block)
        self._open[name] += 1
        self._is_new_line = True

    def _end(self, name: str, tag: Markup) -> None:
        if self._open[name]:
            place = self._find({name}, {"table"} if name in _TABLES else _SCOPE)
            if place:
                self._close(place, tag.begin, tag.end)

    def _find(self, names: Collection[str], within: Collection[str]) -> int:
        """The innermost open block of these names, none outside of another; 0 for none."""
        for place in range(len(self._stack) - 1, 0, -1):
            if self._stack[place].name in names:
                return place
            if self._stack[place].name in within:
                break
        return 0

    def _close(self, place: int, end: int, after: int) -> None:
        """End all open blocks from one on; the others end where its content does."""
        for block in self._stack[place:]:
            block.end = block.after = end
            self._open[block.name] -= 1
        self._stack[place].after = after
        self._is_new_line = True
        del self._stack[place:]

    def _value(self, tag: Markup, name: str) -> str:
        _begin, start, stop, _end = tag.attributes.get(name, (0, 0, 0, 0))
        return unescape(self._document[start:stop])
