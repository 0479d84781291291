"""What a receiving server found of a mail's SPF, DKIM and DMARC: ``Authentication-Results``.

RFC 8601. Whoever sends may write such a field too, so the topmost counts, which the server that
took the mail wrote last, and those below it under the same name.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from authres import AuthenticationResultsHeader, AuthResError

METHODS = ("spf", "dkim", "dmarc")
# Exchange Online leaves its name out (https://learn.microsoft.com/defender-office-365/
# message-headers-eop-mdo), which no parser takes.
_UNNAMED = re.compile(r"\s*[a-z]+=", re.I)
_NOBODY = "unnamed"
# Of several signatures one that is in order is enough.
_BEST = ("pass", "policy", "neutral", "softfail", "temperror", "permerror", "fail", "none")


class Authentication(NamedTuple):
    """:ivar server: the name under which the receiving server speaks, "" where it gives none
    :ivar results: method → what the server found, lower case; without those that it did not check
    """

    server: str
    results: dict[str, str]

    @property
    def is_in_order(self) -> bool:
        return all(self.results.get(method) == "pass" for method in METHODS)

    @property
    def wrong(self) -> dict[str, str]:
        """Method → result, of those that did not pass."""
        return {method: found for method, found in self.results.items() if found != "pass"}


def read(fields: Iterable[str]) -> Authentication | None:
    """
    :param fields: the values of the mail's fields of that name, from the top
    :return: None where no server says anything that can be read
    """
    said: Authentication | None = None
    for field in fields:
        named = f"{_NOBODY}; {field}" if _UNNAMED.match(field) else field
        try:
            header = AuthenticationResultsHeader.parse_value(" ".join(named.split()))
        except AuthResError:
            continue
        server = header.authserv_id if named is field else ""
        if said is None:
            said = Authentication(server, {})
        if server != said.server:
            break
        for result in header.results:
            _add(said.results, result.method.lower(), (result.result or "").lower())
    return said


def _add(results: dict[str, str], method: str, found: str) -> None:
    if method not in METHODS or found not in _BEST:
        return
    before = results.get(method, found)
    results[method] = min(before, found, key=_BEST.index)
