"""What recipients read is there in each of their languages."""

import re

import polib
import pytest
from mail_engagement.relay.engagement_relay.pages.language import ENGLISH, LANGUAGES

from dev import i18n, paths

PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd]")
FOREIGN = [language for language in LANGUAGES.values() if language != ENGLISH]
# Written alike.
SAME = {"Questions"}


def test_there_are_such_texts():
    texts = i18n.recipients_texts()
    assert {"I refuse", "What is followed, and your choice"} <= texts and len(texts) > 40


@pytest.mark.parametrize("language", FOREIGN, ids=lambda language: language.code)
def test_each_is_translated(language):
    translated = {
        entry.msgid: entry.msgstr
        for entry in polib.pofile(str(i18n.FOLDER / f"{language.code}.po"))
        if "odoo-python" in entry.comment
    }
    for text in i18n.recipients_texts():
        found = translated.get(text)
        assert found and (found != text or text in SAME), text
        assert PLACEHOLDER.findall(found) == PLACEHOLDER.findall(text), text


def test_each_file_is_of_a_language_of_ours():
    spoken = {language.code for language in FOREIGN}
    assert {path.stem for path in i18n.FOLDER.glob("*.po")} <= spoken
    assert set(i18n.WHOLE) <= spoken


@pytest.mark.parametrize("addon", paths.glue())
def test_what_joins_others_speaks_the_back_offices(addon):
    folder = paths.glue()[addon] / "i18n"
    texts = {entry.msgid for entry in polib.pofile(str(folder / f"{addon}.pot"))}
    for code in i18n.WHOLE:
        translated = {
            entry.msgid: entry.msgstr for entry in polib.pofile(str(folder / f"{code}.po"))
        }
        assert translated.keys() == texts, code
        for text, found in translated.items():
            assert found and PLACEHOLDER.findall(found) == PLACEHOLDER.findall(text), (code, text)
