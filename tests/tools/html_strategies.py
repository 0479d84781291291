"""HTML for property tests, from anything to almost tidy."""

from hypothesis import strategies as st

OURS = "https://mail.shop.test/e/c/token"
PIXEL_URL = "https://mail.shop.test/e/o/token.gif"

PIECES = st.sampled_from(
    [
        "<p>", "</p>", "<a ", "<a>", "</a>", "<A HREF=", "href", '="', "='", "=", '"', "'", ">",
        "/>", "<", "<!--", "-->", "<!-->", "--!>", "<![CDATA[", "]]>", "<!DOCTYPE html>",
        "<?xml ?>",
        "<html>", "<head>", "</head>", "<body>", "</body>", "</html>", "<script>", "</script>",
        "<style>", "</style>", "<textarea>", "</textarea>", "<title>", "</title>", "<area href=x>",
        "<img src=x>", "https://shop.test/?a=1&amp;b=2", "http://x.test", "mailto:a@b.test",
        "&copy",
        "&#65;", " ", "\n", "\t", "\f", "\xa0", "\x00", "é", "日本", "😀", "<!--[if mso]>",
        "<![endif]-->", "</", "</>", "</é", "<b", "<b>", "</b>", "<table>", "<td>", "<noscript>",
        "<xmp>", "</xmp", "<plaintext>", "<iframe>", "</iframe>", "x", "<a href='https://y.test'>",
        "<select>", "<select>", "</select>", "<option>", "</option>", "<optgroup>", "<input>",
    ]
)  # fmt: skip
SOUP = st.lists(PIECES, max_size=40).map("".join)
HTML = st.one_of(st.text(), SOUP)
