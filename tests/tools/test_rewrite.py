"""Any HTML in, the same bytes out, but for the followed links' values and the pixel."""

import pytest
from hypothesis import example, given, settings
from html_strategies import HTML, OURS, PIXEL_URL
from mail_engagement.tools.html_scan import scan
from mail_engagement.tools.rewrite import CLIPPED_BYTES, PIXEL, rewrite


def undone(body, rewritten):
    """Take the pixel out again, once: what is left has to be the body."""
    pixel = PIXEL.format(PIXEL_URL)
    assert rewritten.count(pixel) == body.count(pixel) + 1
    at = rewritten.index(pixel)
    return rewritten[:at] + rewritten[at + len(pixel) :]


@settings(max_examples=500, deadline=None)
@given(HTML)
@example('<a href="x" href="y">')
@example("<a href=>")
@example("<!--><a href=x>")
def test_only_links_and_pixel_change(body):
    taken = []

    def replace(link):
        taken.append(body[link.start : link.end])
        return OURS

    links = scan(body).links
    rewritten = undone(body, rewrite(body, replace, PIXEL_URL))
    expected = body
    for link in sorted(links, key=lambda link: -link.start):
        expected = expected[: link.start] + OURS + expected[link.end :]
    assert rewritten == expected
    assert len(taken) == len(links)


@settings(max_examples=300, deadline=None)
@given(HTML)
def test_nothing_to_do_changes_nothing(body):
    assert rewrite(body, lambda link: None) == body
    assert rewrite(body) == body


@settings(max_examples=300, deadline=None)
@given(HTML)
def test_twice_leaves_ours_alone(body):
    def replace(link):
        return None if link.url == OURS else OURS

    once = rewrite(body, replace)
    assert rewrite(once, replace) == once


@pytest.mark.parametrize(
    ("body", "before", "after"),
    [
        ("<html><body><p>x</p></body></html>", "<p>x</p>", "</body></html>"),
        ("<p>x</p>", "<p>x</p>", ""),
        ("<body>x<!-- </body> -->y</body>", "y", "</body>"),
        ("<p>x</p><!-- open", "<p>x</p>", "<!-- open"),
        ("<p>x</p><style>a {", "<p>x</p>", "<style>a {"),
        ("", "", ""),
    ],
)
def test_pixel_stands_at_the_end(body, before, after):
    rewritten = rewrite(body, None, PIXEL_URL)
    assert rewritten.endswith(before + PIXEL.format(PIXEL_URL) + after)


def test_pixel_stands_first_in_a_long_mail():
    """Gmail clips what is longer than about 102 kB."""
    body = f"<html><body>{'x' * CLIPPED_BYTES}</body></html>"
    assert rewrite(body, None, PIXEL_URL).startswith("<html><body><img ")
