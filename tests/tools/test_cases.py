"""Cases of public reports, each by its id: ``pytest -k A17``.

What came stands in ``tests/cases``, one file for each id, with placeholders for addresses of ours;
what has to become of it stands here. The cases for which an edge or Odoo is needed have their tests
under the same ids in ``relay/tests/test_cases.py`` and ``tests/events/test_cases.py``.
"""

import json
import re
from datetime import datetime, timezone
from email import message_from_string, policy
from pathlib import Path

import pytest
from mail_engagement.tools.auto_reply import is_auto_reply
from mail_engagement.tools.body.html_scan import scan
from mail_engagement.tools.body.restore import restore
from mail_engagement.tools.body.rewrite import rewrite
from mail_engagement.tools.send_time import Reader, recommend
from test_judge import CHROME, GMAIL, ask, of
from test_rewrite import ALIGNED, FOREIGN, PIXEL_URL, followed
from wrapped import (
    CLICK,
    KEYRING,
    PIXEL,
    SHOWN,
    TARGET,
    bare_base64,
    base64,
    dashes,
    hexadecimal,
    lower,
    percent,
)

CASES = Path(__file__).parents[1] / "cases"
PLACEHOLDERS = {
    "{CLICK}": CLICK,
    "{PIXEL}": PIXEL,
    "{CLICK%}": percent(CLICK),
    "{CLICK%%}": percent(percent(CLICK)),
    "{CLICK%lower}": lower(CLICK),
    "{CLICKv2}": dashes(CLICK),
    "{CLICK64}": base64(CLICK),
    "{PIXEL64}": bare_base64(PIXEL),
    "{PIXELhex}": hexadecimal(PIXEL),
    "{TARGET}": SHOWN,
    "{TARGET%}": percent(TARGET),
    "{token}": CLICK.rpartition("/")[2],
    "odoo.shop.example": "mail.shop.test",
}


def filled(text):
    for name, value in PLACEHOLDERS.items():
        text = text.replace(name, value)
    return re.sub(r"\{(\d+) x\}", lambda match: "x" * int(match[1]), text)


def came(case):
    [path] = CASES.glob(f"{case}.*")
    return filled(path.read_text(encoding="utf-8").removesuffix("\n"))


def test_every_case_has_its_test():
    root = CASES.parents[1]
    suites = ("tests/tools", "tests/events", "relay/tests")
    tests = "".join((root / where / "test_cases.py").read_text().lower() for where in suites)
    ids = {path.stem.lower() for path in CASES.iterdir()}
    assert {name for name in ids if f'"{name}"' in tests or f"_{name}(" in tests} == ids


# --- A: what leaves ----------------------------------------------------------------------------

# Where the followed links of each body lead; None for one that no address of ours can hold.
LEAD_TO = {
    "A01": ["https://shop.example/?a=1&b=2"],
    "A03": ["https://shop.example/?a=1&amp;b=2"],
    "A04": ["https://shop.example/?a=1&copy=3&reg=4&lt=5"],
    "A05": ["https://shop.example/#/place?x=1", "https://shop.example/p?x=1#sec-2"],
    "A06": [],
    "A08": [
        "https://shop.example/a%20b+c/d%2Fe?q=a+b%20c%2Bd&u=https%3A%2F%2Fx.example%2F%3Fa%3D1"
        "&v=%253D%2526"
    ],
    "A09": ["https://www.social.example/share?app=1&href=http://shop.example/"],
    "A11": [],
    "A12": ["http://www.xn--maier-sanitr-heizung-lzb.example/"],
    "A13": [
        "https://xn--strae-oqa.example/weg",
        "https://xn----ylba7abgd9bnh0e.example/",
        "https://xn--mgba3gch31f060k.example/",
    ],
    "A14": [
        "https://shop.example/telef%C3%B3nica/%E8%A3%BD%E5%93%81?%E8%89%B2=%E8%B5%A4"
        "#%E8%A6%8B%E5%87%BA%E3%81%97"
    ],
    "A16": [],
    "A20": ["https://shop.example/b"],
    "A24": ["https://shop.example/x?a=1&b=2", "https://shop.example/y"],
    "A25": [None, f"https://shop.example/?q={'x' * 1370}"],
}


@pytest.mark.parametrize("case", LEAD_TO)
def test_leads_where_it_led(case):
    body = came(case)
    sent, targets = followed(body, ALIGNED)
    assert targets == LEAD_TO[case]
    assert all(len(link.url) < 2000 for link in scan(sent).links)
    # In front of the first link, Outlook's conditional comments too, every sign stays.
    start = body.lower().index("<a ")
    assert sent[:start] == body[:start]
    if not any(targets):
        assert sent == body


