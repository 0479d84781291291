"""Send what the archive holds once more, to an Odoo whose database was restored."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice

from ..config import Config
from ..storage import Pairing
from .archive import Archive
from .ingest import BATCH_ROWS, GZIP_LEVEL, Refused, post
from .odoo_client import ERRORS, OdooClient, in_words


class NotReplayed(Exception):
    """The text says why; what was sent before was taken."""


async def replay(
    config: Config, pairing: Pairing, since: date, tell: Callable[[Counter[str]], object]
) -> Counter[str]:
    """Odoo keeps the first of each, so that it may be done again from the beginning.

    :param since: the first day of delivery (UTC)
    :param tell: is called after each batch with what became of all so far
    :return: how many were accepted, duplicate, rejected
    :raises NotReplayed:
    """
    archive = Archive(config.data_dir, pairing.tenant, config.archive_days)
    found: Counter[str] = Counter(accepted=0, duplicate=0, rejected=0)
    client = OdooClient(config)
    try:
        for body in _batches(archive.lines(since)):
            answer = await post(client, pairing, gzip.compress(body, GZIP_LEVEL), body.count(b"\n"))
            found["accepted"] += int(answer["accepted"])
            found["duplicate"] += int(answer["duplicates"])
            found["rejected"] += len(answer["rejected"])
            tell(found)
    except Refused as error:
        raise NotReplayed(str(error)) from error
    except ERRORS as error:
        raise NotReplayed(in_words(error)) from error
    finally:
        await client.close()
    return found


def _batches(lines: Iterator[bytes]) -> Iterator[bytes]:
    while batch := list(islice(lines, BATCH_ROWS)):
        yield b"".join(batch)
