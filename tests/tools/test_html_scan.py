"""The scanner finds what browsers find, in any HTML."""

import html
import signal
import time

import html5lib
import pytest
from html_strategies import OURS, PIXEL_URL, SOUP
from hypothesis import example, given, settings, strategies as st
from lxml import html as lxml_html
from mail_engagement.tools.body.html_scan import markup, references, scan, splice
from mail_engagement.tools.body.rewrite import rewrite


def seen_by_a_browser(text):
    """Everything in the document as HTML's own algorithm builds it, in order, where links lead
    apart: names, other attributes, texts, comments."""
    document = html5lib.parse(text, treebuilder="etree", namespaceHTMLElements=False)
    everything, links = [], []
    for node in document.iter():
        attributes = dict(node.attrib)
        if node.tag in ("a", "area") and "href" in attributes:
            links.append(attributes.pop("href"))
        everything.append((node.tag, attributes, node.text, node.tail))
    return everything, links


@settings(max_examples=400, deadline=None)
@given(SOUP)
@example("<script><!--<script></script><a href=x></script><a href=y>")
@example("<script><!--><script></script><a href=y>")
@example("<a\xa0href=x>")
@example("</é '><a href=x>'")
def test_a_browser_sees_the_same_but_for_the_links(body):
    before, links = seen_by_a_browser(body)
    after, followed = seen_by_a_browser(rewrite(body, lambda link: OURS))
    assert after == before
    assert len(followed) == len(links)
    # Nothing but CDATA, which no browser knows in HTML, hides a link from the scanner.
    assert "<![CDATA[" in body or set(followed) <= {OURS}


@pytest.mark.parametrize("limit", [90_000, -1], ids=["last", "first"])
@settings(max_examples=300, deadline=None)
@given(SOUP)
@example("</")
@example("<![CDATA[<p><script>]]>")
def test_a_browser_loads_the_pixel_once(limit, body):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mail_engagement.tools.body.rewrite.CLIPPED_BYTES", limit)
        rewritten = rewrite(body, None, PIXEL_URL)
    document = html5lib.parse(rewritten, namespaceHTMLElements=False)
    loaded = [img.get("src") for img in document.iter("img")].count(PIXEL_URL)
    # CDATA, which no browser knows in HTML, may end in what a browser takes for a script.
    assert loaded == 1 or (loaded == 0 and "<![CDATA[" in body)


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
        "<script><!-- <script></script><a href='https://x.test'> --></script>",
        "<plaintext></plaintext><a href='https://x.test'>",
        "<xmp><a href='https://x.test'></xmp>",
        "<![CDATA[ > <a href='https://x.test'> ]]>",
        "<v:roundrect href='https://x.test'>",
        "<!--[if mso]><v:rect href='https://x.test'><a href='https://x.test'><![endif]-->",
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
    ("attribute", "is_left_alone"),
    [
        ("class=o_mail_engagement_left_alone", True),
        ("class='btn\to_mail_engagement_left_alone btn-primary'", True),
        ("class='o_mail_engagement_left_alone_not'", False),
        ("title='o_mail_engagement_left_alone'", False),
        ("", False),
    ],
)
def test_what_the_writer_wants_left_alone(attribute, is_left_alone):
    [link] = scan(f"<a {attribute} href='https://x.test'>x</a>").links
    assert link.is_left_alone is is_left_alone


def test_what_a_conditional_comment_reveals():
    """Every client but old Outlooks shows it."""
    for body in (
        "<!--[if !mso]><!--><a href='https://x.test'>x</a><!--<![endif]-->",
        "<![if !mso]><a href='https://x.test'>x</a><![endif]>",
    ):
        assert [link.url for link in scan(body).links] == ["https://x.test"]


def test_of_two_values_the_first_counts():
    body = "<a HREF='https://first.test' href='https://second.test'>x</a>"
    assert [link.url for link in scan(body).links] == ["https://first.test"]


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("?a=1&amp;copy=2", "?a=1&copy=2"),
        ("?a=1&copy=2", "?a=1&copy=2"),
        ("?a=1&copy2", "?a=1&copy2"),
        ("?a=1&copy;2", "?a=1©2"),
        ("&#104;ttps&colon;//x.test", "https://x.test"),
        ("&#x68;ttp://x.test&#X2F;", "http://x.test/"),
        ("&nosuch;&", "&nosuch;&"),
    ],
)
def test_references_in_a_value(value, url):
    assert scan(f'<a href="{value}">x</a>').links[0].url == url


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a&amp;b", "a&b"),
        ("&ampamp", "&amp"),
        ("&notit;", "¬it;"),
        ("&copy2", "©2"),
        ("x&nbspy", "x\xa0y"),
        ("&nosuch;&", "&nosuch;&"),
        ("&#x2F;&#47", "//"),
        ("&semi;&amp;amp;", ";&amp;"),
        ("&fjlig;", "fj"),
    ],
)
def test_references_in_a_text(text, said):
    assert splice(text, references(text, 0, len(text))) == said == html.unescape(text)


@given(st.one_of(st.text(), st.text("&ampnbscoyg;#x09A=", max_size=30)))
def test_references_are_those_of_html(text):
    assert splice(text, references(text, 0, len(text))) == html.unescape(text)


def test_what_raw_text_elements_hold():
    body = "<style>p > a</style><!-- x --><textarea><b></textarea>"
    held = [body[tag.begin : tag.end] for tag in markup(body) if not tag.name]
    assert held == ["p > a", "<!-- x -->", "<b>"]


def test_where_an_attribute_stands():
    for attribute in ("href='x'", 'HREF = "x"', "href=x"):
        body = f"<a class=b {attribute} id=c>x</a>"
        start, end = scan(body).links[0].attribute
        assert body[start:end] == attribute


@pytest.mark.parametrize(
    "piece",
    [
        "<a ", "<a href='", "<!--", "<", "<a href=x ", "<style>", "<a a=b ", "</", "<!",
        "<a href=\"x'>",
        "<![CDATA[", "<script><!--<script>", "<a href=x>", "&amp", "</a></body>", "<a href='&#",
    ],
)  # fmt: skip
def test_hostile_mails_take_linear_work(piece):
    """A megabyte of it ends: quadratic work would take hours. The times are printed only."""
    spent = []
    signal.signal(signal.SIGVTALRM, lambda *_: pytest.fail("more than linear"))
    signal.setitimer(signal.ITIMER_VIRTUAL, 60)
    try:
        for size in (250_000, 1_000_000):
            body = piece * (size // len(piece))
            start = time.process_time()
            rewrite(body, lambda link: OURS, PIXEL_URL)
            spent.append(time.process_time() - start)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    print(f"{piece!r}: {spent[0]:.3f} s for 250 kB, {spent[1]:.3f} s for 1 MB")
