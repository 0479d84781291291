"""The few pages that an edge shows by itself: plain, calm, without any script."""

from html import escape
from string import Template
from typing import NamedTuple
from urllib.parse import urlsplit

from .language import LANGUAGES, Language, choose
from .words import WORDS, Words

_PAGE = Template(
    """<!doctype html>
<html lang="$lang" dir="$dir"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">$head
<title>$title</title>
<style>
body { font: 1.1rem/1.6 system-ui, sans-serif; color: #374151; background: #f9fafb;
       margin: 0; display: grid; place-items: center; min-height: 100vh; }
main { max-width: 34rem; padding: 2rem; }
h1 { font-size: 1.5rem; color: #111827; overflow-wrap: anywhere; }
a { color: #714b67; word-break: break-all; }
</style></head>
<body><main><h1>$title</h1>$body</main></body></html>
"""
)
RETRY_SECONDS = 15
_RELOAD = f'<meta http-equiv="refresh" content="{RETRY_SECONDS}">'


class Pages(NamedTuple):
    """Of one language; each a whole page.

    :ivar leaving: a title and a paragraph, for ``leaving_to``
    """

    language: Language
    not_found: str
    retry: str
    too_often: str
    bad_request: str
    leaving: tuple[str, str]

    def leaving_to(self, target: str) -> str:
        """Instead of a redirect, where the key that signed it is known to others."""
        title, text = self.leaving
        host = escape(urlsplit(target).hostname or "")
        url = escape(target, quote=True)
        link = f'<p><a dir="ltr" rel="noreferrer noopener" href="{url}">{url}</a></p>'
        return _page(self.language, (title.format(host=host), text), link)


def pages_for(accepted: str) -> Pages:
    """:param accepted: the Accept-Language header, or nothing"""
    return _PAGES[choose(accepted=accepted)]


def _page(language: Language, words: tuple[str, str], more: str = "", head: str = "") -> str:
    title, text = words
    return _PAGE.substitute(
        lang=language.tag,
        dir=language.direction,
        head=head,
        title=title,
        body=f"<p>{text}</p>{more}",
    )


def _pages(language: Language, words: Words) -> Pages:
    return Pages(
        language,
        _page(language, words.not_found),
        _page(language, words.retry, head=_RELOAD),
        _page(language, words.too_often),
        _page(language, words.bad_request),
        words.leaving,
    )


_PAGES = {language: _pages(language, WORDS[code]) for code, language in LANGUAGES.items()}
