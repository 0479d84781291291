"""What Odoo has taken, kept for some days, for an Odoo whose database has to be restored.

A file for each tenant and day of delivery, lines of NDJSON, a gzip member for each batch. Nobody's
events stay who refused to be followed, or was erased: who that is is written down as soon as Odoo
tells it, since a restored Odoo knows no more of it, and the files are written anew without them.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import re
import time
import zlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

from .. import storage
from ..state import State

_logger = logging.getLogger(__name__)
_NAME = re.compile(r"(\d{4}-\d\d-\d\d)\.ndjson\.gz")
_CHUNK = 2**20
_DAY = 86_400


class Refusal(NamedTuple):
    """:ivar at: unix seconds when it was heard of
    :ivar kinds: types of events; None: all of them
    """

    at: float
    kinds: list[str] | None = None


class Archive:
    """Of one tenant. Its methods block; whoever writes has the tenant's ``send.lock``.

    :param days: that a file is kept after its own
    """

    def __init__(self, data_dir: Path, tenant: str, days: int) -> None:
        self._folder = data_dir / "archive" / tenant
        self._days = days
        # Files whose end is known to be whole.
        self._whole: set[Path] = set()

    @property
    def is_kept(self) -> bool:
        """Whether there is anything of it."""
        return self._folder.exists()

    def add(self, packed: bytes) -> None:
        """Keep a batch; it is on the disk afterwards.

        :param packed: lines, with gzip
        :raises OSError: it is not kept
        """
        storage.private_folder(self._folder.parent)
        storage.private_folder(self._folder)
        path = self._folder / f"{_today()}.ndjson.gz"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            if path not in self._whole:
                # A power cut may have left half a batch, which would hide what comes after it.
                file.truncate(_whole_bytes(path))
                self._whole.add(path)
            end = file.seek(0, os.SEEK_END)
            try:
                file.write(packed)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                os.truncate(path, end)
                raise

    def files(self, since: date | None = None) -> list[Path]:
        """Oldest first."""
        found = [(match[1], path) for path, match in self._named()]
        return [path for day, path in sorted(found) if not since or day >= since.isoformat()]

    def lines(self, since: date | None = None) -> Iterator[bytes]:
        """Those that nobody refused, delivered on that day (UTC) and later."""
        refused = self.refusals()
        for path in self.files(since):
            for line in _lines_of(path):
                if not _is_refused(line, refused):
                    yield line

    def refusals(self) -> dict[str, Refusal]:
        """By a mail's uid."""
        try:
            found = storage.read_json(self._refusals_path)
        except FileNotFoundError:
            return {}
        return {uid: Refusal(*values) for uid, values in found.items()}

    def note(self, state: State) -> bool:
        """Write down who refused, as Odoo says now.

        :return: whether there is anybody new
        """
        before, now = self.refusals(), time.time()
        told = {uid: None for uid in state.suppressed} | dict(state.suppressed_kinds)
        new = {
            uid: Refusal(now, kinds)
            for uid, kinds in told.items()
            if uid not in before or before[uid].kinds not in (None, kinds)
        }
        if new:
            storage.write_json(self._refusals_path, {**before, **new})
        return bool(new)

    def tidy(self) -> None:
        """Delete what is too old, and what is of people who refused."""
        oldest = _today() - timedelta(self._days)
        for path in self.files():
            if _NAME.fullmatch(path.name)[1] < oldest.isoformat():  # type: ignore[index]
                path.unlink()
        refused = self.refusals()
        for path in self.files():
            self._rewrite(path, refused)
        # Whoever refused longer ago than any file was begun is in none of them.
        until = time.time() - (self._days + 2) * _DAY
        if any(refusal.at < until for refusal in refused.values()):
            kept = {uid: refusal for uid, refusal in refused.items() if refusal.at >= until}
            storage.write_json(self._refusals_path, kept)

    def _rewrite(self, path: Path, refused: dict[str, Refusal]) -> None:
        """Without the lines of people who refused, if it has any."""
        if not any(_is_refused(line, refused) for line in _lines_of(path)):
            return
        temporary = path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with gzip.open(file, "wb", compresslevel=6) as packed:
                for line in _lines_of(path):
                    if not _is_refused(line, refused):
                        packed.write(line)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)

    def _named(self) -> Iterator[tuple[Path, re.Match[str]]]:
        for path in self._folder.glob("*.gz"):
            if match := _NAME.fullmatch(path.name):
                yield path, match

    @property
    def _refusals_path(self) -> Path:
        return self._folder / "refused.json"


def _today() -> date:
    return datetime.now(timezone.utc).date()


def _is_refused(line: bytes, refused: dict[str, Refusal]) -> bool:
    if not refused:
        return False
    seen = json.loads(line)
    refusal = refused.get(seen.get("mail"))
    return refusal is not None and (refusal.kinds is None or seen["type"] in refusal.kinds)


def _lines_of(path: Path) -> Iterator[bytes]:
    """With their line feeds, as far as the file is whole."""
    with gzip.open(path) as file:
        try:
            for line in file:
                if line.endswith(b"\n"):
                    yield line
        except (EOFError, gzip.BadGzipFile, zlib.error):
            _logger.warning("an archive ends in the middle of a batch", extra={"file": path.name})


def _whole_bytes(path: Path) -> int:
    """:return: where the last whole gzip member ends"""
    whole = read = 0
    member = zlib.decompressobj(wbits=31)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            read += len(chunk)
            while chunk:
                try:
                    member.decompress(chunk)
                except zlib.error:
                    return whole
                if not member.eof:
                    break
                chunk = member.unused_data
                whole = read - len(chunk)
                member = zlib.decompressobj(wbits=31)
    return whole
