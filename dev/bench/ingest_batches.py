"""Batches as a relay makes them: the corpus read and scanned, through the relay's own parts."""

import gzip
import json
import random
from calendar import timegm
from typing import NamedTuple

from engagement_relay.detection.classify import Knowledge
from engagement_relay.detection.observe import TYPES
from engagement_relay.edge.line import LineMaker
from engagement_relay.protocol.token import Policy, Token

from .. import paths

ROWS = 5_000
LETTERS = {name: letter for letter, name in TYPES.items()}
# Mails leave over so many seconds.
SPREAD = 3600


class Batch(NamedTuple):
    """:ivar bytes body: packed"""

    body: bytes
    rows: int


def batches(tenant, mails, events, seed):
    """Yield `events` requests for these mails, each mail read or scanned like one of the corpus's.

    :param str tenant: 8 hex digits
    :param mails: (uid as hex, when it was sent, references of its links as hex)
    :param int seed: of what happens; the events' own identities are random
    """
    chance = random.Random(seed)
    lines = [json.loads(line) for line in (paths.ROOT / "tests" / "corpus.jsonl").open()]
    maker = LineMaker(Knowledge.default())
    requests = []
    for uid, sent_at, references in mails:
        start = timegm(sent_at.timetuple()) + chance.random() * SPREAD
        for request in chance.choice(lines)["requests"]:
            requests.append((start + (request["t"] or 0), uid, start, references, request))
        if len(requests) >= events:
            break
    made = []
    for at, uid, start, references, request in sorted(requests[:events], key=lambda one: one[0]):
        link = request.get("link")
        token = Token(
            LETTERS[request["kind"]],
            0,
            bytes.fromhex(tenant),
            Policy.FULL,
            int(start),
            bytes.fromhex(uid),
            link=None if link is None else int(references[link % len(references)], 16),
        )
        headers = {name.lower(): value for name, value in (request.get("headers") or {}).items()}
        text, _key = maker.make(
            token,
            Policy.FULL,
            (request.get("method") or "GET").upper(),
            headers,
            request.get("ip") or "",
            b"bench",
            at,
        )
        made.append(text)
    for first in range(0, len(made), ROWS):
        part = made[first : first + ROWS]
        yield Batch(gzip.compress(b"".join(line + b"\n" for line in part), 1), len(part))
