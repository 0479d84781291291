"""How much may be known of a mail's recipient: the one rule, from what is known of people. No ORM.

Sending, the composer, the contact's page and the recipient's own ask this rule. What arrives is
held to it in SQL (``res.partner._engagement_level_sql``); a test holds the two together.
"""

from collections.abc import Sequence
from typing import NamedTuple

from ..relay.engagement_relay.protocol.token import Policy
from .kinds import GRANTED, KINDS, REFUSED, SAID

# Why it is so much and no more.
OWN, COMPANY, TWIN = "own", "company", "twin"
COUNTRY, TWIN_COUNTRY, MOST = "country", "twin_country", "most"


class Policies(NamedTuple):
    """What a company does with people who said nothing, and at most. None is above the most.

    :ivar by_country: token.Policy by a country's database id
    :ivar default: in all other countries
    :ivar most: with those who agreed
    """

    by_country: dict[int | None, int]
    default: int
    most: int

    def of(self, country: int | None) -> int:
        """:param country: database id, or a false value where none is known"""
        return self.by_country.get(country, self.default)


class Contact(NamedTuple):
    """What is known of one contact.

    :ivar id: database id
    :ivar is_active: what an archived contact said holds; their country is asked only where the
        mail goes to that contact
    :ivar is_internal: a colleague, not archived
    :ivar country: database id of their own, else of their company's
    :ivar own: what they said, in the order of KINDS
    :ivar company: what their company said, likewise
    :ivar lang: the code of their language; no part of the rule
    """

    id: int
    is_active: bool
    is_internal: bool
    country: int | None
    own: tuple[str | None, ...]
    company: tuple[str | None, ...]
    lang: str | None = None


class Standing(NamedTuple):
    """What holds for one kind.

    :ivar level: token.Policy
    :ivar said: granted, refused, or "" where nobody who counts said anything
    :ivar reason: whose word or rule it is: OWN, COMPANY, TWIN, COUNTRY, TWIN_COUNTRY or MOST
    """

    level: int
    said: str
    reason: str


def decide(
    groups: Sequence[Sequence[Contact]], recipient: Contact | None, policies: Policies
) -> dict[str, Standing]:
    """How much may be known of one copy of a mail.

    A refusal of anybody who counts holds, then an allowance of anybody, then the strictest rule of
    the countries. Who counts: the recipient, those with the same address, and everybody's company.
    Of several addresses the strictest holds.

    :param groups: of each address that gets the copy, the contacts with it
    :param recipient: to whom the mail is addressed, where that is a contact
    :param policies: of the company that sends
    :return: by kind's name
    """
    everybody = [_with(recipient, group) for group in groups or [[]]]
    rules = [_rule(group, recipient, policies) for group in everybody]
    return {
        kind.name: min(
            (
                _said(number, group, recipient, policies) or rule
                for group, rule in zip(everybody, rules, strict=True)
            ),
            # Of two that come to the same, a refusal: it holds for mails already sent too.
            key=lambda standing: (standing.level, standing.said != REFUSED),
        )
        for number, kind in enumerate(KINDS)
    }


def _with(recipient: Contact | None, group: Sequence[Contact]) -> list[Contact]:
    """The recipient first, and once."""
    if not recipient:
        return list(group)
    return [recipient, *(contact for contact in group if contact.id != recipient.id)]


def _said(
    number: int, group: list[Contact], recipient: Contact | None, policies: Policies
) -> Standing | None:
    """What holds by the word of somebody in the group; None where nobody said anything."""
    for word in SAID:
        for contact in group:
            if word not in (contact.own[number], contact.company[number]):
                continue
            reason = OWN if contact.own[number] == word else COMPANY
            if contact is not recipient:
                reason = TWIN
            if word == REFUSED:
                return Standing(Policy.NONE, word, reason)
            limited = policies.most < Policy.FULL
            return Standing(policies.most, GRANTED, MOST if limited else reason)
    return None


def _rule(group: list[Contact], recipient: Contact | None, policies: Policies) -> Standing:
    """What holds where nobody said anything: the strictest rule of the countries."""
    lands = [who.country for who in group if who.is_active or who is recipient] or [None]
    level, number = min((policies.of(land), number) for number, land in enumerate(lands))
    if level == policies.most < Policy.FULL:
        return Standing(level, "", MOST)
    # The recipient is the first of the group.
    return Standing(level, "", TWIN_COUNTRY if number and recipient else COUNTRY)


def others_refuse(standings: dict[str, Standing]) -> list[str]:
    """Of several kinds, by whom something is refused that the person did not refuse themselves.

    :param standings: by kind's name
    :return: of COMPANY and TWIN
    """
    found = {standing.reason for standing in standings.values() if standing.said == REFUSED}
    return [reason for reason in (COMPANY, TWIN) if reason in found]


def lowest_unsaid(standings: dict[str, Standing]) -> Standing | None:
    """Of several kinds, the one of which least may be known though nobody refused it; None where
    people have said all that holds.

    :param standings: by kind's name
    """
    found = [one for one in standings.values() if not one.said or one.reason == MOST]
    return min(found, key=lambda one: one.level, default=None)
