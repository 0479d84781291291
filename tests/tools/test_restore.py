"""What an answer quotes of ours is undone, however it was wrapped or encoded; no word is lost."""

import re
import signal
import time
from dataclasses import replace
from html import escape
from itertools import product

import pytest
from html_strategies import SOUP
from hypothesis import assume, example, given, settings, strategies as st
from mail_engagement.relay.engagement_relay.protocol import token
from mail_engagement.tools.body.html_scan import markup
from mail_engagement.tools.body.restore import restore
from mail_engagement.tools.body.rewrite import rewrite
from wrapped import (
    CARLA,
    CLICK,
    FILE,
    KEYRING,
    MASTER,
    PAGE,
    PIXEL,
    PROTECTORS,
    PROXIES,
    SHOWN,
    SIGNER,
    TARGET,
    hexadecimal,
    lower,
    percent,
)


def restored(body):
    return restore(body, KEYRING)


def test_a_whole_mail_comes_back():
    body = f'<p>Hi</p><a href="{SHOWN}">offer</a>'
    sent = rewrite(body, lambda link: SIGNER.click_url(CARLA, 1, link.url), PIXEL)
    assert sent != body
    assert restored(sent) == body


# --- Nothing else is touched -----------------------------------------------------------------


# Words of all scripts, and what may be taken for a part of an address.
WORDS = st.one_of(
    st.text(),
    st.text("_-.,;:!?)]}>»”’、。）をAZaz09=%&#/|*~ \t\r\n\xa0\u200b\u00ad", max_size=30),
)


@settings(max_examples=400, deadline=None)
@given(WORDS, st.sampled_from([CLICK, PIXEL, PAGE]), WORDS)
@example("詳細は", CLICK, "をご確認ください。")
@example("", CLICK, "\nbye")
@example("", CLICK, "\u200bbye")
@example("", PIXEL, ".gif")
@example("(", CLICK, ")AAAA")
@example("_", CLICK, "___.AAAA")
def test_no_character_of_words_is_lost(before, ours, after):
    target = SHOWN if ours == CLICK else ""
    body = f"<pre>{escape(before)}{ours}{escape(after)}</pre>"
    assert restored(body) == f"<pre>{escape(before)}{target}{escape(after)}</pre>"
    # As plain text, too, where nothing is written in references.
    before, after = re.sub("[<&]", "", before), re.sub("[<&]", "", after)
    assert restored(f"{before}{ours}{after}") == f"{before}{target}{after}"


@settings(max_examples=400, deadline=None)
@given(WORDS, st.sampled_from(sorted(PROTECTORS)), WORDS)
@example("", "WP", "\n=0")
@example("", "Yandex", "\r==")
def test_no_character_of_words_around_a_protector_is_lost(before, name, after):
    """Where signs that an address may hold follow at once nobody can tell whose they are."""
    after = re.sub(r"^[!-~]+", "", after)
    wrapped = PROTECTORS[name](CLICK)
    body = f"<p>{escape(before)}{escape(wrapped)}{escape(after)}</p>"
    assert restored(body) == f"<p>{escape(before)}{SHOWN}{escape(after)}</p>"


@settings(max_examples=300, deadline=None)
@given(st.text(), st.text())
def test_everything_else_stays(before, after):
    body = f"{before}{after}"
    assert restored(body) == body
    around = f'{escape(before)}<img src="{PIXEL}">{escape(after)}'
    assert restored(around) == f"{escape(before)}{escape(after)}"


def attribute_at(body, at):
    """The name of the attribute whose value a place is in; "" elsewhere in a tag; None in text."""
    for tag in markup(body):
        if tag.name and tag.begin <= at < tag.end:
            places = tag.attributes.items()
            return next((name for name, place in places if place[1] <= at < place[2]), "")
    return None


