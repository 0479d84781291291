"""Files and preferences: Odoo has them, the relay only carries them through.

What is asked of Odoo has a fixed base and path, of which only the verified token is the visitor's.
"""

import asyncio
import errno
import logging
import re
import tempfile
import time
from collections import Counter
from functools import partial
from io import BufferedRandom
from urllib.parse import parse_qs

import aiohttp

from ..config import Config
from ..odoo import odoo_client
from ..pages import language
from ..protocol import wire
from ..protocol.answers import FILE_HEADERS, PAGE_HEADERS
from ..protocol.token import Mark
from ..storage import free_bytes
from ..tenants import Tenants
from . import reply
from .client_address import ClientAddress
from .limits import Limit
from .recorder import Recorder
from .reply import Answering, Asked

_logger = logging.getLogger(__name__)
CHUNK = 256 * 1024
# Larger files wait on the disk.
IN_MEMORY = 256 * 1024
_FORM_SECONDS = 10
MAX_PAGE = 512 * 1024
# The longest that one download may take, seconds.
MAX_DOWNLOAD = 900
# One client that reads a file in pieces, or starts it again, has opened it once, seconds.
ONE_VIEW = 60.0
_MAX_VIEWS = 10_000
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")
_LENGTH = re.compile(r"[0-9]{1,10}")
_MAX_QUERY = 200
_FORM = "application/x-www-form-urlencoded"
_FROM_ODOO = ("Content-Type", "Content-Range", "Accept-Ranges", "Last-Modified")
# Bytes of the disk that files leave to the events: who reads slowly keeps the file there.
_SPARED = 2**28
# Where Odoo names no limit.
_MAX_BYTES = 2**30
_OPENING_SECONDS = 30.0


class _TooLarge(Exception):
    pass


class _BadForm(Exception):
    pass


