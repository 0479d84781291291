"""No line of the access log holds a token."""

import logging

import pytest
from hypothesis import given, strategies as st
from mail_engagement.tools.access_log import LOGGER, WithoutTokens, keep_tokens_out, redacted

TOKEN = (
    "EgCA3mG7A2sGiLxLtFKFv3zK_3MdiW0meGh0dHBzOi8vc2hvcC50ZXN0L28_YT0xJmI9Mn56TH2L7nT8K9wxqiBlfjQ"
)


@pytest.mark.parametrize(
    ("path", "left"),
    [
        (f"/e/o/{TOKEN}.gif", "/e/o/…"),
        (f"/e/c/{TOKEN}", "/e/c/…"),
        (f"/fr/e/c/{TOKEN}?x=1", "/fr/e/c/…"),
        (f"/e/a/{TOKEN}/Angebot%20Carla.pdf", "/e/a/…"),
        (f"/e/a/{TOKEN}/見積書.pdf", "/e/a/…"),
        (f"/e/p/{TOKEN}", "/e/p/…"),
        (f"/mail_engagement/attachment/{TOKEN}", "/mail_engagement/attachment/…"),
        (f"/mail_engagement/preferences/{TOKEN}", "/mail_engagement/preferences/…"),
        ("/e/healthz", "/e/healthz"),
        ("/mail_engagement/ingest", "/mail_engagement/ingest"),
        ("/web/login?redirect=/odoo", "/web/login?redirect=/odoo"),
    ],
)
def test_a_path_stays_recognizable(path, left):
    assert redacted(f"GET {path} HTTP/1.1") == f"GET {left} HTTP/1.1"


@given(st.text(alphabet=st.characters(blacklist_categories=("Zs", "Zl", "Zp", "Cc", "Cs"))))
def test_whatever_is_decorated(decoration):
    decoration = decoration.replace('"', "").replace("'", "")
    assert TOKEN not in redacted(f'"GET /e/c/{TOKEN}{decoration} HTTP/1.1"')


def test_the_access_log_goes_through_it_once(caplog):
    logger = logging.getLogger(LOGGER)
    before = list(logger.filters)
    try:
        keep_tokens_out()
        keep_tokens_out()
        assert sum(isinstance(known, WithoutTokens) for known in logger.filters) == 1
        with caplog.at_level(logging.INFO, LOGGER):
            # As Odoo's server and werkzeug's own write it.
            logger.info('"%s" %s %s', f"GET /e/c/{TOKEN} HTTP/1.1", "302", "-")
            logger.info(f'127.0.0.1 - - "GET /e/p/{TOKEN} HTTP/1.1" %s', 200)
        assert TOKEN not in caplog.text
        assert '"GET /e/c/… HTTP/1.1" 302 -' in caplog.text
    finally:
        logger.filters[:] = before
