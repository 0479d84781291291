"""Signed requests to Odoo: fixed base, no redirects, no cookies."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from importlib import metadata
from typing import Any

import aiohttp
from yarl import URL

from ..config import Config
from ..protocol import signature, versions, wire
from ..storage import Pairing

# What can go wrong on the way. Python 3.10's TimeoutError is not asyncio's.
ERRORS = (aiohttp.ClientError, OSError, asyncio.TimeoutError)
_CONNECT_SECONDS = 5

Response = AbstractAsyncContextManager[aiohttp.ClientResponse]


class OdooClient:
    """To be made within the loop that uses it."""

    def __init__(self, config: Config) -> None:
        context = ssl.create_default_context(cafile=config.ca_file or None)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context, limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={
                "User-Agent": f"engagement-relay/{version()}",
                "Accept-Encoding": "identity",
                wire.PROTOCOL_HEADER: versions.said(),
            },
            timeout=aiohttp.ClientTimeout(config.odoo_timeout, sock_connect=_CONNECT_SECONDS),
        )

    def request(
        self,
        pairing: Pairing,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Response:
        """A context manager for the response.

        :param pairing: whom to ask, and what to sign with
        :param path: with query, ASCII, already quoted
        """
        signed = signature.headers(
            pairing.secret,
            relay=pairing.relay,
            tenant=pairing.tenant,
            method=method,
            path=path,
            body=body,
        )
        if pairing.database:
            signed[wire.DATABASE_HEADER] = pairing.database
        return self._session.request(
            method,
            URL(pairing.odoo + path, encoded=True),
            data=body or None,
            headers={**(headers or {}), **signed},
            allow_redirects=False,
            **options,
        )

    def pair(self, odoo: str, values: Mapping[str, Any], database: str = "") -> Response:
        """A context manager for the answer to a one-time code."""
        return self._session.post(
            URL(odoo + wire.PAIR, encoded=True),
            json=values,
            headers={wire.DATABASE_HEADER: database} if database else None,
            allow_redirects=False,
        )

    async def close(self) -> None:
        await self._session.close()


def version() -> str:
    """This relay's, 0 where it was not installed."""
    try:
        return metadata.version("engagement-relay")
    except metadata.PackageNotFoundError:
        return "0"


async def who_is_too_old(response: aiohttp.ClientResponse) -> str:
    """Who has to be upgraded, in words, where Odoo says that the two do not understand each other;
    else empty.
    """
    if response.status != wire.UPGRADE_REQUIRED:
        return ""
    try:
        oldest, newest = versions.read(json.loads(await response.read())["protocol"])
    except (KeyError, TypeError, ValueError, RecursionError):
        # A proxy's, say.
        return ""
    if versions.NEWEST < oldest:
        return (
            f"this relay speaks protocol {versions.NEWEST}, Odoo wants {oldest}: upgrade the relay"
        )
    return (
        f"Odoo speaks protocol {newest}, this relay wants {versions.OLDEST}: "
        "upgrade Email Engagement in Odoo"
    )


def streaming_timeout(seconds: float) -> aiohttp.ClientTimeout:
    """No limit for the whole, only for each wait."""
    return aiohttp.ClientTimeout(None, sock_connect=_CONNECT_SECONDS, sock_read=seconds)


def in_words(error: BaseException) -> str:
    """What went wrong on the way, in words and without the address that was asked for.

    :param error: one of ERRORS
    """
    words: dict[type[BaseException], str] = {
        aiohttp.ClientConnectorCertificateError: "its certificate is not trusted",
        aiohttp.ClientConnectorDNSError: "its name is not known",
        aiohttp.ClientSSLError: "it does not speak TLS as we do",
        aiohttp.ClientConnectorError: "nobody listens there",
        asyncio.TimeoutError: "it takes too long",
        aiohttp.ServerDisconnectedError: "it hung up",
    }
    return next((text for kind, text in words.items() if isinstance(error, kind)), _name(error))


def _name(error: BaseException) -> str:
    if type(error) is OSError and error.errno:
        return os.strerror(error.errno)
    return type(error).__name__
