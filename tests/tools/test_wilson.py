"""Shares and what they prove."""

import math

import pytest
from hypothesis import given, strategies as st
from mail_engagement.tools.wilson import FEW, interval, percent, wilson


@pytest.mark.parametrize(
    ("successes", "trials"), [(0, 1), (1, 1), (2, 5), (15, 30), (42, 71), (81, 263)]
)
def test_the_bounds_are_where_the_test_of_the_share_turns(successes, trials):
    """So Wilson defines them: the shares from which what was counted is 1.96 deviations away."""
    share, bounds = successes / trials, interval(successes, trials)
    assert wilson(successes, trials) == bounds[0]
    for bound in bounds:
        away = 1.959964 * math.sqrt(bound * (1 - bound) / trials)
        assert abs(share - bound) == pytest.approx(away, abs=1e-6)


def test_without_trials_there_is_no_share():
    assert interval(0, 0) is None
    assert wilson(0, 0) is None
    assert percent(0, 0) == ""


@pytest.mark.parametrize(
    ("successes", "trials", "shown"),
    [
        (30, 71, "42"),
        (0, 400, "0"),
        (FEW + 1, FEW + 1, "100"),
        (2, 5, "11–77"),
        (0, 3, "0–57"),
        (3, 3, "43–100"),
        (20, FEW, "35–65"),
    ],
)
def test_shown_as_an_interval_where_numbers_are_small(successes, trials, shown):
    assert percent(successes, trials) == shown


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_share_lies_within(counted):
    successes, trials = counted
    low, high = interval(successes, trials)
    assert 0 <= low <= successes / trials + 1e-12
    assert successes / trials - 1e-12 <= high <= 1
