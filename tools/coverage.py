"""Whether what people do with a mail can be seen at all, and if not, why: the one rule. No ORM.

A rate is one of the mails for which this says yes. What is known when a mail is sent is stored in
its row; what its events teach is read from the row's counts. Rates read the rule in SQL
(``mail.engagement.tracking._engagement_unseen_sql``); a test holds the two together.
"""

from collections.abc import Mapping
from typing import Any

from ..relay.engagement_relay.protocol.token import Policy
from .consent import Standing
from .kinds import BY_NAME, REFUSED

# Known when the mail is sent.
OFF, EXCLUDED, SEALED, SAID_NO, POLICY = "off", "excluded", "sealed", "refused", "policy"
ANONYMOUS, ABSENT = "anonymous", "absent"
# Known later: refused since, the mail came back, and rows from before the reasons were noted.
STOPPED, UNDELIVERED, UNTRACKED = "stopped", "undelivered", "untracked"
# Learnt from a recipient's events; their next mail begins with it.
APPLE, PICTURES = "apple", "pictures"
LEARNT = (APPLE, PICTURES)
# States of mails that nobody got.
NOBODY_GOT = ("failed", "bounced")
# Said elsewhere in words, of each such mail: no news of one recipient.
PLAIN = (ABSENT, ANONYMOUS, UNDELIVERED)
# Counts of what people did without any picture being loaded.
ACTED = ("click_count", "attachment_open_count", "reply_count")


def at_sending(standing: Standing, is_on: bool, is_excluded: bool) -> str | None:
    """Why something will not be seen of a copy of a mail that is about to leave.

    :param standing: what holds for this kind by the words of people and the rules of countries
    :param is_on: the company follows this kind
    :param is_excluded: it follows nothing at this address
    """
    if not is_on:
        return OFF
    if is_excluded:
        return EXCLUDED
    if not standing.level:
        return SAID_NO if standing.said == REFUSED else POLICY
    return ANONYMOUS if standing.level == Policy.ANONYMOUS else None


def unseen(mail: Mapping[str, Any], kind: str) -> str | None:
    """Why nothing of this kind can be seen of one recipient's mail.

    For opens, in this order: one that was seen can be seen; Apple's proxy loads the pictures of
    every mail, read or not; who clicked or answered without an open has pictures off; and where
    the mail itself teaches nothing, what the one before it to the same address did.

    That only machines came is no reason: gateways look at the mails of people, too, whose opens
    are seen, and without the silent ones among them a rate would be too high.

    :param mail: columns of mail.engagement.tracking
    :param kind: open, click, attachment or reply
    :return: a reason, None where it can be seen
    """
    if mail["is_anonymous"]:
        return ANONYMOUS
    counter = BY_NAME[kind].counter if kind in BY_NAME else "reply_count"
    if mail[counter]:
        return None
    if mail["state"] in NOBODY_GOT:
        return UNDELIVERED
    if kind not in BY_NAME:
        return None
    hidden = mail[BY_NAME[kind].hidden]
    if hidden and hidden not in LEARNT:
        return str(hidden)
    if mail["state"] == "untracked" and not hidden:
        return UNTRACKED
    if kind != "open":
        return None
    return learnt(mail)


def learnt(mail: Mapping[str, Any]) -> str | None:
    """What a mail's events, else those before it, say of whether its recipient's opens are seen.

    :param mail: columns of mail.engagement.tracking
    """
    if mail["open_count"]:
        return None
    if mail["private_count"]:
        return APPLE
    if any(mail[name] for name in ACTED):
        return PICTURES
    return mail["opens_hidden"] if mail["opens_hidden"] in LEARNT else None
