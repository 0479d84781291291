"""The few pages that a relay shows by itself: plain, calm, without any script.

In the languages that the addon speaks; the reader's browser says which.
"""

from html import escape
from string import Template
from typing import NamedTuple
from urllib.parse import urlsplit

_PAGE = Template(
    """<!doctype html>
<html lang="$lang"><head><meta charset="utf-8">
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
# Of Accept-Language: a browser sends a few.
_MAX_LANGUAGES = 200


class Pages(NamedTuple):
    """Of one language; each a whole page.

    :ivar leaving: a title and a paragraph, for ``leaving_to``
    """

    lang: str
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
        link = f'<p><a rel="noreferrer noopener" href="{url}">{url}</a></p>'
        return _page(self.lang, title.format(host=host), f"<p>{text}</p>{link}")


def pages_for(languages: str) -> Pages:
    """:param languages: the Accept-Language header (RFC 9110 §12.5.4), or nothing"""
    if not languages:
        return _ENGLISH
    wanted = []
    for number, part in enumerate(languages[:_MAX_LANGUAGES].split(",")):
        tag, _semicolon, quality = part.partition(";")
        pages = _PAGES.get(tag.strip().lower().partition("-")[0])
        if pages is not None:
            wanted.append((-_quality(quality), number, pages))
    return min(wanted)[2] if wanted else _ENGLISH


def _quality(text: str) -> float:
    name, _equals, value = text.partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def _page(lang: str, title: str, body: str, head: str = "") -> str:
    return _PAGE.substitute(lang=lang, title=title, body=body, head=head)


def _pages(
    lang: str,
    not_found: tuple[str, str],
    retry: tuple[str, str],
    too_often: tuple[str, str],
    bad_request: tuple[str, str],
    leaving: tuple[str, str],
) -> Pages:
    def page(text: tuple[str, str], head: str = "") -> str:
        return _page(lang, text[0], f"<p>{text[1]}</p>", head)

    return Pages(
        lang,
        page(not_found),
        page(retry, _RELOAD),
        page(too_often),
        page(bad_request),
        leaving,
    )


_ENGLISH = _pages(
    "en",
    (
        "This link leads nowhere",
        "It may have been cut off or changed on its way, or what it led to is no longer there."
        " Please ask the sender of the e-mail for it.",
    ),
    (
        "One moment, please",
        "What you asked for cannot be reached right now. This page tries again by itself;"
        " you can also come back later, the link stays valid.",
    ),
    (
        "A little slower, please",
        "Too many requests came from your network. Please try again in a minute.",
    ),
    (
        "This request cannot be read",
        "Your program asked in a way that has no meaning. Please open the link from the e-mail"
        " again.",
    ),
    (
        "You are leaving to {host}",
        "The e-mail that you came from links to the following address."
        " Go on only if you expected it.",
    ),
)
_PAGES = {
    "en": _ENGLISH,
    "fr": _pages(
        "fr",
        (
            "Ce lien ne mène nulle part",
            "Il a pu être coupé ou modifié en route, ou ce vers quoi il menait n'existe plus."
            " Demandez-le à l'expéditeur de l'e-mail.",
        ),
        (
            "Un instant, s'il vous plaît",
            "Ce que vous demandez n'est pas joignable pour le moment. Cette page réessaie"
            " d'elle-même ; vous pouvez aussi revenir plus tard, le lien reste valable.",
        ),
        (
            "Un peu moins vite, s'il vous plaît",
            "Trop de demandes sont venues de votre réseau. Réessayez dans une minute.",
        ),
        (
            "Cette demande est illisible",
            "Votre programme a fait une demande qui n'a pas de sens. Ouvrez de nouveau le lien"
            " de l'e-mail.",
        ),
        (
            "Vous partez vers {host}",
            "L'e-mail d'où vous venez renvoie à l'adresse suivante. Ne continuez que si vous vous"
            " y attendiez.",
        ),
    ),
    "ja": _pages(
        "ja",
        (
            "このリンクは使えません",
            "途中で切れたか書き換えられたか、またはリンク先が既に存在しない可能性があります。"
            "メールの送信者にお問い合わせください。",
        ),
        (
            "少々お待ちください",
            "現在つながりにくくなっています。このページは自動的に再試行します。"
            "後でもう一度開くこともできます。リンクは有効なままです。",
        ),
        (
            "少し間を空けてください",
            "お使いのネットワークからのアクセスが多すぎます。1分後にもう一度お試しください。",
        ),
        (
            "リクエストを読み取れません",
            "お使いのプログラムのリクエストに誤りがあります。"
            "メールのリンクをもう一度開いてください。",
        ),
        (
            "{host} へ移動します",
            "メールのリンク先は次のアドレスです。心当たりがある場合のみお進みください。",
        ),
    ),
}
