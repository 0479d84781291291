"""What is known of a mail's way to one recipient, before anybody opens it. No ORM.

One definition of the words and of what holds when reports differ: they come late, twice and in any
order, from mail servers, delivery reports and providers.
"""

import re
import unicodedata
from typing import NamedTuple

from .status_code import is_passing, status_code

HANDED_OVER = "handed_over"
DEFERRED = "deferred"
DELIVERED = "delivered"
SOFT = "soft_bounce"
HARD = "hard_bounce"
COMPLAINED = "complained"

# What holds over what, whatever came first. Of two on one step the later one holds: a provider may
# go on trying after a soft bounce, and a server that has taken a mail may return it after all.
# Within the same second, the later one here.
STEPS = {
    HANDED_OVER: 0,
    DEFERRED: 1,
    SOFT: 2,
    DELIVERED: 2,
    HARD: 3,
    COMPLAINED: 4,
}
_ORDER = {status: place for place, status in enumerate(STEPS)}
# The mail did not arrive.
BOUNCES = (SOFT, HARD)
# Somebody has to do something about it.
TROUBLES = (*BOUNCES, COMPLAINED)

LONGEST = 300
_SPACE = re.compile(r"\s+")


class Report(NamedTuple):
    """What a server or a provider says.

    :ivar status: of STEPS
    :ivar at: seconds since 1970, whole: when it happened, by who says so
    :ivar code: an enhanced status code (RFC 3463), "" where there is none
    :ivar text: the server's words
    """

    status: str
    at: int
    code: str = ""
    text: str = ""

    @property
    def _weight(self) -> tuple[int, int, int, str, str]:
        return STEPS[self.status], self.at, _ORDER[self.status], self.code, self.text


def merged(*reports: Report | None) -> Report | None:
    """What holds of several reports: the same in whatever order and however often they come.

    >>> merged(Report(DELIVERED, 100), Report(DEFERRED, 200)).status
    'delivered'
    """
    known = [report for report in reports if report]
    return max(known, key=lambda report: report._weight, default=None)


def said(text: object) -> str:
    """A server's words in one line that can be stored and shown.

    >>> said("250-2.0.0 OK\\r\\n250 queued as 4Zx")
    '250-2.0.0 OK 250 queued as 4Zx'
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    # NUL cannot be stored; other control characters and half surrogate pairs cannot be shown.
    kept = "".join(
        sign
        for sign in str(text if text is not None else "")
        if sign.isspace() or unicodedata.category(sign)[0] != "C"
    )
    # What was taken out may have stood between two spaces.
    return _SPACE.sub(" ", kept).strip()[:LONGEST].rstrip()


def bounced(at: int, code: str = "", text: object = "") -> Report:
    """A mail that did not arrive: for now, or for good where nothing says otherwise.

    :param code: a status code, as a report has it; else it is looked for in the text
    """
    words = said(text)
    code = status_code(code) or status_code(words)
    return Report(SOFT if is_passing(code) else HARD, at, code, words)


def answered(reply: int, text: object, at: int) -> Report:
    """What a server answered to the mail itself, or to its recipient.

    :param int reply: the three digits of RFC 5321
    """
    words = said(text)
    if 200 <= reply < 300:
        return Report(HANDED_OVER, at, status_code(words), f"{reply} {words}"[:LONGEST])
    return bounced(at, "", f"{reply} {words}")


# What a mail server was never asked, by Odoo's own word for what went wrong, as RFC 3463 has it.
_NOT_SENT = {
    "mail_email_invalid": "5.1.3",
    "mail_email_missing": "5.1.3",
    "mail_from_invalid": "5.1.7",
    "mail_from_missing": "5.1.7",
    "mail_spam": "5.7.1",
    "mail_smtp": "4.4.1",
}


def not_sent(failure: str, at: int) -> Report:
    """A mail that no server was handed.

    :param failure: ``failure_type`` of ``mail.mail``
    """
    return bounced(at, _NOT_SENT.get(failure, "4.0.0"))


# States of a mail that only a person brings about.
_PROOF = ("opened", "clicked", "replied")


def shown(status: str | None, state: str) -> str | None:
    """What is shown of a mail's way: whoever opened it has it, whatever servers say.

    >>> shown(HARD, "opened"), shown(COMPLAINED, "opened"), shown(HARD, "bounced")
    ('delivered', 'complained', 'hard_bounce')
    """
    return DELIVERED if state in _PROOF and status != COMPLAINED else status
