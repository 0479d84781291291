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

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


def sign(secret, *, relay, tenant, method, path, timestamp, body=b""):
    """The value of ``X-Engagement-Signature``.

    :param bytes secret: shared at pairing
    :param str relay: the relay's id
    :param str tenant: 8 hex digits
    :param str path: with query, as requested
    :param int timestamp: unix seconds
    :param bytes body: as sent, compressed if it is
    """
    parts = [VERSION, relay, tenant, method, path, str(timestamp)]
    head = _bytes("\n".join(parts)) + b"\n"
    return f"{VERSION}={hmac.new(secret, head + body, sha256).hexdigest()}"


def headers(secret, *, relay, tenant, method, path, body=b"", now=None):
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


def verify(secret, signature, *, relay, tenant, method, path, timestamp, body=b"", now=None):
    """:param str signature: what the request brought
    :param timestamp: text or number from the request
    :raises BadSignature: unless it is right, and within MAX_SKEW seconds of now
    """
    timestamp = str(timestamp)
    # Longer ones are no time of anybody, and too large for a float.
    if not (len(timestamp) <= _LONGEST_TIME and timestamp.isascii() and timestamp.isdigit()):
        raise BadSignature("timestamp")
    timestamp = int(timestamp)
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


def _bytes(text):
    """Half surrogate pairs too, which a request may bring: it is refused then like any other."""
    return text.encode(errors="surrogatepass")
