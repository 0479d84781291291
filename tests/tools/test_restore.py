"""What an answer quotes of ours is undone, however it was wrapped or encoded."""

import time
from html import escape
from urllib.parse import quote

import pytest
from hypothesis import given, settings, strategies as st
from mail_engagement.relay.engagement_relay.protocol import token
from mail_engagement.tools.body.restore import restore
from mail_engagement.tools.body.rewrite import rewrite
from mail_engagement.tools.mint import Signer
from mail_engagement.tools.recipient import Recipient

TENANT, MASTER = b"\1\2\3\4", b"m" * 32
BASE = "https://mail.shop.test/e"
TARGET = "https://shop.test/offer?a=1&b=2"
KEYRING = token.Keyring(
    {
        (TENANT, kind, 0): (token.outer_key(MASTER, kind), token.KeyState.SIGNING)
        for kind in token.KINDS
    }
)
SIGNER = Signer(TENANT, 0, MASTER, b"u" * 32, BASE, "<message@shop.test>")
CARLA = Recipient(addresses=("carla@customer.test",), partner_id=1)
SIGNER.name([CARLA])
CLICK = SIGNER.click_url(CARLA, 1, TARGET)
PIXEL = SIGNER.open_url(CARLA)


def test_a_whole_mail_comes_back():
    body = f'<p>Hi</p><a href="{escape(TARGET)}">offer</a>'
    sent = rewrite(body, lambda link: SIGNER.click_url(CARLA, 1, link.url), PIXEL)
    assert sent != body
    assert restore(sent, KEYRING) == body


@pytest.mark.parametrize(
    "wrapped",
    [
        "https://eur01.safelinks.protection.outlook.com/?url={q}&amp;data=05%7C01",
        "https://www.google.com/url?q={q}&amp;sa=D",
        "https://linkprotect.cudasvc.com/url?a={q}&amp;c=E,1",
        "https://urldefense.com/v3/__{raw}__;!!x!y$",
        "{raw}",
    ],
)
def test_wrapped_links(wrapped):
    url = wrapped.format(q=quote(CLICK, safe=""), raw=CLICK)
    restored = restore(f'<a href="{url}">offer</a>', KEYRING)
    assert "/e/c/" not in restored
    assert escape(TARGET) in restored


@pytest.mark.parametrize(
    "wrapped",
    [
        "https://ci3.googleusercontent.com/meips/ADKq_NZ=s0-d-e1-ft#{raw}",
        "https://ecp.yusercontent.com/mail?url={q}&amp;t=1",
        "{raw}",
    ],
)
def test_wrapped_pixels(wrapped):
    url = wrapped.format(q=quote(PIXEL, safe=""), raw=PIXEL)
    assert restore(f'<p>x</p><img src="{url}"/>', KEYRING) == "<p>x</p>"


def test_plain_text_over_lines():
    """A client has broken the quoted address after 76 characters."""
    lines = [CLICK[at : at + 70] for at in range(0, len(CLICK), 70)]
    restored = restore("<pre>&gt; " + "\n&gt; ".join(lines) + "\n&gt; bye</pre>", KEYRING)
    assert escape(TARGET) in restored
    assert "bye" in restored


def _broken(url, first, mark):
    return mark.join([url[:first], *(url[at : at + 60] for at in range(first, len(url), 60))])


@pytest.mark.parametrize("first", [15, 23, 40, 60])
@pytest.mark.parametrize("mark", ["\n", " \n", "=\r\n", "\n&gt; ", "<br/>"])
def test_text_broken_anywhere(first, mark):
    """Also before the part that tells it is ours, and as format=flowed has it."""
    assert escape(TARGET) in restore(f"<pre>{_broken(CLICK, first, mark)}\nbye</pre>", KEYRING)


@pytest.mark.parametrize("first", [3, 15, 40])
@pytest.mark.parametrize("mark", ["\n", "\r\n", "%0A", "%0D%0A"])
def test_attribute_over_lines(first, mark):
    """Browsers join what a gateway has broken within an attribute."""
    link, pixel = (_broken(url, first, mark) for url in (CLICK, PIXEL))
    restored = restore(f'<a href="{link}">offer</a><img src="{pixel}"/>', KEYRING)
    assert restored == f'<a href="{escape(TARGET)}">offer</a>'


def test_link_that_only_mentions_ours():
    """What it leads to stays: a mail about our link, say."""
    restored = restore(f'<a href="mailto:a@b.test?body={CLICK}">tell</a>', KEYRING)
    assert restored == f'<a href="mailto:a@b.test?body={escape(TARGET)}">tell</a>'


def test_forged_tokens_stay():
    """Only what we signed is ours: nobody gets a link turned into another."""
    forged = CLICK[:-4] + ("AAAA" if not CLICK.endswith("AAAA") else "BBBB")
    body = f'<a href="{forged}">x</a>'
    assert restore(body, KEYRING) == body


@settings(max_examples=300, deadline=None)
@given(st.text(), st.text())
def test_everything_else_stays(before, after):
    body = f"{before}{after}"
    assert restore(body, KEYRING) == body
    around = f'{before}<img src="{PIXEL}">{after}'
    assert PIXEL not in restore(around, KEYRING) or "<" in before


def test_tokens_know_when_they_were_sent():
    text = PIXEL.rpartition("/")[2].removesuffix(".gif")
    parsed, _state = token.parse(text, KEYRING)
    assert abs(parsed.sent_at - time.time()) < 60