@settings(max_examples=600, deadline=None)
@given(SOUP, SOUP, st.sampled_from([CLICK, escape(PROTECTORS["Safe Links"](CLICK)), PIXEL]))
@example("<b", "<p>", CLICK)
@example("<p title='", "'>", PIXEL)
@example("<!--", "&copy", CLICK)
@example("<style>", "</style>", CLICK)
def test_nothing_around_is_touched_in_any_html(before, after, ours):
    """Words, an attribute, a comment, half a tag: ours alone goes."""
    body = f"{before} {ours} {after}"
    name = attribute_at(body, len(before) + 1)
    # Those are replaced whole; of an address in a tag's own words, half may be a value.
    assume(name not in ("href", "src"))
    assume(name != "" or ours in (CLICK, PIXEL))
    assert restored(body) == f"{before} {'' if ours == PIXEL else SHOWN} {after}"


@settings(max_examples=300, deadline=None)
@given(SOUP, SOUP)
def test_an_element_with_ours_in_any_html(before, after):
    """Where it is one: what is around stays."""
    around = [
        f"{before}<img src='{PIXEL}' alt=x>{after}",
        f"{before}<a href='{CLICK}'>x</a>{after}",
    ]
    for body in around:
        assume(len(before) in [tag.begin for tag in markup(body) if tag.name])
    assert restored(around[0]) == before + after
    assert restored(around[1]) == f"{before}<a href='{SHOWN}'>x</a>{after}"


@pytest.mark.parametrize("name", [*PROTECTORS, *PROXIES])
def test_no_work_for_mails_without_ours(name):
    url = escape((PROTECTORS | PROXIES)[name]("https://other.test/e/c/abc?d=1&e=2#f"))
    body = f'<p>詳細 {url}</p><a href="{url}">x</a><img src="{url}">' * 100
    assert restored(body) is body


@pytest.mark.parametrize(
    "piece",
    [
        "https://", "https%3A%2F%2F", "https%253A%252F%252F", "https*3A*2F*2F", "aHR0cHM6Ly9",
        "68747470733a2f2f", CLICK[:40], f"{CLICK[:-3]} ", CLICK, "\n> ", "=\n", "&", "&#", "&e=",
        "https://a.safelinks.protection.outlook.com/?a=1&", "https://urldefense.com/v3/__",
        "https%3A%2F%2Fwww.google.com%2Furl%3Fq%3D", "https://a/fmlurlsvc/?x=1&", "<a href='",
        "https://x" + "/a" * 20, "https://" + "a." * 30, "\u200b", "<b ", "<!--", "<i title=https:",
    ],
)  # fmt: skip
def test_hostile_mails_take_bounded_work(piece):
    """400 kB of it end: quadratic work would take hours. The times are printed only."""
    spent = []
    signal.signal(signal.SIGVTALRM, lambda *_: pytest.fail("more than linear"))
    signal.setitimer(signal.ITIMER_VIRTUAL, 60)
    try:
        for size in (100_000, 400_000):
            body = f"{CLICK} {piece * (size // len(piece))}"
            start = time.process_time()
            assert restored(body).startswith(SHOWN)
            spent.append(time.process_time() - start)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    print(f"{piece!r}: {spent[0]:.3f} s for 100 kB, {spent[1]:.3f} s for 400 kB")


def test_forged_tokens_stay():
    """Only what we signed is ours: nobody gets a link turned into another."""
    forged = CLICK[:-4] + ("AAAA" if not CLICK.endswith("AAAA") else "BBBB")
    for url in (forged, *(wrap(forged) for wrap in PROTECTORS.values())):
        body = f'<a href="{escape(url)}">{escape(url)}</a><img src="{escape(url)}">'
        assert restored(body) == body


def test_keys_of_nobody():
    body = f'<a href="{CLICK}">x</a>'
    assert restore(body, token.Keyring()) == body


def test_tokens_know_when_they_were_sent():
    text = PIXEL.rpartition("/")[2].removesuffix(".gif")
    parsed, _state = token.parse(text, KEYRING)
    assert parsed.sent_at == SIGNER.sent_at


