"""A file's name as a part of an address."""

from urllib.parse import unquote, urljoin

import pytest
from hypothesis import example, given, strategies as st
from mail_engagement.tools.file_name import MAX_NAME, url_name

SIGNS = st.characters(exclude_categories=()) | st.sampled_from(
    "/\\.%:?#\r\n\t\0 \u202e\u200f\u2066日😀"
)


@given(st.text(SIGNS, max_size=120))
@example("..")
@example("%2e%2e")
@example("\u202e/../\u202e")
@example("😀" * 100 + ".pdf")
@example("a." + "x" * 300)
@example("\ud83d.pdf")
def test_one_part_of_a_path_for_everybody(name):
    """However often somebody decodes it, and whoever resolves it."""
    part = url_name(name)
    assert part.isascii() and 0 < len(part) <= MAX_NAME
    assert urljoin("https://shop.test/e/a/token/x", part) == f"https://shop.test/e/a/token/{part}"
    for _times in range(3):
        assert not {"/", "\\"} & {*part}
        assert not part.startswith(".") and part.isprintable()
        part = unquote(part)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Angebot für Sie.pdf", "Angebot für Sie.pdf"),
        ("Delivery Slip - Azure - WH/OUT/00007.pdf", "Delivery Slip - Azure - WH-OUT-00007.pdf"),
        (".htaccess", "htaccess"),
        ("見積書.pdf", "見積書.pdf"),
        ("見積書" * 60 + ".pdf", "見積書" * 6 + "見.pdf"),
        ("x" * 300, "x" * 180),
        ("exe.\u202efdp.pdf", "exe.fdp.pdf"),
        ("line\nbreak.pdf", "line break.pdf"),
        ("...", "file"),
        ("", "file"),
    ],
)
def test_people_still_read_it(name, kept):
    assert unquote(url_name(name)) == kept
