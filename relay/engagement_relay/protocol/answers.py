"""What an edge answers with, the same at the relay and at Odoo."""

from base64 import b64decode

# The smallest transparent GIF that every client takes: 43 bytes.
GIF = b64decode(b"R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")

NO_STORE = {
    "Cache-Control": "no-store, no-cache, must-revalidate, private, max-age=0",
    "Pragma": "no-cache",
    "Expires": "0",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}
# Web mail shows the pixel from another origin.
PIXEL_HEADERS = {
    **NO_STORE,
    "Content-Type": "image/gif",
    "Content-Length": str(len(GIF)),
    "Cross-Origin-Resource-Policy": "cross-origin",
}
# The target must not learn the token.
REDIRECT_HEADERS = {**NO_STORE, "Referrer-Policy": "no-referrer", "Content-Length": "0"}
FILE_HEADERS = {
    **NO_STORE,
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}
# Nobody shows a page of ours within theirs: a click on it would be led astray. The second header is
# for browsers that do not know frame-ancestors.
PAGE_HEADERS = {
    **NO_STORE,
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}
ROBOTS = "User-agent: *\nDisallow: /\n"
