"""The few pages that a relay shows by itself: plain, calm, without any script."""

from html import escape
from string import Template
from urllib.parse import urlsplit

_PAGE = Template(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">$head
<title>$title</title>
<style>
body { font: 1.1rem/1.6 system-ui, sans-serif; color: #374151; background: #f9fafb;
       margin: 0; display: grid; place-items: center; min-height: 100vh; }
main { max-width: 34rem; padding: 2rem; }
h1 { font-size: 1.5rem; color: #111827; }
a { color: #714b67; word-break: break-all; }
</style></head>
<body><main><h1>$title</h1>$body</main></body></html>
"""
)
RETRY_SECONDS = 15


def _page(title, body, head=""):
    return _PAGE.substitute(title=title, body=body, head=head)


NOT_FOUND = _page(
    "This link leads nowhere",
    "<p>It may have been cut off on its way, or what it led to is no longer there."
    " Please ask the sender of the e-mail for it.</p>",
)
RETRY = _page(
    "One moment, please",
    "<p>What you asked for cannot be reached right now. This page tries again by itself;"
    " you can also come back later, the link stays valid.</p>",
    f'<meta http-equiv="refresh" content="{RETRY_SECONDS}">',
)
TOO_OFTEN = _page(
    "A little slower, please",
    "<p>Too many requests came from your network. Please try again in a minute.</p>",
)


def leaving(target):
    """Instead of a redirect, where the key that signed it is known to others."""
    host = escape(urlsplit(target).hostname or "")
    url = escape(target, quote=True)
    return _page(
        f"You are leaving to {host}",
        "<p>The e-mail that you came from links to the following address."
        " Go on only if you expected it.</p>"
        f'<p><a rel="noreferrer noopener" href="{url}">{url}</a></p>',
    )
