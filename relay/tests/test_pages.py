"""What recipients read at an edge, in every language of theirs."""

import pytest
from engagement_relay.pages.language import LANGUAGES, choose
from engagement_relay.pages.page import pages_for
from engagement_relay.pages.words import WORDS

TARGET = "https://shop.test/offer?a=1&b=2"


def said(words):
    return {text for page in words for text in page}


def test_every_language_has_words_of_its_own():
    assert [*WORDS] == [*LANGUAGES]
    everything = [text for words in WORDS.values() for text in said(words)]
    assert len(everything) == len({*everything}) == 10 * len(LANGUAGES)


@pytest.mark.parametrize("code", LANGUAGES)
def test_each_page_is_whole(code):
    language, words, pages = LANGUAGES[code], WORDS[code], pages_for(code)
    leaving = pages.leaving_to(TARGET)
    whole = [pages.not_found, pages.retry, pages.too_often, pages.bad_request, leaving]
    for page, (title, text) in zip(whole, words, strict=True):
        assert f'<html lang="{language.tag}" dir="{language.direction}">' in page
        assert page.count(title.replace("{host}", "shop.test")) == 2 and page.count(text) == 1
        assert "{" not in page.partition("</style>")[2] and "$" not in page
    assert leaving.count(TARGET.replace("&", "&amp;")) == 2


@pytest.mark.parametrize(
    ("codes", "accepted", "tag"),
    [
        ((), "", "en"),
        (("fr_BE",), "de", "fr"),
        ((None, False, "", "pt_PT"), "de", "pt-BR"),
        (("zh_TW",), "", "zh-CN"),
        (("sr@latin",), "ar-EG, en;q=0.5", "ar"),
        (("sv_SE", "PL"), "de", "pl"),
        (("deu", "d", "-", "de;x"), "xx, *", "en"),
        ((), "nl;q=0.3, tr;q=0.9, it;q=0.5", "tr"),
    ],
)
def test_whose_language_it_is(codes, accepted, tag):
    assert choose(*codes, accepted=accepted).tag == tag
