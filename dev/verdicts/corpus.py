"""Read a labelled corpus, and say clearly what is wrong with it.

A line is one recipient's mail::

    {"mail": "m1", "links": 3, "requests": [{"t": 4.2, "kind": "open|click|attachment", "link": 0,
     "method": "GET", "ip": "203.0.113.9", "headers": {"user-agent": "…"},
     "label": "human|machine|unknown|self"}], "sender": {"ips": ["…"]}}

``t`` in seconds after sending. Only ``requests``, ``kind`` and ``label`` are needed; null is the
same as absent; other keys are for readers.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from mail_engagement.tools.kinds import BY_NAME

LABELS = ("human", "machine", "unknown", "self")
# Seconds: more is no time after sending, and nothing that a clock could hold.
_MAX_TIME = 1e12
_NUMBER, _WHOLE, _TEXT = (int, float), (int,), (str,)
_MAIL = {"links": (_WHOLE, "a whole number"), "sender": ((dict,), "an object")}
_REQUEST = {
    "t": (_NUMBER, "a number"),
    "link": (_WHOLE + _TEXT, "a whole number or a text"),
    "method": (_TEXT, "a text"),
    "ip": (_TEXT, "a text"),
    "headers": ((dict,), "an object"),
}


class BadCorpus(ValueError):
    """The corpus cannot be read; the text says where and why."""


def read(path: str | Path) -> Iterator[dict]:
    """Yield the corpus's mails, empty lines left out.

    :raises BadCorpus: at the first line that is no mail
    """
    try:
        with Path(path).open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _mail(line, f"line {number}")
    except UnicodeDecodeError:
        raise BadCorpus("this is no UTF-8 text") from None


def _mail(line, where):
    try:
        mail = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadCorpus(f"{where}: {error}") from None
    if not isinstance(mail, dict) or not isinstance(mail.get("requests"), list):
        raise BadCorpus(f'{where}: no object with a list of "requests"')
    _check(mail, _MAIL, where)
    ips = (mail.get("sender") or {}).get("ips") or []
    if not isinstance(ips, list) or not all(isinstance(ip, str) for ip in ips):
        raise BadCorpus(f'{where}: the sender\'s "ips" are no list of texts')
    for position, request in enumerate(mail["requests"], 1):
        _check_request(request, f"{where}, request {position}")
    return mail


def _check_request(request, where):
    if not isinstance(request, dict):
        raise BadCorpus(f"{where}: no object")
    for name, known in (("kind", tuple(BY_NAME)), ("label", LABELS)):
        if request.get(name) not in known:
            found = json.dumps(request.get(name))[:40]
            raise BadCorpus(f'{where}: "{name}" is {found}, none of {", ".join(known)}')
    _check(request, _REQUEST, where)
    # Also false for NaN.
    if not abs(request.get("t") or 0) < _MAX_TIME:
        raise BadCorpus(f'{where}: "t" is no time')


def _check(values, types, where):
    for name, (allowed, words) in types.items():
        value = values.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, allowed)):
            raise BadCorpus(f'{where}: "{name}" is not {words}')
