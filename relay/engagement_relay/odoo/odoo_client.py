"""Signed requests to Odoo: fixed base, no redirects, no cookies."""

import asyncio
import os
import ssl

import aiohttp
from yarl import URL

from ..protocol import signature, wire

# What can go wrong on the way. Python 3.10's TimeoutError is not asyncio's.
ERRORS = (aiohttp.ClientError, OSError, asyncio.TimeoutError)
_CONNECT_SECONDS = 5


class OdooClient:
    """To be made within the loop that uses it.

    :param Config config:
    """

    def __init__(self, config):
        context = ssl.create_default_context(cafile=config.ca_file or None)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context, limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "engagement-relay", "Accept-Encoding": "identity"},
            timeout=aiohttp.ClientTimeout(config.odoo_timeout, sock_connect=_CONNECT_SECONDS),
        )

    def request(self, pairing, method, path, *, body=b"", headers=None, **options):
        """A context manager for the response.

        :param Pairing pairing: whom to ask, and what to sign with
        :param str path: with query, ASCII, already quoted
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

    def pair(self, odoo, values, database=""):
        """A context manager for the answer to a one-time code."""
        return self._session.post(
            URL(odoo + wire.PAIR, encoded=True),
            json=values,
            headers={wire.DATABASE_HEADER: database} if database else None,
            allow_redirects=False,
        )

    async def close(self):
        await self._session.close()


def streaming_timeout(seconds):
    """No limit for the whole, only for each wait."""
    return aiohttp.ClientTimeout(None, sock_connect=_CONNECT_SECONDS, sock_read=seconds)


def why(error):
    """What went wrong on the way, in words and without the address that was asked for.

    :param error: one of ERRORS
    """
    words = {
        aiohttp.ClientConnectorCertificateError: "its certificate is not trusted",
        aiohttp.ClientConnectorDNSError: "its name is not known",
        aiohttp.ClientSSLError: "it does not speak TLS as we do",
        aiohttp.ClientConnectorError: "nobody listens there",
        asyncio.TimeoutError: "it takes too long",
        aiohttp.ServerDisconnectedError: "it hung up",
    }
    return next((text for kind, text in words.items() if isinstance(error, kind)), _name(error))


def _name(error):
    return os.strerror(error.errno) if type(error) is OSError else type(error).__name__
