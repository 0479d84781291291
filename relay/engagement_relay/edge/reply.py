"""The pages and short texts that the edge and what it carries through answer with."""

from typing import Protocol

from ..detection.classify import Headers
from ..pages.page import RETRY_SECONDS, Pages, pages_for
from ..protocol.answers import PAGE_HEADERS

Pairs = list[tuple[str, str]]
TEXT = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
_HTML = [*PAGE_HEADERS.items(), ("Content-Type", "text/html; charset=utf-8")]


class AskedHeaders(Headers, Protocol):
    """granian's, which knows more than its own annotations say."""

    def get_all(self, name: str, /) -> list[str]: ...


class Asked(Protocol):
    """What of granian's Scope is looked at: one request."""

    client: str
    method: str
    path: str
    query_string: str
    http_version: str

    @property
    def headers(self) -> AskedHeaders: ...


class Answering(Protocol):
    """granian's HTTPProtocol."""

    async def __call__(self) -> bytes: ...
    def response_empty(self, status: int, headers: Pairs) -> None: ...
    def response_str(self, status: int, headers: Pairs, body: str) -> None: ...
    def response_bytes(self, status: int, headers: Pairs, body: bytes) -> None: ...
    def response_file(self, status: int, headers: Pairs, file: str) -> None: ...


def not_found(asked: Asked, proto: Answering) -> None:
    _page(proto, 404, _pages(asked).not_found)


def too_often(asked: Asked, proto: Answering) -> None:
    _page(proto, 429, _pages(asked).too_often, [("Retry-After", "60")])


def later(asked: Asked, proto: Answering) -> None:
    _page(proto, 503, _pages(asked).retry, [("Retry-After", str(RETRY_SECONDS))])


def bad_request(asked: Asked, proto: Answering) -> None:
    _page(proto, 400, _pages(asked).bad_request)


def leaving(asked: Asked, proto: Answering, target: str) -> None:
    _page(proto, 200, _pages(asked).leaving_to(target))


def text(proto: Answering, status: int, words: str, headers: Pairs | None = None) -> None:
    proto.response_str(status, [*TEXT, *(headers or ())], words)


def _pages(asked: Asked) -> Pages:
    return pages_for(asked.headers.get("accept-language") or "")


def _page(proto: Answering, status: int, page: str, headers: Pairs | None = None) -> None:
    proto.response_str(status, [*_HTML, *(headers or ())], page)