# --- Words behind an address -----------------------------------------------------------------

BEHIND = [
    "をご確認ください。", "（已收到，谢谢）", " bye", "\nbye", "\r\n\r\nbye", "&nbsp;leads",
    "&#160;leads", "&rdquo;", "”", "»", "&raquo;", "’s", "&hellip;", "…", "、次", "。",
    "）", ")", "]", "}", "), thanks", ",", ", bye", ".", ". Bye", ";", "!", "?", "|", "*",
    "**", "&gt;", "&gt; on", "&quot;", "'", "`", "<br>bye", "<br/>bye", "</p><p>bye",
    "<b>bye</b>", "\u200bbye", "&zwnj;bye", "&shy;bye", "\u3000", " – done", "—done", "_",
    "__", "-", "-- thanks", "~~", "&lt;x&gt;", "\tbye", "😀", "שלום", "مرحبا", "<!-- x -->",
    "&amp;",
]  # fmt: skip
GLUED = [
    "bye", "AAAA", "___.x", "/", "/x", "%20", ".gif", "?fbclid=1", "&amp;recipient=x",
    "#top", "=\nbye",
]  # fmt: skip


@pytest.mark.parametrize("behind", [*BEHIND, *GLUED])
def test_words_behind_an_address(behind):
    for before in ("", "詳細は", "(", "_", "“", "&gt; ", "<b>"):
        body = f"<p>{before}{CLICK}{behind}</p>"
        assert restored(body) == f"<p>{before}{SHOWN}{behind}</p>"
        body = f"<p>{before}{PIXEL}{behind}</p>"
        assert restored(body) == f"<p>{before}{behind}</p>"


@pytest.mark.parametrize("name", PROTECTORS)
def test_words_behind_a_protector(name):
    wrapped = escape(PROTECTORS[name](CLICK))
    for before, behind in product(("詳細は", "(", "&lt;"), BEHIND):
        assert restored(f"<p>{before}{wrapped}{behind}</p>") == f"<p>{before}{SHOWN}{behind}</p>"


def test_a_file_keeps_its_name():
    """Nobody can tell where it ends."""
    name = FILE.rpartition("/")[2]
    assert restored(f"<p>see {FILE}です</p>") == f"<p>see {name}です</p>"
    assert restored(f'<a href="{FILE}">x</a>') == '<a href="#">x</a>'


# --- Wrapped ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROTECTORS)
def test_a_protector_goes(name):
    wrapped = escape(PROTECTORS[name](CLICK))
    for quoted in (f'"{wrapped}"', f"'{wrapped}'"):
        assert restored(f"<a href={quoted}>x</a>") == f"<a href={quoted[0]}{SHOWN}{quoted[0]}>x</a>"
    assert restored(f"<a title=x href={wrapped}>x</a>") == f'<a title=x href="{SHOWN}">x</a>'
    assert restored(f'<a href=" {wrapped}\n">x</a>') == f'<a href="{SHOWN}">x</a>'


# Which of them survive what the one around them does to an address is known of these.
NESTED = [
    "Safe Links", "URL Defense 1", "URL Defense 2", "URL Defense 3", "Avanan 2", "Sophos",
    "Barracuda", "Cisco", "Trend Micro", "Google", "GMX", "Trustwave", "Symantec",
]  # fmt: skip


@pytest.mark.parametrize("outer", NESTED)
def test_protectors_around_each_other(outer):
    """And nothing else of ours is in the mail."""
    for inner in NESTED:
        url = escape(PROTECTORS[outer](PROTECTORS[inner](CLICK)))
        assert restored(f'<a href="{url}">x</a>') == f'<a href="{SHOWN}">x</a>'
        assert restored(f"<p>（{url}）</p>") == f"<p>（{SHOWN}）</p>"


