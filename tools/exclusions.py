"""Whom and what a company leaves alone: domains of recipients, patterns of links."""

import re
from fnmatch import translate
from functools import lru_cache


def lines(text: str | None) -> tuple[str, ...]:
    """One entry a line, or several parted by commas; empty ones and repetitions fall away.

    >>> lines("b.example, a.example\\n\\nA.example")
    ('b.example', 'a.example')
    """
    entries = (entry.strip().lower() for entry in re.split(r"[\n,;]", text or ""))
    return tuple(dict.fromkeys(entry for entry in entries if entry))


def domains(text: str | None) -> tuple[str, ...]:
    """Domain names, however they were written.

    >>> domains("@a.example, *.b.example")
    ('a.example', 'b.example')
    """
    return tuple(entry.lstrip("@*.") for entry in lines(text) if entry.lstrip("@*."))


def domains_pattern(names: tuple[str, ...]) -> str:
    """A regular expression, for Python and PostgreSQL, that finds an address at one of the domains
    or below it; also among several, parted by a comma and a space.

    :param names: of `domains`
    """
    return rf"@([^,@]+\.)?({'|'.join(map(re.escape, names))})(,|$)"


def is_excluded_address(address: str, names: tuple[str, ...]) -> bool:
    """
    :param address: normalized
    """
    return bool(names) and bool(re.search(domains_pattern(names), address))


def is_excluded_link(url: str, patterns: tuple[str, ...]) -> bool:
    """Whether a link's URL matches: ``*`` stands for anything, a pattern without it may stand
    anywhere in the URL. Capitals do not matter.

    >>> is_excluded_link("https://intranet.example/x", ("*://intranet.*",))
    True
    >>> is_excluded_link("https://shop.example/LOGIN?a=1", ("shop.example/login",))
    True
    """
    return any(_pattern(pattern).match(url.lower()) for pattern in patterns)


@lru_cache(maxsize=1000)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(translate(text if "*" in text else f"*{text}*"))
