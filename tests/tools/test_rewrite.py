"""Any HTML in, the same bytes out, but for the followed links' values and the pixel."""

import pytest
from hypothesis import example, given, settings, strategies as st
from lxml import html as lxml_html
from mail_engagement.tools.html_scan import scan
from mail_engagement.tools.rewrite import CLIPPED_BYTES, PIXEL, rewrite

OURS = "https://mail.shop.test/e/c/token"
PIXEL_URL = "https://mail.shop.test/e/o/token.gif"

PIECES = st.sampled_from(
    [
        "<p>", "</p>", "<a ", "<a>", "</a>", "<A HREF=", "href", '="', "='", "=", '"', "'", ">",
        "/>", "<", "<!--", "-->", "<!-->", "<![CDATA[", "]]>", "<!DOCTYPE html>", "<?xml ?>",
        "<html>", "<head>", "</head>", "<body>", "</body>", "</html>", "<script>", "</script>",
        "<style>", "</style>", "<textarea>", "</textarea>", "<title>", "<area href=x>", "<img src=x>",
        "https://shop.test/?a=1&amp;b=2", "http://x.test", "mailto:a@b.test", "&copy", "&#65;", " ",
        "\n", "\t", "\x00", "é", "日本", "😀", "<!--[if mso]>", "<![endif]-->", "</", "<b", "x",
    ]
)  # fmt: skip
HTML = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))


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


WELL_FORMED = st.lists(
    st.tuples(
        st.sampled_from(["a", "area", "p", "div", "td"]),
        st.sampled_from(['"', "'"]),
        st.sampled_from(["https://x.test/?q=1&amp;r=2", "http://y.test/é", "mailto:a@b.test"]),
        st.text("abc é<>&".replace("<", "").replace(">", "").replace("&", ""), max_size=8),
    ),
    max_size=8,
)


@settings(max_examples=300, deadline=None)
@given(WELL_FORMED)
def test_agrees_with_lxml(elements):
    """On tidy HTML a real parser finds the same links, before and after."""
    body = "<div>" + "".join(
        f"<{tag} class={quote}k{quote} href={quote}{url}{quote}>{text}</{tag}>"
        for tag, quote, url, text in elements
    ) + "</div>"  # fmt: skip

    def hrefs(text):
        tree = lxml_html.fromstring(text)
        return [node.get("href") for node in tree.iter("a", "area")]

    assert [link.url for link in scan(body).links] == [url and url.strip() for url in hrefs(body)]
    rewritten = rewrite(body, lambda link: OURS)
    assert hrefs(rewritten) == [OURS] * len(hrefs(body))
    assert lxml_html.fromstring(rewritten).text_content() == (
        lxml_html.fromstring(body).text_content()
    )


@pytest.mark.parametrize(
    "body",
    [
        "<!-- <a href='https://x.test'>no</a> -->",
        "<!--[if mso]><a href='https://x.test'>no</a><![endif]-->",
        "<script>'<a href=\"https://x.test\">'</script>",
        "<style>a[href='https://x.test'] {}</style>",
        "<textarea><a href='https://x.test'></textarea>",
        "<title><a href='https://x.test'></title>",
        "<a name='https://x.test'>",
        "<abbr href='https://x.test'>",
        "<a data-href='https://x.test'>",
        "&lt;a href='https://x.test'&gt;",
        "<a href='https://x.test",
    ],
)
def test_no_links_here(body):
    assert not scan(body).links


def test_values_of_all_kinds():
    body = (
        "<a href=https://a.test/?x=1&amp;y=2>1</a><A class='b' HREF = 'https://b.test' >2</A>"
        "<a\n\thref=\"\n https://c.test \"title='>'>3</a><area href='https://d.test' alt='map'/>"
    )
    links = scan(body).links
    assert [link.url for link in links] == [
        "https://a.test/?x=1&y=2", "https://b.test", "https://c.test", "https://d.test",
    ]  # fmt: skip
    assert [link.label for link in links] == ["1", "2", "3", "map"]


def test_label_is_what_people_see():
    body = '<a href="x"> View <b>the\nquotation</b> <img src=y alt="now"></a>'
    assert scan(body).links[0].label == "View the quotation now"
    assert len(scan(f'<a href="x">{"long " * 40}</a>').links[0].label) <= 40


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


@pytest.mark.parametrize(
    "hostile",
    ["<a ", "<a href='", "<!--", "<", "<a href=x ", "<style>", "<a a=b ", "</", "<a href=\"x'>"],
)
def test_hostile_mails_take_linear_work(hostile):
    """Counted, not timed: a megabyte is scanned with a bounded number of looks at a byte."""
    scan(hostile * (1_000_000 // len(hostile)))
