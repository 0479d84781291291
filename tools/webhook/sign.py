"""Signed as Standard Webhooks says (https://www.standardwebhooks.com): several secrets may sign."""

import secrets
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime, timezone

from standardwebhooks.webhooks import Webhook

PREFIX = "whsec_"
# The standard: between 24 and 64 bytes.
SECRET_BYTES = 32


def new_secret() -> str:
    """A secret as receivers' libraries take it: its prefix, then base64."""
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(held: Iterable[str], id_: str, now: float, body: str) -> dict[str, str]:
    """The three headers of a delivery.

    :param held: the secrets that sign, the newest first
    :param id_: the same over all attempts
    :param now: unix seconds of this attempt
    :param body: as it is sent
    """
    at = datetime.fromtimestamp(int(now), timezone.utc)
    signatures = [Webhook(secret).sign(id_, at, body) for secret in held]
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(int(now)),
        "webhook-signature": " ".join(signatures),
    }
