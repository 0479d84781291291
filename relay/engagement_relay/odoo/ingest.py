"""One batch to Odoo, and what it says."""

from __future__ import annotations

import json
from typing import Any

from ..protocol import wire
from ..storage import Pairing
from . import odoo_client

# zlib's fastest: four fifths of the gain of the best one, in a fifth of the time.
GZIP_LEVEL = 1
# Rows in a batch, far below what Odoo takes: the spool may add a group to it.
BATCH_ROWS = 5_000
# What a database counts; above it is nothing that Odoo would say.
_MOST = 2**63


class Refused(Exception):
    """Odoo did not take a batch.

    :ivar status: of HTTP, or what is wrong with an answer of 200
    :ivar retry_after: what it asked for
    """

    def __init__(self, status: int | str, retry_after: str | None = None, text: str = "") -> None:
        super().__init__(text or f"status {status}")
        self.status, self.retry_after = status, retry_after


async def post(
    client: odoo_client.OdooClient, pairing: Pairing, packed: bytes, depth: int
) -> dict[str, Any]:
    """
    :param packed: lines, with gzip
    :param depth: rows that wait, these included
    :return: Odoo's answer, looked at
    :raises Refused: it did not take them; or one of odoo_client.ERRORS
    """
    headers = {
        "Content-Type": "application/x-ndjson",
        "Content-Encoding": "gzip",
        wire.DEPTH_HEADER: str(depth),
    }
    async with client.request(
        pairing, "POST", wire.INGEST, body=packed, headers=headers
    ) as response:
        if not 200 <= response.status < 300:
            raise Refused(
                response.status,
                response.headers.get("Retry-After"),
                await odoo_client.who_is_too_old(response),
            )
        return _checked(await response.read())


def _checked(text: bytes) -> dict[str, Any]:
    """Odoo's answer; whatever else says 200, such as a hotel's login page, took nothing."""
    try:
        answer: dict[str, Any] = json.loads(text)
        for name in ("accepted", "duplicates", "state_version"):
            if not 0 <= int(answer[name]) < _MOST:
                raise ValueError(name)
        for item in answer["rejected"]:
            item["uid"], item["reason"]
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        raise Refused("without an answer") from None
    return answer
