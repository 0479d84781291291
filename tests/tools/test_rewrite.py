"""Any HTML in, the same bytes out, but for the followed links' values and the pixel."""

import pytest
from html_strategies import HTML, OURS, PIXEL_URL
from hypothesis import example, given, settings
from mail_engagement.tools.body.html_scan import scan
from mail_engagement.tools.body.rewrite import CLIPPED_BYTES, PIXEL, SHOWN_BYTES, rewrite


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


@pytest.mark.parametrize(
    "head",
    [
        "<html><body>",
        "<!DOCTYPE html><html><head><title>x</title></head><body class=x>",
        "<!-- x -->\n<html><head><style>p > a {}</style></head>",
        "<!DOCTYPE html>",
        "",
    ],
)
def test_pixel_stands_first_in_a_long_mail(head):
    """Gmail clips what is longer than about 102 kB. A body that is quoted does not count."""
    body = f"{head}<p>x</p><html><body>{'x' * CLIPPED_BYTES}</body></html>"
    assert rewrite(body, None, PIXEL_URL).startswith(f"{head}<img ")


def test_what_is_added_counts():
    body = f"<body>{'x' * (CLIPPED_BYTES - 100)}</body>"
    assert rewrite(body, None, PIXEL_URL).startswith("<body>x")
    assert rewrite(body, None, PIXEL_URL, "<p>card</p>" * 20).startswith("<body><img ")


def test_links_do_not_make_a_mail_clipped():
    links = "<a href=x>y</a>" * 100
    body = links + "x" * (SHOWN_BYTES - len(links) - 1000)
    rewritten = rewrite(body, lambda link: OURS)
    assert 0 < rewritten.count(OURS) < 100
    assert len(rewritten) <= SHOWN_BYTES
    # A mail that is clipped anyway loses nothing.
    body += "x" * 2000
    assert rewrite(body, lambda link: OURS).count(OURS) == 100


def test_addition_stands_before_the_pixel():
    rewritten = rewrite("<body>x</body>", None, PIXEL_URL, "<hr>")
    assert rewritten == f"<body>x<hr>{PIXEL.format(PIXEL_URL)}</body>"
