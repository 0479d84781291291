"""Whether an incoming mail was written by a program: an out-of-office note, say.

What tells is data: ``auto_reply.csv`` has one line for each header field and each wording, with its
source. Its kinds are

* ``header``: a field, and a pattern of its whole value; without a pattern any value but "no"
* ``phrase``: what programs call themselves: tells where a colon follows, or where it is all
* ``before``: what people write as well: tells only right before the subject of our own mail
* ``absent``: a sentence of Notes and Domino, tells after "AUTO: " and a name, or where it is all
  but for a name and a date
* ``answer``: "Re" and what else stands before a subject without a meaning here

What is not known is a person's: an answer that gets lost is worse than a note that is counted.

Sources: RFC 3834 §5 (``Auto-Submitted``, and what came before it), RFC 5322 §3.2.2 (comments);
Microsoft's [MS-OXCMAIL] for what Exchange adds to the replies of inbox rules.
"""

import csv
import re
import unicodedata
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from pathlib import Path

AUTOMATIC = {"auto_reply", "autoreply"}
# It asks the recipient not to answer. Lists put it on people's mail too.
UNANSWERED = {"bulk", "junk"}
# Of RFC 2369 and RFC 2919, Mailman, Google Groups, ezmlm, fml.
LISTS = re.compile(
    r"list-.*|x-beenthere|x-mailman-version|x-google-group-id|(x-)?mailing-list|x-ml-name", re.I
)
# Characters of a field that are looked at.
LONGEST = 1000
INBOX_RULE = "X-MS-Exchange-Inbox-Rules-Loop"


def is_auto_reply(headers: Message, own_subject: str = "") -> bool:
    """Whether nobody wrote this mail.

    :param headers: those of the mail
    :param own_subject: of the mail that it answers; what stands before it is the program's
    """
    return _fields_tell(headers) or subject_tells(_decoded(headers.get("Subject")), own_subject)


def _fields_tell(headers: Message) -> bool:
    if any(_keyword(value) not in ("", "no") for value in _values(headers, "Auto-Submitted")):
        return True
    precedence = {
        word.replace("-", "_")
        for name in ("Precedence", "X-Precedence", "Preference")
        for value in _values(headers, name)
        for word in re.split(r"[\s,;]+", value)
    }
    if precedence & AUTOMATIC:
        return True
    if precedence & UNANSWERED and not any(map(LISTS.fullmatch, headers.keys())):
        return True
    # A colleague's rule that passes a person's mail on leaves the colleague's address there.
    sender = parseaddr(str(headers.get("From") or ""))[1].lower()
    if any(sender in value for value in _values(headers, INBOX_RULE)):
        return True
    return any(
        pattern.fullmatch(value) for name, pattern in _FIELDS for value in _values(headers, name)
    )


def _values(headers: Message, name: str) -> list[str]:
    """All values of a field, in lower case, without comments."""
    values = []
    for value in headers.get_all(name, []):
        text, found = str(value)[:LONGEST], 1
        while found:
            text, found = re.subn(r"\([^()]*\)", " ", text)
        values.append(" ".join(text.split()).lower())
    return values


def _keyword(value: str) -> str:
    """The first word of ``Auto-Submitted``; parameters follow a semicolon."""
    return re.split(r"[;(\s]", value, maxsplit=1)[0].strip('"')


def subject_tells(subject: str, own_subject: str = "") -> bool:
    """Whether a subject is a program's.

    >>> subject_tells("[External] Automatic reply: Offer", "Offer")
    True
    >>> subject_tells("Re: Automatic reply: how to set it up", "Automatic reply: how to set it up")
    False

    :param subject: decoded
    :param own_subject: of the mail that it answers; nothing in it, or behind it, tells
    """
    text = _folded(subject)
    place = _place(_folded(own_subject), text)
    tags, head = _behind_answers(text[:place])
    if any(tag in _PHRASES for tag in tags):
        return True
    known = _PHRASES if place is None else _PHRASES | _BEFORE
    first, colon, _rest = head.partition(":")
    if colon and first.strip(_EDGES) in known:
        return True
    if _WHOLE_END.sub("", head).strip(_EDGES) in known:
        return True
    return bool(_ABSENT.search(head)) and (first == "auto" or bool(_ONLY_ABSENT.fullmatch(head)))


def _place(own: str, text: str) -> int | None:
    """Where our own subject begins in an answer's, with its own "Re:" or without."""
    for words in (own, _behind_answers(own)[1]):
        found = [*re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)] if words else []
        if found:
            return found[-1].start()
    return None


def _behind_answers(text: str) -> tuple[list[str], str]:
    """What stands in brackets before a subject, and the subject without that and "Re:"."""
    tags = []
    while found := _ANSWER.match(text):
        tags.append((found["tag"] or "").strip(_TAG_EDGES))
        text = text[found.end() :]
    return tags, text


def _folded(text: str) -> str:
    """For comparison: without capitals, accents, signs that are not seen, and widths."""
    text = unicodedata.normalize("NFKD", text[:LONGEST]).casefold()
    text = unicodedata.normalize("NFKD", text)
    kept = (sign for sign in text if unicodedata.category(sign) not in ("Mn", "Cf"))
    return " ".join("".join(kept).replace("ı", "i").split())


def _decoded(value: object) -> str:
    try:
        return str(make_header(decode_header(str(value or ""))))
    except (HeaderParseError, LookupError, UnicodeError):
        return str(value)


def _table() -> dict[str, list[tuple[str, str]]]:
    """The lines of ``auto_reply.csv`` by their kind: name and match."""
    lines: dict[str, list[tuple[str, str]]] = {}
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            lines.setdefault(line["kind"], []).append((line["name"], line["match"]))
    return lines


_TABLE = _table()
_FIELDS = [
    (name, re.compile(match or r"(?!(no|none|false|0)$).*")) for name, match in _TABLE["header"]
]
_PHRASES = {_folded(match) for _name, match in _TABLE["phrase"]}
_BEFORE = {_folded(match) for _name, match in _TABLE["before"]}
_ABSENT = re.compile(
    rf"({'|'.join(re.escape(_folded(match)) for _name, match in _TABLE['absent'])})(?!\w)"
)
# Of an older Notes, without "AUTO:": a name, the sentence, when they are back.
_ONLY_ABSENT = re.compile(rf"[^:?]{{1,60}} {_ABSENT.pattern}(\s*\([^()]*\))?[.!]?")
# "Re:", "Re[2]:", "AW (3) :", "[External]", "【自動返信】", "{Spam?}", "*** EXTERNAL ***", "(EXT)".
_ANSWER = re.compile(
    rf"""\s*(?:
        (?:{"|".join(re.escape(_folded(match)) for _name, match in _TABLE["answer"])})
        \s*(?:[\[(]\d+[\])])?\s*:
      | (?P<tag>\[[^\[\]]*\] | 【[^【】]*】 | \([^()]*\)):?
      | (?:\{{[^{{}}]*\}} | <[^<>]*> | \*+[^*]*\*+):?
    )\s*""",
    re.VERBOSE,
)
_WHOLE_END = re.compile(r"(?:\s*[:\-–—|>.!]|\s+(?:re|aw|fw|fwd)\s*:)*\s*$")
_EDGES = " .!:-–—|>\"'"
_TAG_EDGES = f"{_EDGES}[]【】()"