@pytest.mark.parametrize("first", ["Safe Links", "URL Defense 2", "URL Defense 3", "Sophos"])
def test_three_protectors(first):
    for second, third in product(
        ["Safe Links", "URL Defense 3, a slash lost", "URL Defense 2", "Google", "Barracuda"],
        repeat=2,
    ):
        url = PROTECTORS[third](PROTECTORS[second](PROTECTORS[first](CLICK)))
        assert restored(f'<a href="{escape(url)}">x</a>') == f'<a href="{SHOWN}">x</a>'


@pytest.mark.parametrize("name", ["Mail.ru", "Mail.ru, with the scheme"])
def test_mail_rus_pictures_are_replaced_whole(name):
    for behind in ("", " x", "を", "<br>x"):
        assert (
            restored(f"<p>{escape(PROXIES[name](CLICK))}{behind}</p>") == f"<p>{SHOWN}{behind}</p>"
        )


@pytest.mark.parametrize("name", PROXIES)
def test_a_pixel_behind_a_proxy_goes(name):
    url = PROXIES[name](PIXEL)
    assert restored(f'<p>x</p><img src="{escape(url)}"/>') == "<p>x</p>"
    for outer in PROTECTORS, PROXIES:
        for wrap in outer.values():
            twice = escape(wrap(url))
            assert restored(f"<p>x</p><img alt='' src='{twice}'>y") == "<p>x</p>y", twice


@pytest.mark.parametrize(
    "kept",
    [
        "https://protect-eu.mimecast.com/s/GjdtCR6Dk3Sg7jYiORbvT?domain=mail.shop.test",
        "https://url.emailprotection.link/?b6t_II7rHqeURY3L4E7-KcEv",
        "https://eu-central-1.protection.sophos.com/?d=mail.shop.test&amp;q=4bPLHT591zz1xn7&amp;i=N",
        "https://shared.outlook.inky.com/link?domain=mail.shop.test&amp;t=h.eJxVjkuOwyAQRK8SsR4",
        "https://l.antigena.com/l/DX6b1wizs71Ijc-eLjrl_reEdyDi0rb~jWMlu~s",
        "https://protect.checkpoint.com/v2/r05/___myyux://rfnq.xmtu.yjxy/j/h/JlFGFlRJ___.YzJ1",
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fother.test%2F&amp;data=5",
    ],
)
def test_what_only_its_gateway_can_undo_stays(kept):
    body = f'<a href="{kept}">x</a>'
    assert restored(body) == body
    assert restored(f'{body}<a href="{CLICK}">y</a>') == f'{body}<a href="{SHOWN}">y</a>'


@pytest.mark.parametrize(
    "write", [percent, lower, lambda url: percent(percent(url)), str, hexadecimal]
)
@pytest.mark.parametrize(
    "outer",
    [
        "https://translate.customer.test/?u={}&amp;tl=ja",
        "https://www.social.test/share?app=1&amp;u={}",
        "mailto:ann@x.test?body=see%20{}%20please",
        "https://web.archive.test/web/2024/{}",
    ],
)
def test_another_site_keeps_its_link(outer, write):
    """What the customer linked to stays; what it is told of us does not."""
    body = f'<a href="{outer.format(escape(write(CLICK)))}">x</a>'
    target = percent(TARGET) if write is lower else write(TARGET)
    assert restored(body) == f'<a href="{outer.format(escape(target))}">x</a>'


@pytest.mark.parametrize("name", PROTECTORS)
def test_a_protector_around_another_sites_link(name):
    link = f"https://translate.customer.test/?u={percent(CLICK)}&tl=ja"
    there = escape(f"https://translate.customer.test/?u={percent(TARGET)}&tl=ja")
    url = PROTECTORS[name](link)
    if link in url or link.replace("%", "*") in url or "https:/translate" in url:
        # Written as it is: nobody can tell where it ends.
        there = escape(url.replace(percent(CLICK), percent(TARGET)))
        there = there.replace(percent(CLICK).replace("%", "*"), percent(TARGET))
    assert restored(f'<a href="{escape(url)}">x</a>') == f'<a href="{there}">x</a>'


