"""What a relay and its Odoo sign their requests with."""

import hmac
import time
from hashlib import sha256

from . import wire

VERSION = "v1"
MAX_SKEW = 300  # seconds
_LONGEST_TIME = 12  # digits


class BadSignature(ValueError):
    """The request is not from whom it says, or is a replay. ``reason``: a word for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def sign(
    secret: bytes,
    *,
    relay: str,
    tenant: str,
    method: str,
    path: str,
    timestamp: int,
    body: bytes = b"",
) -> str:
    """The value of ``X-Engagement-Signature``.

    :param secret: shared at pairing
    :param relay: its id
    :param tenant: 8 hex digits
    :param path: with query, as requested
    :param timestamp: unix seconds
    :param body: as sent, compressed if it is
    """
    parts = [VERSION, relay, tenant, method, path, str(timestamp)]
    head = _bytes("\n".join(parts)) + b"\n"
    return f"{VERSION}={hmac.new(secret, head + body, sha256).hexdigest()}"


def headers(
    secret: bytes,
    *,
    relay: str,
    tenant: str,
    method: str,
    path: str,
    body: bytes = b"",
    now: float | None = None,
) -> dict[str, str]:
    """The four headers of a signed request."""
    timestamp = int(time.time() if now is None else now)
    return {
        wire.RELAY_HEADER: relay,
        wire.TENANT_HEADER: tenant,
        wire.TIMESTAMP_HEADER: str(timestamp),
        wire.SIGNATURE_HEADER: sign(
            secret,
            relay=relay,
            tenant=tenant,
            method=method,
            path=path,
            timestamp=timestamp,
            body=body,
        ),
    }


def verify(
    secret: bytes,
    signature: str | None,
    *,
    relay: str,
    tenant: str,
    method: str,
    path: str,
    timestamp: str | int | None,
    body: bytes = b"",
    now: float | None = None,
) -> None:
    """:param signature: what the request brought
    :param timestamp: text or number from the request
    :raises BadSignature: unless it is right, and within MAX_SKEW seconds of now
    """
    text = str(timestamp)
    # Longer ones are no time of anybody, and too large for a float.
    if not (len(text) <= _LONGEST_TIME and text.isascii() and text.isdigit()):
        raise BadSignature("timestamp")
    timestamp = int(text)
    if abs((time.time() if now is None else now) - timestamp) > MAX_SKEW:
        raise BadSignature("expired")
    expected = sign(
        secret,
        relay=relay,
        tenant=tenant,
        method=method,
        path=path,
        timestamp=timestamp,
        body=body,
    )
    if not hmac.compare_digest(expected.encode(), _bytes(signature or "")):
        raise BadSignature("signature")


def _bytes(text: str) -> bytes:
    """Half surrogate pairs too, which a request may bring: it is refused then like any other."""
    return text.encode(errors="surrogatepass")
