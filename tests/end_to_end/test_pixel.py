"""A browser of today loads the pixel once, in any HTML."""

import random

import pytest

from dev import addon

addon.plant()

from mail_engagement.tools.body import rewrite as module  # noqa: E402

PIXEL_URL = "https://mail.shop.test/e/o/token.gif"
PIECES = (
    "<p> </p> <select> </select> <option> <optgroup> <template> </template> <svg> </svg> <math>"
    " <mi> <input> <textarea> </textarea> <table> </table> <tr> <td> <div> </div> <button>"
    " </button> <a> </a> <body> </body> <html> </html> <head> </head> <title> </title> <style>"
    " </style> <b> </b> <form> </form> <foreignObject> <desc> <script> </script> <hr> <noscript>"
    " </noscript> <keygen> <li> <object> </object> <datalist> <selectedcontent> <br> <!-- -->"
    " <![endif]--> x"
).split()
COUNT = """([documents, url]) => documents.map((text) =>
    [...new DOMParser().parseFromString(text, "text/html").images]
        .filter((image) => image.src === url).length)"""


@pytest.mark.parametrize("limit", [90_000, -1], ids=["last", "first"])
def test_loaded_once(browser, monkeypatch, limit):
    monkeypatch.setattr(module, "CLIPPED_BYTES", limit)
    chance = random.Random(1)
    bodies = ["".join(chance.choices(PIECES, k=chance.randrange(1, 14))) for _body in range(3000)]
    documents = [module.rewrite(body, None, PIXEL_URL) for body in bodies]
    page = browser.new_page()
    counts = page.evaluate(COUNT, [documents, PIXEL_URL])
    page.close()
    assert [body for body, count in zip(bodies, counts, strict=True) if count != 1] == []
