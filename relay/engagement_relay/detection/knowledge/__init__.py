"""What is known about networks and agents: data with a source and a date, not code.

``knowledge.csv`` beside this file is what ships. An administrator's entries and imported lists
come on top; the same form travels to the relay (``pack``).
"""

import base64
import csv
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TextIO

from .prefixes import Prefixes

FILE = Path(__file__).with_name("knowledge.csv")
NETWORK_CLASSES = (
    "scanner",
    "probable_scanner",
    "hosting",
    "privacy_relay",
    "image_proxy",
    "own",
    "loopback",
    "ordinary",
)
AGENT_CLASSES = (
    "browser",
    "mail_client",
    "stripped",
    "image_proxy",
    "prefetch",
    "privacy",
    "scanner",
    "assistant",
    "bot",
    "library",
)
# A packed state may not grow without bounds when it is unpacked.
# Class, name, device type, client, system.
Agent = tuple[str, str, str, str, str]
_MAX_UNPACKED = 64 * 1024 * 1024


class BadKnowledge(ValueError):
    """An entry that cannot be used; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """:ivar kind: network or agent
    :ivar match: a prefix ("192.0.2.0/24"), or a regular expression, matched without case
    :ivar group: one of NETWORK_CLASSES or AGENT_CLASSES; ``ordinary`` takes a network out of a
        larger one
    :ivar name: as people know it ("Microsoft Exchange Online Protection")
    :ivar source, date: where the fact comes from, and when it was looked up (ISO date)
    """

    kind: str
    match: str
    group: str
    name: str
    source: str = ""
    date: str = ""


class Knowledge:
    """
    :param entries: Entry, later ones hold before earlier ones of the same network, earlier
        agents before later ones
    :raises BadKnowledge: for an unusable entry
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._names: list[tuple[str, str]] = []
        self._agents: list[tuple[str, re.Pattern[str], str, str]] = []
        networks: list[tuple[str, int]] = []
        numbers: dict[tuple[str, str], int] = {}
        for entry in entries:
            if entry.kind == "agent" and entry.group in AGENT_CLASSES:
                self._agents.append((entry.match, _pattern(entry), entry.group, entry.name))
            elif entry.kind == "network" and entry.group in NETWORK_CLASSES:
                label = ("", "") if entry.group == "ordinary" else (entry.group, entry.name)
                number = numbers.setdefault(label, len(numbers))
                networks.append((entry.match, number))
            else:
                raise BadKnowledge(f"{entry.kind} {entry.match}: {entry.group}")
        self._names = list(numbers)
        try:
            self._networks = Prefixes(networks)
        except ValueError as error:
            raise BadKnowledge(str(error)) from None
        self.agent = lru_cache(maxsize=10_000)(self._agent)
        # What classify found out about an agent beyond these entries.
        self.cache: dict[str, Agent] = {}

    @classmethod
    @lru_cache(maxsize=1)
    def default(cls) -> "Knowledge":
        """What ships."""
        return cls(read_csv(FILE))

    def network(self, ip: str) -> tuple[str, str]:
        """Class and name, ("", "") for an ordinary network."""
        number = self._networks.find(ip)
        return ("", "") if number is None else self._names[number]

    def _agent(self, text: str) -> tuple[str, str]:
        """
        :param text: a User-Agent
        :return: class and name, ("", "") when no entry matches
        """
        for _match, pattern, group, name in self._agents:
            if pattern.search(text):
                return group, name
        return "", ""

    def pack(self) -> dict[str, str]:
        """All of it as a small JSON object: for the state that a relay polls.


        :return: ``version`` and ``data``; the version depends on nothing but the
            content
        """
        ranges = []
        before = {4: 0, 6: 0}
        for version, start, value in self._networks.ranges():
            ranges.append(f"{version}:{start - before[version]:x}:{'' if value is None else value}")
            before[version] = start
        content = json.dumps(
            {
                "names": self._names,
                "agents": [[match, group, name] for match, _re, group, name in self._agents],
                "ranges": " ".join(ranges),
            },
            separators=(",", ":"),
        ).encode()
        return {
            "version": hashlib.sha256(content).hexdigest()[:16],
            "data": base64.b64encode(zlib.compress(content, 9)).decode(),
        }

    @classmethod
    def unpack(cls, packed: Mapping[str, str]) -> "Knowledge":
        """The reverse of ``pack``.

        :raises BadKnowledge: for anything else
        """
        try:
            inflate = zlib.decompressobj()
            content = json.loads(
                inflate.decompress(base64.b64decode(packed["data"], validate=True), _MAX_UNPACKED)
            )
            self = cls(Entry("agent", *agent) for agent in content["agents"])
            self._names = [tuple(label) for label in content["names"]]
            self._networks = Prefixes.from_ranges(_ranges(content["ranges"], len(self._names)))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadKnowledge(type(error).__name__) from None
        except (OverflowError, RecursionError, zlib.error) as error:
            raise BadKnowledge(type(error).__name__) from None
        return self

    def __len__(self) -> int:
        return len(self._networks) + len(self._agents)


def read_csv(source: Path | Iterable[str]) -> list[Entry]:
    """Read entries from a file with the columns of Entry.

    :param source: a path, or lines of text
    :raises BadKnowledge: when a column is missing
    """
    if isinstance(source, Path):
        with source.open(encoding="utf-8", newline="") as lines:
            return read_csv(list(lines))
    try:
        return [
            Entry(row["kind"], row["match"], row["class"], row["name"], row["source"], row["date"])
            for row in csv.DictReader(line for line in source if not line.startswith("#"))
        ]
    except KeyError as error:
        raise BadKnowledge(f"no column {error}") from None


def write_csv(entries: Iterable[Entry], file: TextIO) -> None:
    """The reverse of ``read_csv``, into a text file."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["kind", "match", "class", "name", "source", "date"])
    writer.writerows(astuple(entry) for entry in entries)


def _pattern(entry: Entry) -> re.Pattern[str]:
    try:
        return re.compile(entry.match, re.I)
    except re.error as error:
        raise BadKnowledge(f"{entry.match}: {error}") from None


def _ranges(text: str, names: int) -> Iterator[tuple[int, int, int | None]]:
    at = {4: 0, 6: 0}
    for item in text.split():
        family, step, value = item.split(":")
        version = int(family)
        at[version] += int(step, 16)
        number = int(value) if value else None
        if number is not None and not 0 <= number < names:
            raise ValueError(item)
        yield version, at[version], number
