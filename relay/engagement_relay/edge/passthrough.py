"""Files and preferences: Odoo has them, the relay only carries them through.

What is asked of Odoo has a fixed base and path, of which only the verified token is the visitor's.
"""

import asyncio
import errno
import logging
import re
import tempfile
import time
from functools import partial

from ..odoo import odoo_client
from ..protocol import wire
from ..protocol.answers import FILE_HEADERS, PAGE_HEADERS
from ..storage import free_bytes
from . import pages
from .limits import Limit

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
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_FORM = "application/x-www-form-urlencoded"
_FROM_ODOO = ("Content-Type", "Content-Range", "Accept-Ranges", "Last-Modified")
# Bytes of the disk that files leave to the events: who reads slowly keeps his file there.
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
    :param Config config:
    :param Tenants tenants:
    :param OdooClient client:
    :param Counter counts: as the edge's
    """

    def __init__(self, config, tenants, client, counts):
        self._tenants, self._client, self._counts = tenants, client, counts
        self._places = asyncio.Semaphore(config.attachment_concurrency)
        self._limits = {
            "a": Limit(config.attachments_per_minute),
            "p": Limit(config.preferences_per_minute),
        }
        self._timeout = odoo_client.streaming_timeout(config.odoo_timeout)
        self._views = {}
        # Not the system's folder for temporary files, which may be memory.
        self._folder = config.data_dir

    async def answer(self, edge, token, text, scope, proto):
        kind = token.kind
        if not self._limits[kind].allows(edge.address.of(scope.client, scope.headers)):
            self._counts[kind, "limited"] += 1
            edge.too_often(proto)
        elif self._places.locked():
            self._retry(edge, kind, proto)
        else:
            try:
                # Who writes slowly keeps no place from others.
                form = await _form(scope, proto) if scope.method == "POST" else b""
            except _BadForm:
                edge.page(proto, 400, pages.NOT_FOUND)
                return
            carry = self._file if kind == "a" else partial(self._preferences, form)
            async with self._places:
                try:
                    await asyncio.wait_for(carry(edge, token, text, scope, proto), MAX_DOWNLOAD)
                except odoo_client.ERRORS as error:
                    self._failed(edge, kind, proto, odoo_client.why(error))
                except Exception as error:
                    # Its text might hold what the file is called.
                    self._failed(edge, kind, proto, type(error).__name__)

    async def _file(self, edge, token, text, scope, proto):
        """Whole from Odoo first, and then at the visitor's pace: a file that broke off would be
        worse than a page that says so, and the server keeps in memory what it was handed.
        """
        tenant = self._tenants.by_id[token.tenant]
        wanted = scope.headers.get("range", "")
        wanted = wanted if _RANGE.fullmatch(wanted) else ""
        async with self._client.request(
            tenant.pairing,
            scope.method,
            f"{wire.ATTACHMENT}/{text}",
            headers={"Range": wanted} if wanted else None,
            timeout=self._timeout,
        ) as response:
            if response.status not in (200, 206, 416):
                self._not_given(edge, "a", response, proto)
                return
            headers = [*FILE_HEADERS.items(), ("Content-Disposition", _disposition(response))]
            headers += [(n, response.headers[n]) for n in _FROM_ODOO if n in response.headers]
            limit = tenant.state.attachment_max_bytes or _MAX_BYTES
            try:
                content = None if scope.method == "HEAD" else await self._fetch(response, limit)
            except _TooLarge:
                _logger.warning("a file is larger than allowed", extra={"tenant": tenant.name})
                edge.page(proto, 404, pages.NOT_FOUND)
                return
        if response.status != 416 and self._is_view(text, scope, wanted):
            await edge.record(token, text, scope, scope.headers)
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

    async def _fetch(self, response, limit):
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

    def _is_view(self, text, scope, wanted):
        """Not what goes on with a file that is being read in pieces."""
        if wanted and not wanted.startswith("bytes=0-"):
            return False
        now = time.monotonic()
        key = (hash(text), scope.method, scope.client.rpartition(":")[0])
        last = self._views.get(key)
        if len(self._views) >= _MAX_VIEWS:
            self._views.clear()
        self._views[key] = now
        return last is None or not wanted or now - last > ONE_VIEW

    async def _preferences(self, form, edge, token, text, scope, proto):
        tenant = self._tenants.by_id[token.tenant]
        headers = {"Content-Type": _FORM} if form else {}
        if language := scope.headers.get("accept-language"):
            headers["Accept-Language"] = language[:200]
        async with self._client.request(
            tenant.pairing,
            scope.method,
            f"{wire.PREFERENCES}/{text}",
            body=form,
            headers=headers,
        ) as response:
            is_page = response.content_type == "text/html" and response.status in (200, 400)
            if not is_page or (response.content_length or 0) > MAX_PAGE:
                self._not_given(edge, "p", response, proto)
                return
            page = await response.content.read(MAX_PAGE)
            self._counts["p", "carried"] += 1
            headers = [*PAGE_HEADERS.items(), ("Content-Type", "text/html; charset=utf-8")]
            proto.response_bytes(response.status, headers, page)

    def _failed(self, edge, kind, proto, why):
        _logger.warning("Odoo did not answer", extra={"kind": kind, "why": why})
        self._retry(edge, kind, proto)

    def _not_given(self, edge, kind, response, proto):
        if response.status in (400, 403, 404, 410):
            self._counts[kind, "missing"] += 1
            edge.page(proto, 404, pages.NOT_FOUND)
        else:
            _logger.warning("Odoo gave no answer", extra={"kind": kind, "why": response.status})
            self._retry(edge, kind, proto)

    def _retry(self, edge, kind, proto):
        self._counts[kind, "later"] += 1
        edge.page(proto, 503, pages.RETRY, [("Retry-After", str(pages.RETRY_SECONDS))])


async def _form(scope, proto):
    """:raises _BadForm: it is none, is too large or does not come"""
    length = scope.headers.get("content-length", "")
    kind = scope.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not length.isdigit() or int(length) > wire.MAX_FORM or kind != _FORM:
        raise _BadForm
    try:
        return await asyncio.wait_for(proto(), _FORM_SECONDS)
    except Exception as error:
        # Late, or granian's own error for who left.
        raise _BadForm from error


def _write(file, chunk):
    if free_bytes(file.fileno()) < _SPARED:
        raise OSError(errno.ENOSPC, "no room for files")
    file.write(chunk)


def _length(response):
    return "Content-Length", response.headers.get("Content-Length", "0")


def _disposition(response):
    """A download, whatever Odoo says."""
    found = response.headers.get("Content-Disposition", "")
    return found if found.startswith("attachment") else "attachment"
