"""How warm a contact or an opportunity is, as one number that can be explained in a line.

The rule: a followed e-mail is worth the sum of what people did with it, each counted once:
opened 1 point, link clicked or file viewed 3, answered 5. Its points halve with every 30 days since
somebody last did something with it, and are gone after a year. The score is the sum over all
e-mails. Machines and the sender's own visits are no part of it.

The numbers are a convention of this addon, chosen so that an answer outweighs a click, a click an
open, and last week last quarter.
"""

from collections.abc import Iterable
from typing import NamedTuple

OPENED, CLICKED, ANSWERED = 1, 3, 5
HALF_LIFE_DAYS = 30
OLDEST_DAYS = 365
DAY = 86400


class Mail(NamedTuple):
    """What people did with one e-mail, and when last (unix seconds)."""

    opened: bool
    clicked: bool
    answered: bool
    at: float


class Score(NamedTuple):
    """The points, not rounded, and how many e-mails of the last year they are from."""

    value: float
    opened: int
    clicked: int
    answered: int


def score(mails: Iterable[Mail], now: float) -> Score:
    """
    :param mails: those that somebody did something with
    :param now: unix seconds
    """
    recent = [mail for mail in mails if now - mail.at <= OLDEST_DAYS * DAY]
    return Score(
        sum(
            (OPENED * mail.opened + CLICKED * mail.clicked + ANSWERED * mail.answered)
            * 0.5 ** (max(0, now - mail.at) / DAY / HALF_LIFE_DAYS)
            for mail in recent
        ),
        sum(mail.opened for mail in recent),
        sum(mail.clicked for mail in recent),
        sum(mail.answered for mail in recent),
    )
