"""What is added stands in the column of the text, as a browser shows it."""

import html5lib
import pytest
from html_strategies import PIECES
from hypothesis import example, given, settings, strategies as st
from mail_engagement.tools.body import card
from mail_engagement.tools.body.rewrite import rewrite

from dev import chromium

CARD = card.html([card.Card("Offer for the solar roof.pdf", 12_000, "https://t.test/e/a/x/o.pdf")])
FOOTER = '<p id="footer" style="margin:24px 0 0;font-size:12px">What is followed, your choice</p>'
TEXT = '<p>Dear Carla,</p><p id="text">here is our offer.</p>'
LONG = TEXT + "<p>It holds for all of the roof, and for the garage as well, until May.</p>"
LEGAL = "Shop Ltd. | 1 Long Road, Longtown | +81 3 1234 5678 | info@shop.test | Register 12345"
PREVIEW = f'<div style="display:none;max-height:0px;overflow:hidden">{LONG}&#847; &#8203;</div>'

# {} is what somebody wrote.
LAYOUTS = {
    "none": "{}",
    "body": "<html><body>{}</body></html>",
    "Odoo": (
        '<html><body style="font-family:Verdana">' + PREVIEW + '<div style="max-width:900px;'
        'width:100%"><table style="width:100%"><tr><td>View</td><td>Solar roof</td></tr></table>'
        '<div style="font-size:13px">{}</div><div class="o_signature">--<br>Anna</div>'
        f'<div style="margin-top:16px"><b>{LEGAL}</b></div></div></body></html>'
    ),
    "Odoo, light": (
        "<html><body>" + PREVIEW + '<table role="presentation" style="width:100%"><tr>'
        '<td align="center"><table width="590" style="padding:24px"><tbody>'
        '<tr><td align="center"><table width="100%"><tr><td>Your lead<br>Solar roof</td>'
        "<td><img alt=logo></td></tr></table></td></tr><tr><td>{}</td></tr>"
        f'<tr><td align="center" style="font-size:11px">{LEGAL}</td></tr></tbody></table></td></tr>'
        '<tr><td align="center">Powered by Odoo</td></tr></table></body></html>'
    ),
    "MJML": (
        '<body><div style="background-color:#f4f4f4"><div style="margin:0px auto;max-width:600px">'
        '<table align="center" role="presentation" style="width:100%"><tbody><tr>'
        '<td style="direction:ltr;font-size:0px;padding:20px 0;text-align:center">'
        '<div class="mj-column-per-100" style="font-size:0px;text-align:left;display:inline-block;'
        'width:100%"><table role="presentation" width="100%"><tbody>'
        '<tr><td align="left" style="padding:10px 25px">'
        '<div style="font-size:13px">{}</div></td></tr>'
        "</tbody></table></div></td></tr></tbody></table></div>"
        '<div style="margin:0px auto;max-width:600px"><table align="center" style="width:100%"><tr>'
        '<td style="text-align:center;font-size:9px">Bye</td></tr></table></div>'
        "</div></body>"
    ),
    "boxes": (
        '<div style="background:#eee;padding:9px"><div style="max-width:480px;margin:0 auto">'
        '<div style="padding:20px">{}</div></div></div>'
    ),
    "centre": '<center><table width="500"><tr><td align="left">{}</td></tr></table></center>',
    "nothing closed": "<table align=center width=500><tr><td>Shop<tr><td>{}<tr><td>Bye</table>",
    "sections": (
        '<body><main style="width:460px;margin-left:auto;margin-right:auto"><header>Shop</header>'
        "<section>{}</section><footer>Bye</footer></main></body>"
    ),
    "nested": (
        '<table width="100%"><tr><td align="center"><table width="600"><tr><td><table width="100%">'
        '<tr><td style="padding:30px"><table width="100%"><tr><td>{}</td></tr></table></td></tr>'
        "</table></td></tr></table></td></tr></table>"
    ),
    "in a comment for Outlook": (
        '<div style="max-width:600px;margin:auto"><!--[if mso]><table width="600"><tr><td>'
        "<![endif]-->{}<!--[if mso]></td></tr></table><![endif]--></div>"
    ),
}
TABLE = (
    "<table border=1><tr><td>A long name of a thing that somebody may buy</td><td>7,000</td></tr>"
    "<tr><td>Another long name of a thing that nobody needs</td><td>8,000</td></tr></table>"
)
# What somebody wrote; the last of it has the id "end".
CONTENTS = {
    "paragraphs": '<p>Dear Carla,</p><p id="end">here is our offer.</p>',
    "one line": '<span id="end">See the file.</span>',
    "lines in boxes": '<div>Dear Carla,</div><div>here is it.</div><div id="end">Anna</div>',
    "a table in it": f'<p>Dear Carla,</p>{TABLE}<p id="end">So much for that.</p>',
    "a table last": f'<p>Dear Carla, here is what you asked for:</p><div id="end">{TABLE}</div>',
    "a list": "<p>Dear Carla,</p><ul><li>one<li>two</ul><p id=end>Anna</p>",
    "bare": 'Dear Carla,<br>here is our offer.<br><span id="end">Anna &amp; Ben</span>',
}
PLACES = """() => {
    const box = (node) => node.getBoundingClientRect();
    const cards = document.querySelectorAll('a[href$="o.pdf"]');
    const footers = document.querySelectorAll("#footer");
    const text = box(document.querySelector("#end"));
    const card = box(cards[0].closest("table"));
    const footer = box(footers[0]);
    return {
        count: [cards.length, footers.length],
        text: [text.left, text.bottom],
        card: [card.left, card.top, card.right, card.bottom],
        footer: [footer.left, footer.top, footer.right],
        width: document.documentElement.clientWidth,
    };
}"""


