"""One POST to an address that somebody typed: it reaches nothing inside, and holds nobody up.

The name is resolved once, every address that it has must be a public one, and the connection goes
to one of these, while TLS verifies the name. No redirect is followed, no proxy asked. The whole has
a time limit, whatever the other side does; of the answer no more is read than is kept.
"""

import contextlib
import functools
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

import idna

# Seconds: of one connection, and of all together once the name is resolved.
CONNECT, TOTAL = 5.0, 15.0
# Of the answer; of an address.
MOST_BYTES, MOST_URL = 4096, 2000
PORTS = {"https": 443, "http": 80}
# IPv6 addresses that lead to an IPv4 one: NAT64 (RFC 6052).
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str, int], Sequence[str]]


class Refused(Exception):
    """Why nothing was sent, or no answer came.

    :ivar code: url, scheme, private, dns, tls, connect, timeout or answer
    :ivar detail: in the system's words, or the address; none of what was sent
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


class Permitted(NamedTuple):
    """What an administrator allowed for a receiver."""

    private: bool = False
    http: bool = False


class Target(NamedTuple):
    """
    :ivar host: in ASCII, without brackets
    :ivar path: with the query
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """As the header ``Host`` has it (RFC 9110 §7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


class Answer(NamedTuple):
    """
    :ivar text: its beginning
    """

    status: int
    headers: Mapping[str, str]
    text: str


def target(url: str, permitted: Permitted) -> Target:
    """What an address leads to, without asking the network.

    :raises Refused: it is none, or one that nobody allowed
    """
    if len(url) > MOST_URL or any(char <= " " or char == "\x7f" for char in url):
        raise Refused("url")
    try:
        parts = urlsplit(url)
        port, host = parts.port, _ascii(parts.hostname or "")
    except ValueError:
        raise Refused("url") from None
    if parts.scheme not in PORTS or not host or "@" in parts.netloc or port == 0:
        raise Refused("url")
    if parts.scheme == "http" and not permitted.http:
        raise Refused("scheme")
    if not permitted.private and _is_inside(host):
        raise Refused("private", host)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or PORTS[parts.scheme], _quoted(path))


def _ascii(host: str) -> str:
    """:raises ValueError: it is no host's name"""
    if ":" in host:
        return str(ipaddress.IPv6Address(host.partition("%")[0]))
    try:
        return host if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise ValueError(str(error)) from None


def _quoted(path: str) -> str:
    return "".join(
        char if char.isascii() else "".join(f"%{byte:02X}" for byte in char.encode())
        for char in path
    )


def is_public(text: str) -> bool:
    """Whether an address is one of the internet's, and of one machine.

    :raises ValueError: it is none
    """
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    return all(one.is_global and not one.is_multicast for one in _reached(address))


def _reached(address: Address) -> Iterator[Address]:
    """The address, and that which it leads to where it holds another one."""
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            yield address.ipv4_mapped
        if address.sixtofour:
            yield address.sixtofour
        if address.teredo:
            yield from address.teredo
        if address in NAT64:
            yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _is_inside(host: str) -> bool:
    """Whether that can be told without resolving it."""
    try:
        return not is_public(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _check(address: str, permitted: Permitted) -> None:
    if not permitted.private and not is_public(address):
        raise Refused("private", address)


def system_lookup(host: str, port: int) -> list[str]:
    """The addresses that the system knows for a name, in its order.

    :raises OSError: it knows none
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(item[4][0]) for item in found]


def post(
    url: str,
    body: str,
    headers: Mapping[str, str],
    permitted: Permitted,
    *,
    lookup: Lookup = system_lookup,
    context: ssl.SSLContext | None = None,
    total: float = TOTAL,
) -> Answer:
    """Send a body of JSON, once.

    :param headers: others than those of every request
    :param lookup: how a name is resolved, once for each call
    :param context: whom TLS trusts, by default as the system
    :param total: seconds until an answer has to be there
    :raises Refused: nothing was sent, or no answer came
    """
    where = target(url, permitted)
    try:
        addresses = list(dict.fromkeys(lookup(where.host, where.port)))
    except (OSError, UnicodeError) as error:
        raise Refused("dns", _words(error)) from None
    for address in addresses:
        _check(address, permitted)
    until = time.monotonic() + total
    try:
        with _connected(addresses, where.port, until) as plain, _cut(plain, until):
            return _ask(_secured(plain, where, context), where, body, headers, until)
    except Refused:
        raise
    except ssl.SSLCertVerificationError as error:
        raise Refused("tls", error.verify_message) from None
    except (OSError, http.client.HTTPException) as error:
        if time.monotonic() >= until or isinstance(error, TimeoutError):
            raise Refused("timeout") from None
        code = "tls" if isinstance(error, ssl.SSLError) else "answer"
        raise Refused(code, _words(error)) from None


def _connected(addresses: Sequence[str], port: int, until: float) -> socket.socket:
    """Connect to the first that answers.

    :raises Refused: none does
    """
    failed = Refused("dns")
    for address in addresses:
        left = until - time.monotonic()
        if left <= 0:
            raise Refused("timeout")
        try:
            return socket.create_connection((address, port), min(left, CONNECT))
        except OSError as error:
            failed = Refused("connect", _words(error))
    raise failed


@contextlib.contextmanager
def _cut(plain: socket.socket, until: float) -> Iterator[None]:
    """Cut the connection at a time, whatever is being written or read.

    The timeouts of a socket are for each single read: whoever sends a byte now and then would
    never reach one.
    """
    left = max(until - time.monotonic(), 0)
    plain.settimeout(left or 0.001)
    # Of the same connection, so that TLS's own socket is touched by one thread only.
    other = plain.dup()

    def cut() -> None:
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(left, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        other.close()


def _secured(plain: socket.socket, where: Target, context: ssl.SSLContext | None) -> socket.socket:
    if where.scheme == "http":
        return plain
    return (context or _system_trust()).wrap_socket(plain, server_hostname=where.host)


@functools.cache
def _system_trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _ask(
    connected: socket.socket, where: Target, body: str, headers: Mapping[str, str], until: float
) -> Answer:
    connection = http.client.HTTPConnection(where.host, where.port)
    connection.sock = connected
    with contextlib.closing(connection):
        sent = {
            "Host": where.authority,
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
            **headers,
        }
        connection.request("POST", where.path, body.encode(), sent)
        answer = connection.getresponse()
        # Headers that were cut look like headers that ended.
        if time.monotonic() >= until:
            raise Refused("timeout")
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, named, _beginning(answer))


def _beginning(answer: http.client.HTTPResponse) -> str:
    """What came of the body; that the rest does not come is no failure: the status is there."""
    found = b""
    with contextlib.suppress(OSError, http.client.HTTPException):
        while len(found) < MOST_BYTES and (part := answer.read1(MOST_BYTES - len(found))):
            found += part
    # PostgreSQL stores no NUL.
    return found.decode(errors="replace").replace("\0", "")


def _words(error: Exception) -> str:
    """The system's words, without what Python puts around them."""
    return str(getattr(error, "strerror", None) or type(error).__name__)