def test_signs_of_another_sites_link_stay():
    outer = "https://t.test/?u=https%3a%2f%2fother.test%2F%3Fx%3D{}%26y%3D~!*()"
    body = f"<p>{outer.format(percent(percent(CLICK)))}! and -_.</p>"
    assert restored(body) == f"<p>{outer.format(percent(percent(TARGET)))}! and -_.</p>"


def every_sign(url):
    """As some gateways do: percent signs for all that is no letter or digit."""
    return re.sub("[^A-Za-z0-9]", lambda match: f"%{ord(match.group()):02x}", url)


@pytest.mark.parametrize("upper", [True, False])
def test_tokens_that_begin_with_signs(upper):
    """The halves of what they begin with both have a sign that some gateways escape."""
    tenant = bytes.fromhex("ebefbebe")
    signer = replace(SIGNER, tenant=tenant, number=0x0F)
    signer.name([CARLA])
    ring = token.Keyring(
        {
            (tenant, kind, 0x0F): (token.outer_key(MASTER, kind), token.KeyState.SIGNING)
            for kind in token.KINDS
        }
    )
    click = signer.click_url(CARLA, 1, TARGET)
    start = click.rpartition("/")[2][:8]
    assert all(set(half) & set("-_") for half in (start[:4], start[4:]))
    written = every_sign(click)
    if upper:
        written = re.sub("%..", lambda match: match.group().upper(), written)
    for url in (
        f"https://imsva91-ctp.trendmicro.com:443/wis/clicktime/v1/query?url={written}&umid=1",
        PROTECTORS["URL Defense 2"](click),
        PROTECTORS["Sophos"](click),
        PROTECTORS["Avanan 2"](click),
    ):
        assert restore(f'<a href="{escape(url)}">x</a>', ring) == f'<a href="{SHOWN}">x</a>'


# --- Broken over lines -----------------------------------------------------------------------


def test_plain_text_over_lines():
    """A client has broken the quoted address after 76 characters."""
    lines = [CLICK[at : at + 70] for at in range(0, len(CLICK), 70)]
    body = "<pre>&gt; " + "\n&gt; ".join(lines) + "\n&gt; bye</pre>"
    assert restored(body) == f"<pre>&gt; {SHOWN}\n&gt; bye</pre>"


def _broken(url, first, mark):
    return mark.join([url[:first], *(url[at : at + 60] for at in range(first, len(url), 60))])


MARKS = [
    "\n", "\r", " \n", "=\r\n", "\n&gt; ", "\n&gt;&gt; ", " \r\n&gt; &gt; ", "<br/>", "<br>\n",
    "=<br>", "<wbr>", "&shy;", "\u200b", "&#8203;", "</span><span>", "</div>\n<div>",
    "\n\t", "<br>&gt;&nbsp;",
]  # fmt: skip


@pytest.mark.parametrize("mark", MARKS)
def test_text_broken_anywhere(mark):
    """Also before the part that tells it is ours, and as format=flowed has it."""
    for first, behind in product(range(1, 61), ("\nbye", ")", "を")):
        body = f"<pre>{_broken(CLICK, first, mark)}{behind}</pre>"
        # Tags that are no mere break stay, empty.
        shown = re.sub(r"</?(span|div|wbr)>", "", restored(body))
        assert shown == f"<pre>{SHOWN}{behind}</pre>", body


@pytest.mark.parametrize("name", PROTECTORS)
@pytest.mark.parametrize("mark", ["\n", "=\r\n", "\n&gt; ", "<br/>"])
def test_a_protector_broken_anywhere(name, mark):
    """What the protector wrote behind our address may stay when it is broken; no word goes."""
    wrapped = PROTECTORS[name](CLICK)
    for first in (20, 41, 60):
        broken = mark.join(escape(part) for part in _broken(wrapped, first, "\0").split("\0"))
        result = restored(f"<p>詳細は{broken}<br>Regards, Ann</p>")
        assert result.startswith(f"<p>詳細は{SHOWN}")
        assert result.endswith("<br>Regards, Ann</p>")


