"""Whom and what a company leaves alone."""

import pytest
from mail_engagement.tools import exclusions


@pytest.mark.parametrize(
    ("address", "left_alone"),
    [
        ("a@quiet.test", True),
        ("a@eu.quiet.test", True),
        ("a@quiet.test, b@shop.test", True),
        ("b@shop.test, a@quiet.test", True),
        ("a@unquiet.test", False),
        ("a@quiet.test.example", False),
        ("quiet.test@shop.test", False),
        ("a@quietxtest", False),
    ],
)
def test_addresses(address, left_alone):
    names = exclusions.domains("@Quiet.test, other-one.test")
    assert exclusions.is_excluded_address(address, names) is left_alone


def test_nobody_is_left_alone_by_nothing():
    assert not exclusions.is_excluded_address("a@quiet.test", exclusions.domains(" \n,"))
    assert not exclusions.is_excluded_link("https://shop.test", exclusions.lines(None))


@pytest.mark.parametrize(
    ("pattern", "left_alone"),
    [
        ("*://shop.test/*", True),
        ("*.test/login", True),
        ("shop.test/LOGIN", True),
        ("login", True),
        ("http://*", False),
        ("shop.test/logout", False),
        ("shop.t[ea]st/*", False),
    ],
)
def test_links(pattern, left_alone):
    patterns = exclusions.lines(pattern)
    assert exclusions.is_excluded_link("https://shop.test/login", patterns) is left_alone
