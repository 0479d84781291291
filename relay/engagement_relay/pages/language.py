"""The languages of what recipients read, and which of them somebody gets."""

import re
from typing import NamedTuple

# Of Accept-Language: a browser sends a few.
_MAX_ACCEPTED = 200
_REGION = re.compile("[-_@]")
# What of the recipient's own page's query or form says a language.
PARAMETER = "lang"


class Language(NamedTuple):
    """
    :ivar tag: BCP 47
    :ivar name: its own
    :ivar direction: HTML's ``dir``
    """

    tag: str
    name: str
    direction: str = "ltr"

    @property
    def code(self) -> str:
        """As Odoo and Babel write it: the name of the file in Odoo's ``i18n``."""
        return self.tag.replace("-", "_")


# By the tag without its region, which no more than one form of a language is here for.
LANGUAGES = {
    "de": Language("de", "Deutsch"),
    "en": Language("en", "English"),
    "es": Language("es", "Español"),
    "fr": Language("fr", "Français"),
    "it": Language("it", "Italiano"),
    "nl": Language("nl", "Nederlands"),
    "pl": Language("pl", "Polski"),
    "pt": Language("pt-BR", "Português"),
    "tr": Language("tr", "Türkçe"),
    "ar": Language("ar", "العربية", "rtl"),
    "ja": Language("ja", "日本語"),
    "zh": Language("zh-CN", "简体中文"),
}
ENGLISH = LANGUAGES["en"]


def choose(*codes: str | None, accepted: str = "") -> Language:
    """The first of the codes that is one of ours, else what the browser asks for, else English.

    >>> choose(None, "sv_SE", "fr_BE").tag
    'fr'

    :param codes: of languages, as Odoo (``pt_BR``) or as the web (``pt-BR``) writes them
    :param accepted: the Accept-Language header (RFC 9110 §12.5.4), or nothing
    """
    for code in codes:
        if found := known(code):
            return found
    wanted = []
    for number, part in enumerate(accepted[:_MAX_ACCEPTED].split(",")):
        tag, _semicolon, quality = part.partition(";")
        if found := known(tag.strip()):
            wanted.append((-_quality(quality), number, found))
    return min(wanted)[2] if wanted else ENGLISH


def known(code: str | None) -> Language | None:
    """:param code: as those of ``choose``"""
    return LANGUAGES.get(_REGION.split(code or "", maxsplit=1)[0].lower())


def _quality(text: str) -> float:
    name, _equals, value = text.partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
