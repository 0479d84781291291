"""Who really asked, when proxies of one's own stand in front."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

from ..config import Network
from .reply import AskedHeaders


class ClientAddress:
    """
    :param trusted: networks whose ``X-Forwarded-For`` is believed
    """

    def __init__(self, trusted: Iterable[Network] = ()) -> None:
        self._trusted = tuple(trusted)
        self._is_trusted = lru_cache(4096)(self._look_up)

    def of(self, peer: str, headers: AskedHeaders) -> str:
        """:param peer: ADDRESS:PORT of the connection
        :return: the address, without port
        """
        # IPv4 comes in this form where the listener is for IPv6 as well.
        address = peer.rpartition(":")[0].strip("[]").removeprefix("::ffff:")
        if not self._trusted or not self._is_trusted(address):
            return address
        # From the right: what a stranger wrote stands to the left of what our proxies added.
        # Some proxies add to the line that is there, others a line.
        lines = ",".join(headers.get_all("x-forwarded-for"))
        for part in reversed(lines.split(",")):
            found = _address(part.strip())
            if found is None:
                return address
            address = found
            if not self._is_trusted(address):
                return address
        return address

    def _look_up(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._trusted)


def _address(text: str) -> str | None:
    """The plain form of an address, which proxies write with and without port and brackets."""
    host = text
    if text.startswith("["):
        host = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        host = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return None
    return str(getattr(found, "ipv4_mapped", None) or found)
