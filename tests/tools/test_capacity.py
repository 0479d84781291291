"""What a number of salespeople asks, and when a backlog is gone."""

import pytest
from click.testing import CliRunner
from hypothesis import given, settings, strategies as st

from dev import paths
from dev.bench import capacity
from dev.bench.capacity import AWAY_LONGER, HOUR, TAKEN, Site, arrivals, backlog

SITES = st.builds(
    Site,
    st.integers(1, 1_000_000),
    st.integers(1, 200),
    st.integers(1, 30),
    st.floats(0.1, 1),
    st.integers(1, 100),
)


def test_the_document_shows_what_the_command_prints():
    printed = CliRunner().invoke(capacity.main).output
    assert len(printed.splitlines()) > 8
    assert printed in (paths.ROOT / "docs" / "scale.md").read_text()


@pytest.mark.parametrize("people", [1, 100])
def test_a_day_has_all_of_its_events(people):
    site = Site(people, databases=2)
    assert sum(arrivals(site)) == pytest.approx(site.events_a_day / 2)


def test_by_hand():
    """A second's worth of the busiest hour is taken in a second, when all came before."""
    site = Site(people=TAKEN * HOUR, mails=1, events=1, busiest=1)
    found = backlog(site, away=HOUR)
    assert found.most == pytest.approx(TAKEN * HOUR)
    assert found.gone == pytest.approx(AWAY_LONGER + HOUR, abs=1)


@settings(max_examples=20, deadline=None)
@given(SITES, st.integers(0, 4 * HOUR), st.integers(1, HOUR))
def test_who_is_away_longer_waits_longer(site, away, more):
    sooner, later = backlog(site, away), backlog(site, away + more)
    assert 0 < sooner.most <= later.most
    ends = [found.gone and found.gone + gone for found, gone in [(sooner, 0), (later, more)]]
    assert None in ends or ends[0] <= ends[1] + 1


def test_more_than_can_be_taken_is_not_gone_within_a_day():
    assert backlog(Site(people=3_000_000)).gone is None