@pytest.mark.parametrize("first", [3, 15, 40])
@pytest.mark.parametrize("mark", ["\n", "\r\n", "%0A", "%0D%0A", "\t"])
def test_attribute_over_lines(first, mark):
    """Browsers join what a gateway has broken within an attribute."""
    link, pixel = (_broken(url, first, mark) for url in (CLICK, PIXEL))
    body = f'<a href="{link}">offer</a><img src="{pixel}"/>'
    assert restored(body) == f'<a href="{SHOWN}">offer</a>'


# --- Where it stands -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<a href='{CLICK}'>x</a>", "<a href='{TARGET}'>x</a>"),
        ("<a href={CLICK}>x</a>", '<a href="{TARGET}">x</a>'),
        ("<A HREF = {CLICK} >x</A>", '<A HREF = "{TARGET}" >x</A>'),
        ('<a href="{CLICK}?fbclid=1">x</a>', '<a href="{TARGET}">x</a>'),
        ('<a href="{CLICK}%E3%82%92">{CLICK}を</a>', '<a href="{TARGET}">{TARGET}を</a>'),
        (
            '<a href="{CLICK}" title="to {CLICK}、">x</a>',
            '<a href="{TARGET}" title="to {TARGET}、">x</a>',
        ),
        ('<a href="{PIXEL}">x</a>', '<a href="#">x</a>'),
        ('<a href="{PAGE}">x</a>', '<a href="#">x</a>'),
        ('<td background="{PIXEL}">x</td>', '<td background="">x</td>'),
        (
            "<div style=\"a:url('{PIXEL}');b:url({CLICK})\">",
            "<div style=\"a:url('');b:url({TARGET})\">",
        ),
        ("<style>p {{background:url({PIXEL})}}</style>", "<style>p {{background:url()}}</style>"),
        (
            "<!--[if mso]><a href='{CLICK}'>x</a><![endif]-->",
            "<!--[if mso]><a href='{TARGET}'>x</a><![endif]-->",
        ),
        ("<textarea>{CLICK}を</textarea>", "<textarea>{TARGET}を</textarea>"),
        (
            "<picture><source srcset='{PIXEL} 2x'></picture>",
            "<picture><source srcset=' 2x'></picture>",
        ),
        ("&lt;{CLICK}&gt; € 5", "&lt;{TARGET}&gt; € 5"),
        ("&lt;{CLICK}> x", "&lt;{TARGET}> x"),
        ("[our offer]({CLICK}), [{PIXEL}]", "[our offer]({TARGET}), []"),
        (
            "x &nosuch; &ampamp &copy2 {CLICK}&nbspx &notit;",
            "x &nosuch; &ampamp &copy2 {TARGET}&nbspx &notit;",
        ),
        ("HTTPS://{CLICK8}", "{TARGET}"),
        ("a<b {CLICK}", "a<b {TARGET}"),
        ("<p {CLICK}", "<p {TARGET}"),
        ("<a href='{CLICK}", "<a href='{TARGET}"),
        ('<img src="{PIXEL}" alt="{CLICK}">', ""),
        ('<img src="{CLICK}" alt="x">', '<img src="{TARGET}" alt="x">'),
        ("<?xml version='1.0'?><p>{CLICK}</p>", "<?xml version='1.0'?><p>{TARGET}</p>"),
        ("\ufeff{CLICK}\x00{CLICK}", "\ufeff{TARGET}\x00{TARGET}"),
        ("{CLICK}{CLICK}", "{TARGET}{TARGET}"),
        ("{CLICK}{PIXEL}を{PAGE}", "{TARGET}を"),
    ],
)
def test_places(body, expected):
    values = {
        "CLICK": CLICK, "PIXEL": PIXEL, "PAGE": PAGE, "CLICK8": CLICK[8:],
    }  # fmt: skip
    assert restored(body.format(**values)) == expected.format(TARGET=SHOWN)
