"""The one rule of how much may be known of a recipient: what holds for any people and policies."""

from hypothesis import given, strategies as st
from mail_engagement.relay.engagement_relay.protocol.token import Policy
from mail_engagement.tools.consent import (
    COMPANY,
    COUNTRY,
    MOST,
    OWN,
    TWIN,
    TWIN_COUNTRY,
    Contact,
    Policies,
    decide,
    lowest_unsaid,
    others_refuse,
)
from mail_engagement.tools.kinds import GRANTED, KINDS, REFUSED

LANDS = (1, 2, 3, None)
levels = st.sampled_from([int(policy) for policy in Policy])
words = st.tuples(*(st.sampled_from((None, None, GRANTED, REFUSED)) for _kind in KINDS))


@st.composite
def policies(draw):
    most = draw(st.one_of(st.just(int(Policy.FULL)), levels))
    rules = {land: min(most, draw(levels)) for land in (1, 2)}
    return Policies(rules, min(most, draw(levels)), most)


def contacts(first):
    return st.builds(
        Contact,
        st.integers(first, first + 5),
        st.booleans(),
        st.just(False),
        st.sampled_from(LANDS),
        words,
        words,
    )


groups = st.lists(st.lists(contacts(1), max_size=3, unique_by=lambda who: who.id), max_size=3)
recipients = st.one_of(st.none(), contacts(1))


def lone(**values):
    nothing = (None,) * len(KINDS)
    return Contact(**{"id": 9, "is_active": True, "is_internal": False, "country": None,
                      "own": nothing, "company": nothing} | values)  # fmt: skip


@given(groups, recipients, policies())
def test_a_refusal_holds_and_nothing_is_above_the_most(some, recipient, rules):
    everybody = [who for group in some for who in group if not recipient or who.id != recipient.id]
    everybody += [recipient] if recipient else []
    for number, standing in enumerate(decide(some, recipient, rules).values()):
        said = {word for who in everybody for word in (who.own[number], who.company[number])}
        assert (standing.level == 0 and standing.said == REFUSED) or REFUSED not in said
        assert standing.level <= rules.most
        assert standing.said in said | {""}


@given(groups, recipients, policies(), contacts(20))
def test_another_address_follows_nobody_more(some, recipient, rules, other):
    before = decide(some or [[]], recipient, rules)
    after = decide([*(some or [[]]), [other]], recipient, rules)
    assert all(after[kind].level <= before[kind].level for kind in before)


@given(groups, recipients, policies(), contacts(20))
def test_a_contact_who_allowed_nothing_follows_nobody_more(some, recipient, rules, other):
    other = other._replace(
        own=tuple(word and REFUSED for word in other.own),
        company=tuple(word and REFUSED for word in other.company),
    )
    before = decide([[], *some], recipient, rules)
    after = decide([[], *([*group, other] for group in some)], recipient, rules)
    assert all(after[kind].level <= before[kind].level for kind in before)


def test_it_says_whose_word_it_is():
    rules = Policies({1: 0, 2: 3}, 3, 3)
    here, refused = lone(country=2), (REFUSED, None, GRANTED)
    for group, recipient, reasons in (
        ([], here._replace(own=refused), (OWN, COUNTRY, OWN)),
        ([], here._replace(company=refused), (COMPANY, COUNTRY, COMPANY)),
        ([lone(id=1, own=refused)], here, (TWIN, COUNTRY, TWIN)),
        ([lone(id=1, country=1)], here, (TWIN_COUNTRY,) * 3),
        ([lone(id=1, country=1, is_active=False)], here, (COUNTRY,) * 3),
        ([lone(id=1, country=1)], None, (COUNTRY,) * 3),
    ):
        standings = decide([group], recipient, rules)
        assert tuple(one.reason for one in standings.values()) == reasons
    least = decide([[]], here._replace(own=(GRANTED,) * 3), Policies({}, 0, 0))
    assert {(one.level, one.reason) for one in least.values()} == {(0, MOST)}


def test_what_a_page_says_of_it():
    rules = Policies({}, 2, 3)
    mixed = decide(
        [[lone(id=1, own=(REFUSED, None, None))]], lone(own=(None, GRANTED, None)), rules
    )
    assert others_refuse(mixed) == [TWIN]
    assert lowest_unsaid(mixed) == mixed["attachment"]
    assert lowest_unsaid(decide([[]], lone(own=(GRANTED,) * 3), rules)) is None