class Passthrough:
    """
    :param counts: as the edge's
    """

    def __init__(
        self,
        config: Config,
        tenants: Tenants,
        client: odoo_client.OdooClient,
        counts: Counter[tuple[str, str]],
        address: ClientAddress,
        recorder: Recorder,
    ) -> None:
        self._tenants, self._client, self._counts = tenants, client, counts
        self._address, self._recorder = address, recorder
        self._places = asyncio.Semaphore(config.attachment_concurrency)
        self.limits = {
            "a": Limit(config.attachments_per_minute),
            "p": Limit(config.preferences_per_minute),
        }
        self._timeout = odoo_client.streaming_timeout(config.odoo_timeout)
        self._views: dict[tuple[int, str, str], float] = {}
        # Not the system's folder for temporary files, which may be memory.
        self._folder = config.data_dir

    async def answer(self, token: Mark, text: str, asked: Asked, proto: Answering) -> None:
        """:param text: the token's own, without what stood behind it"""
        kind = token.kind
        if not self.limits[kind].allows(self._address.of(asked.client, asked.headers)):
            self._counts[kind, "limited"] += 1
            reply.too_often(asked, proto)
        elif self._places.locked():
            self._retry(kind, asked, proto)
        else:
            try:
                # Who writes slowly keeps no place from others.
                form = await _form(asked, proto) if asked.method == "POST" else b""
            except _BadForm:
                reply.bad_request(asked, proto)
                return
            carry = self._file if kind == "a" else partial(self._preferences, form)
            async with self._places:
                try:
                    await asyncio.wait_for(carry(token, text, asked, proto), MAX_DOWNLOAD)
                except odoo_client.ERRORS as error:
                    self._failed(kind, asked, proto, odoo_client.in_words(error))
                except Exception as error:
                    # Its text might hold what the file is called.
                    self._failed(kind, asked, proto, type(error).__name__)

    async def _file(self, token: Mark, text: str, asked: Asked, proto: Answering) -> None:
        """Whole from Odoo first, and then at the visitor's pace: a file that broke off would be
        worse than a page that says so, and the server keeps in memory what it was handed.
        """
        tenant = self._tenants.by_id[token.tenant]
        wanted = asked.headers.get("range", "")
        wanted = wanted if _RANGE.fullmatch(wanted) else ""
        async with self._client.request(
            tenant.pairing,
            asked.method,
            f"{wire.ATTACHMENT}/{text}",
            headers={"Range": wanted} if wanted else None,
            timeout=self._timeout,
        ) as response:
            if response.status not in (200, 206, 416):
                self._not_given("a", response, asked, proto)
                return
            headers = [*FILE_HEADERS.items(), ("Content-Disposition", _disposition(response))]
            headers += [(n, response.headers[n]) for n in _FROM_ODOO if n in response.headers]
            limit = tenant.state.attachment_max_bytes or _MAX_BYTES
            try:
                content = None if asked.method == "HEAD" else await self._fetch(response, limit)
            except _TooLarge:
                _logger.warning("a file is larger than allowed", extra={"tenant": tenant.name})
                reply.not_found(asked, proto)
                return
        if response.status != 416 and self._is_view(text, asked, wanted):
            await self._recorder.record(token, text, asked, asked.headers)
        if content is None:
            proto.response_empty(response.status, [*headers, _length(response)])
        elif isinstance(content, bytes):
            headers.append(("Content-Length", str(len(content))))
            proto.response_bytes(response.status, headers, content)
        else:
            headers.append(("Content-Length", str(content.tell())))
            # The server opens it by name, a moment after this returns; it has none any more.
            proto.response_file(response.status, headers, f"/proc/self/fd/{content.fileno()}")
            asyncio.get_running_loop().call_later(_OPENING_SECONDS, content.close)

    async def _fetch(self, response: aiohttp.ClientResponse, limit: int) -> bytes | BufferedRandom:
        """:return: bytes, or a file without a name where it is large
        :raises _TooLarge:
        """
        if (response.content_length or 0) > limit:
            raise _TooLarge
        if response.content_length is not None and response.content_length <= IN_MEMORY:
            return await response.read()
        file = tempfile.TemporaryFile(dir=self._folder)
        try:
            async for chunk in response.content.iter_chunked(CHUNK):
                await asyncio.to_thread(_write, file, chunk)
                if file.tell() > limit:
                    raise _TooLarge
            await asyncio.to_thread(file.flush)
        except BaseException:
            file.close()
            raise
        return file

    def _is_view(self, text: str, asked: Asked, wanted: str) -> bool:
        """Not what goes on with a file that is being read in pieces."""
        if wanted and not wanted.startswith("bytes=0-"):
            return False
        now = time.monotonic()
        key = (hash(text), asked.method, asked.client.rpartition(":")[0])
        last = self._views.get(key)
        if len(self._views) >= _MAX_VIEWS:
            self._views.clear()
        self._views[key] = now
        return last is None or not wanted or now - last > ONE_VIEW

    async def _preferences(
        self, form: bytes, token: Mark, text: str, asked: Asked, proto: Answering
    ) -> None:
        tenant = self._tenants.by_id[token.tenant]
        headers = {"Content-Type": _FORM} if form else {}
        if accepted := asked.headers.get("accept-language"):
            headers["Accept-Language"] = accepted[:200]
        async with self._client.request(
            tenant.pairing,
            asked.method,
            f"{wire.PREFERENCES}/{text}{_chosen(asked.query_string)}",
            body=form,
            headers=headers,
        ) as response:
            is_page = response.content_type == "text/html" and response.status in (200, 400)
            if not is_page or (response.content_length or 0) > MAX_PAGE:
                self._not_given("p", response, asked, proto)
                return
            page = await response.content.read(MAX_PAGE)
            self._counts["p", "carried"] += 1
            answer = [*PAGE_HEADERS.items(), ("Content-Type", "text/html; charset=utf-8")]
            proto.response_bytes(response.status, answer, page)

    def _failed(self, kind: str, asked: Asked, proto: Answering, why: str) -> None:
        _logger.warning("Odoo did not answer", extra={"kind": kind, "why": why})
        self._retry(kind, asked, proto)

    def _not_given(
        self, kind: str, response: aiohttp.ClientResponse, asked: Asked, proto: Answering
    ) -> None:
        if response.status in (400, 403, 404, 410):
            self._counts[kind, "missing"] += 1
            reply.not_found(asked, proto)
        else:
            _logger.warning("Odoo gave no answer", extra={"kind": kind, "why": response.status})
            self._retry(kind, asked, proto)

    def _retry(self, kind: str, asked: Asked, proto: Answering) -> None:
        self._counts[kind, "later"] += 1
        reply.later(asked, proto)


async def _form(asked: Asked, proto: Answering) -> bytes:
    """:raises _BadForm: it is none, is too large or does not come"""
    length = asked.headers.get("content-length", "")
    kind = asked.headers.get("content-type", "").partition(";")[0].strip().lower()
    # As digits and no longer than it may be: "²" is a digit too, for Python.
    if not _LENGTH.fullmatch(length) or int(length) > wire.MAX_FORM or kind != _FORM:
        raise _BadForm
    try:
        return await asyncio.wait_for(proto(), _FORM_SECONDS)
    except Exception as error:
        # Late, or granian's own error for who left.
        raise _BadForm from error


def _chosen(query: str) -> str:
    """Of the visitor's query the language, where it is one of ours."""
    wanted = parse_qs(query[:_MAX_QUERY]).get(language.PARAMETER, [""])
    found = language.known(wanted[0])
    return f"?{language.PARAMETER}={found.tag}" if found else ""


def _write(file: BufferedRandom, chunk: bytes) -> None:
    if free_bytes(file.fileno()) < _SPARED:
        raise OSError(errno.ENOSPC, "no room for files")
    file.write(chunk)


def _length(response: aiohttp.ClientResponse) -> tuple[str, str]:
    return "Content-Length", response.headers.get("Content-Length", "0")


def _disposition(response: aiohttp.ClientResponse) -> str:
    """A download, whatever Odoo says."""
    found = response.headers.get("Content-Disposition", "")
    return found if found.startswith("attachment") else "attachment"