@pytest.mark.parametrize("case", ["A17"])
def test_left_alone_at_a_foreign_edge(case):
    body = came(case)
    assert followed(body, FOREIGN) == (body, [])
    assert len(followed(body, ALIGNED)[1]) == 1


# What the pixel has to stand before; a number of characters from the start where it is early.
PIXEL_BEFORE = {"A21": "<!-- open", "A22": 1000}


@pytest.mark.parametrize("case", PIXEL_BEFORE)
def test_pixel_is_loaded(case):
    body = came(case)
    sent = rewrite(body, None, PIXEL_URL)
    assert sent.count(PIXEL_URL) == 1
    at, before = sent.index("<img"), PIXEL_BEFORE[case]
    assert (
        at < before
        if isinstance(before, int)
        else sent.endswith(before) and at < sent.rindex(before)
    )


# --- C: what comes back ------------------------------------------------------------------------

RESTORED = {
    "C01": '<a href="{TARGET}" originalsrc="{TARGET}" shash="x">o</a>',
    "C02": '<a href="{TARGET}">1</a><a href="{TARGET}">2</a><a href="{TARGET}">3</a>',
    "C03": '<a href="{TARGET}">o</a>',
    "C04": '<a href="{TARGET}">1</a><a href="{TARGET}">2</a>',
    "C06": "".join(f'<a href="{{TARGET}}">{number}</a>' for number in range(1, 6)),
    "C07": "<p>x</p>",
    "C08": "<p>詳細は{TARGET}をご確認ください。よろしくお願いします。</p>"
    "<p>Your link {TARGET}&nbsp;leads nowhere, see “{TARGET}”&nbsp;above</p>",
    "C09": "<pre>[our offer]({TARGET}), thanks. [] Hello. {TARGET}, bye</pre>",
    "C11": "<pre>_{TARGET}_ and {TARGET}-- thanks</pre>",
    "C13": '<a href="https://translate.example/?u={TARGET%}&amp;tl=ja">translated</a>',
    "C14": '<div style="background:url()">Hello</div>',
    "C18": '<a href="{TARGET}">o</a>',
}


@pytest.mark.parametrize("case", RESTORED)
def test_quoted_addresses_are_undone(case):
    assert restore(came(case), KEYRING) == filled(RESTORED[case])


# --- D: whose word it is -----------------------------------------------------------------------

# Of each of the mails in the file.
AUTOMATIC = {
    "D01": [True] * 3,
    "D02": [True],
    "D04": [True] * 6,
    "D05": [False] * 2,
    "D06": [False],
    "D08": [True],
}
# Also of Exchange and Outlook in other languages.
SUBJECTS = (
    "Automatic reply: Offer", "Out of Office: Offer", "Automatische Antwort: Angebot",
    "Abwesenheitsnotiz: Angebot", "Réponse automatique : Offre", "Respuesta automática: Oferta",
    "Risposta automatica: Offerta", "Automatisch antwoord: Offerte", "自動応答: 見積",
    "自动答复: 报价", "自动回复: 报价", "[External] Automatic reply: Offer",
)  # fmt: skip


def _headers(text):
    return message_from_string(text + "\n", policy=policy.SMTP)


@pytest.mark.parametrize("case", AUTOMATIC)
def test_whose_word_it_is(case):
    mails = [text.strip() for text in came(case).split("\n--\n")]
    assert [is_auto_reply(_headers(mail)) for mail in mails] == AUTOMATIC[case]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_subjects_of_D02(subject):  # noqa: N802
    assert is_auto_reply(_headers(f"Subject: {subject}"), "Offer")


# --- H: when and by whom -----------------------------------------------------------------------


@pytest.mark.usefixtures("bare_system")
def test_zone_that_the_system_does_not_know_H01():  # noqa: N802
    name = json.loads(came("H01"))["zone"]
    now = datetime(2026, 11, 24, 14, tzinfo=timezone.utc)
    # Nine in the morning, there.
    assert recommend([Reader((name,))], now).is_now


def test_agents_H02():  # noqa: N802
    agents = json.loads(came("H02"))
    *machines, image_proxy, mail_program = agents
    assert "human" not in {verdict for agent in machines for verdict in of(ask(3600, agent=agent))}
    for agent in (image_proxy, mail_program, CHROME, GMAIL):
        assert of(ask(3600, agent=agent)) == ["human"]
