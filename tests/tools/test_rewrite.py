"""Any HTML in, the same bytes out, but for the followed links' values and the pixel."""

from dataclasses import replace

import pytest
from html_strategies import HTML, OURS, PIXEL_URL
from hypothesis import example, given, settings
from mail_engagement.relay.engagement_relay.protocol import token
from mail_engagement.tools.body.html_scan import scan
from mail_engagement.tools.body.link_policy import LinkPolicy
from mail_engagement.tools.body.rewrite import CLIPPED_BYTES, PIXEL, SHOWN_BYTES, rewrite
from wrapped import BASE, CARLA, KEYRING, SIGNER

ALIGNED = LinkPolicy(frozenset({"odoo.shop.test"}), BASE, aligned=True)
FOREIGN = replace(ALIGNED, aligned=False)


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


# --- Other forms of what public reports tell of; those themselves are in test_cases.py ---------

OTHER_SCHEMES = (
    "tg://resolve?domain=x", "viber://chat", "geo:1,2", "file:///x", "JavaScript:https://x.example",
    "view-source:https://x.example", "about:blank", "urn:x:y",
)  # fmt: skip
# Written so in the mail, and where it leads.
TARGETS = [
    (
        '"https://shop.example/?a=1&para=1&sect=2&times=3&not=4&quot=5&amp=6"',
        "https://shop.example/?a=1&para=1&sect=2&times=3&not=4&quot=5&amp=6",
    ),
    ("'https://shop.example/x?a=\"1\"'", 'https://shop.example/x?a="1"'),
]


def followed(body, policy=ALIGNED):
    """As outgoing mail is: the web links of the body, and what they lead to."""
    targets = []

    def take(link):
        if not policy.follows(link.url, link.text):
            return None
        minted = SIGNER.click_url(CARLA, 1, link.url)
        text = minted and minted.rpartition("/")[2]
        targets.append(minted and token.parse(text, KEYRING)[0].target)
        return minted

    return rewrite(body, take), targets


@pytest.mark.parametrize("url", OTHER_SCHEMES)
def test_left_alone(url):
    body = f'<a href="{url}">x</a>'
    assert followed(body) == (body, [])


@pytest.mark.parametrize(("value", "target"), TARGETS)
def test_leads_where_it_led(value, target):
    before, after = '<p><A class="k"\n\n HREF = ', "\n>x</A></p>"
    body, targets = followed(before + value + after)
    assert targets == [target]
    assert body.startswith(before)
    assert body.endswith(after)


# What ends early or badly: before what the pixel has to stand.
ENDS = [
    ("<p>Hi</p>", "<select><option>a"),
    ("<p>Hi</p>", "<template><p>x"),
    ("<p>Hi</p><div>", "<select><option>a</option></div><p>x"),
    ("<p>Hi</p>", "<SELECT multiple><option>a<p>"),
    ("<select><option>a</select>", "<select><optgroup>"),
    ("<select><option>a</select><p>x</p>", ""),
    ("<template>x</template><p>x</p>", ""),
    ("<p>x</p>", "<template><template></template><p>y"),
    ("<p>x</p>", "<template><select></select>"),
    ("<p>x</p><template><select></template><p>y", ""),
    ("<p>x</p>", "<select><template></select></template><p>y"),
    ("<p>x</p>", "<select><input><select><option>"),
    ("<p>x</p>", "<select><option>a</body></html>"),
    ("<p>x</p>", "<template></body></html>"),
    ("<p>x</p>", "</body></html><select>"),
    ("<svg><path d='x'/>", ""),
    ("<svg><title>x</title></svg><p>x", ""),
    ("<math><mi>x", ""),
    ("<body><p>a</p></body><body><p>b</p>", "</body>"),
    (
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><br/><p>x</p>',
        "</body></html>",
    ),
    ("<table><tr><td>x", ""),
    ("<p>x</p>", "<style>a {"),
    ("<p>x</p>", "<textarea>x"),
    ("<p>x</p>", "<iframe>x"),
]


@pytest.mark.parametrize(("before", "after"), ENDS)
def test_pixel_stands_where_it_is_loaded(before, after):
    rewritten = rewrite(before + after, None, PIXEL_URL)
    assert rewritten == before + PIXEL.format(PIXEL_URL) + after
    assert rewrite(before + after, None, PIXEL_URL, "<hr>").startswith(before + "<hr>")