@pytest.fixture(scope="module")
def page():
    with chromium.running() as browser:
        yield browser.new_page()


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_shown_below_the_text(page, layout, content, is_known):
    body = layout.replace("{}", content)
    known = content if is_known else ""
    rewritten = rewrite(rewrite(body, addition=CARD, content=known), footer=FOOTER, content=known)
    assert rewritten.replace(CARD, "").replace(FOOTER, "") == body
    for width in (1100, 390):
        page.set_viewport_size({"width": width, "height": 700})
        page.set_content("<!doctype html>" + rewritten)
        seen = page.evaluate(PLACES)
        assert seen["count"] == [1, 1]
        if not is_known and "Shop Ltd." in layout:
            # Whose text is longer is taken for the sender's; what matters is that it is a column.
            continue
        left, bottom = seen["text"]
        assert abs(seen["card"][0] - left) < 1.5
        assert abs(seen["footer"][0] - left) < 1.5
        assert seen["card"][1] >= bottom - 1
        assert seen["footer"][1] >= seen["card"][3]


@pytest.mark.parametrize("text", ["Hi", "Odoo", "Shop", "1", "Long Road", "See the file."])
@pytest.mark.parametrize("layout", [LAYOUTS["Odoo"], LAYOUTS["Odoo, light"]])
def test_words_that_stand_elsewhere_too(layout, text):
    """A whole line is the message, not a part of one."""
    content = f"<p>{text}</p>"
    rewritten = rewrite(layout.replace("{}", content), addition=CARD, content=content)
    assert f"{content}{CARD}" in rewritten or f"{content}</div>{CARD}" in rewritten


def test_a_mail_of_many_sections(page):
    """Where nobody knows which text is meant, below one of them, not at the window's edge."""
    section = (
        '<div style="margin:0 auto;max-width:600px"><table align="center" style="width:100%"><tr>'
        '<td><div style="display:inline-block;width:100%"><table><tr><td>{}</td></tr></table></div>'
        "</td></tr></table></div>"
    )
    body = "".join(section.format(text) for text in ("Shop", LONG, "<p>More</p>", "Bye"))
    page.set_viewport_size({"width": 1100, "height": 700})
    page.set_content(rewrite(body, addition=CARD, footer=FOOTER).replace('"text"', '"end"'))
    seen = page.evaluate(PLACES)
    assert abs(seen["card"][0] - seen["text"][0]) < 1.5
    assert seen["text"][1] < seen["card"][1] < seen["footer"][1]


# No template: html5lib does not know it.
STRUCTURE = st.sampled_from(
    [
        "<div>", "</div>", '<div style="width:9px">', "<center>", "</center>", "<table>", "<tr>",
        "</table>", "</tr>", "<td>", "</td>", "<th>", "<tbody>", "</tbody>", "<p>", "</p>", "<ul>",
        "<li>", "</li>", "</ul>", "<select>", "<option>", "</select>",
        "<svg>", "</svg>", '<p style="display:none">', '<div style="display:none">', "long text",
        "<h1>", "</h1>", "<dl>", "<dd>", "<caption>", "<form>", "</form>", "<noscript>",
    ]
)  # fmt: skip
BODIES = st.lists(STRUCTURE | PIECES, max_size=30).map("".join)


@settings(max_examples=500, deadline=None)
@given(BODIES, st.sampled_from(["", "long text", "x"]))
@example("<select><div>long text</div>", "")
@example("<template><td>long text</td></template>", "")
@example("<svg><div>long text</div></svg>", "")
@example("<table><tr><td><select></table>long text", "")
def test_what_is_added_is_seen_once(body, content):
    """In any document: what is added is an element that browsers show, and nothing else changes."""
    added = '<i id="added">+</i>'
    rewritten = rewrite(body, addition=added, content=content)
    assert rewritten.replace(added, "", 1) == body
    document = html5lib.parse(rewritten, treebuilder="etree", namespaceHTMLElements=False)
    parents = {child: node for node in document.iter() for child in node}
    found = [node for node in document.iter("i") if node.get("id") == "added"]
    # What no browser knows in HTML may hide anything.
    if "<![CDATA[" in body:
        return
    assert len(found) == 1
    node = found[0]
    while node in parents:
        node = parents[node]
        assert node.tag not in ("template", "select", "textarea", "title")


@pytest.mark.parametrize(
    "piece",
    ["<div>", "</div>", "<li>", "<td>", "<div><li>", "<table><td>", "<p>", "<div></p>", "<b>x"],
)
def test_long_input_takes_no_long_time(piece):
    body = piece * 50_000
    assert rewrite(body, addition=CARD, content="x").replace(CARD, "", 1) == body
    assert rewrite(piece * 1000 + "</section></div></li>" * 50_000, addition=CARD)
