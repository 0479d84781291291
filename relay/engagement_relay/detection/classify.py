"""What kind of client and network one request came from.

The facts are in ``knowledge/knowledge.csv``; for what no entry names, two kept libraries are asked:
crawlerdetect (crawlers) and ua-parser (names of clients, systems and devices). Both take about a
millisecond, so what they say of an agent is remembered.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from .knowledge import Agent, Knowledge

__all__ = ["HEADERS", "Headers", "Knowledge", "Traits", "classify"]

_logger = logging.getLogger(__name__)

_PURPOSES = ("sec-purpose", "purpose", "x-purpose", "x-moz")
# All that is looked at, and so what tells two clients of one address apart.
HEADERS = ("user-agent", *_PURPOSES, "sec-gpc", "dnt", "signature-agent")
_PREFETCH = re.compile(r"prefetch|preview|prerender", re.I)
_BROWSER = re.compile(
    r"^Mozilla/\d.*(Firefox|Chrome|CriOS|FxiOS|EdgiOS|Safari|Trident|MSIE|Edg|OPR|Gecko/|AppleWebKit)"
    r"|^Opera/|^Mozilla/4\.0 \(compatible",
    re.I,
)
_HOST = re.compile(r"https?://([\w.-]{1,100})", re.A)
_TABLET = re.compile(r"iPad|Tablet|PlayBook|Silk/|Kindle", re.I)
# As people name them.
_CLIENTS = {
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "Safari",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "Chrome",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "Edge Mobile": "Edge",
}
_MAX_AGENT = 1024
_MAX_CACHE = 10_000
# What says nothing about the reader's device.
_PROXIES = ("image_proxy", "prefetch", "privacy")


class Headers(Protocol):
    """Of one request: any mapping with lower-case names."""

    def get(self, name: str, default: Any = None, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Traits:
    """:ivar agent: browser, mail_client, stripped (a mail client or a fetcher of Microsoft's),
        image_proxy (a person behind it), prefetch, privacy (Apple's Mail Privacy Protection),
        scanner, assistant (an AI that somebody asked), bot, library, empty, unknown
    :ivar agent_name: of the known agent ("Barracuda"), else empty
    :ivar network: scanner, probable_scanner, hosting, privacy_relay, image_proxy, own, loopback,
        empty for an ordinary network
    :ivar hints: of observation.HINTS
    :ivar device_type: desktop, mobile, tablet, other; empty when nobody can know
    :ivar client, os: as people name them ("Outlook", "iOS")
    """

    agent: str = "unknown"
    agent_name: str = ""
    network: str = ""
    network_name: str = ""
    hints: tuple[str, ...] = ()
    device_type: str = ""
    client: str = ""
    os: str = ""


def classify(method: str, headers: Headers, ip: str, knowledge: Knowledge) -> Traits:
    """Never raises: an unreadable request is an unknown one."""
    try:
        agent = (headers.get("user-agent") or "").strip()[:_MAX_AGENT]
        group, name, device_type, client, system = _agent(agent, knowledge)
        signer = headers.get("signature-agent")
        if group in ("browser", "unknown") and signer:
            group, name = "assistant", _signer(signer)
        network, network_name = knowledge.network(ip)
        return Traits(
            group,
            name[:128],
            network,
            network_name[:128],
            tuple(_hints(method, headers)),
            device_type,
            client[:128],
            system[:128],
        )
    except Exception:
        # Whatever a client sends must not cost it its answer. The agent may hold anything.
        _logger.exception("A request could not be classified")
        return Traits()


def _hints(method: str, headers: Headers) -> Iterator[str]:
    if method.upper() != "GET":
        yield "head"
    if any(_PREFETCH.search(headers.get(name) or "") for name in _PURPOSES):
        yield "prefetch"
    if (headers.get("dnt") or "").strip() == "1":
        yield "dnt"
    if (headers.get("sec-gpc") or "").strip() == "1":
        yield "gpc"


def _signer(text: str) -> str:
    """The host that answers for a program that signs its requests: an assistant that works in a
    browser of its own has a browser's agent. The signature is not checked: nobody gains by it.

    See https://datatracker.ietf.org/doc/draft-ietf-webbotauth-httpsig-protocol/
    """
    found = _HOST.search(text)
    return found[1].lower() if found else ""


def _agent(text: str, knowledge: Knowledge) -> Agent:
    found = knowledge.cache.get(text)
    if found is None:
        if len(knowledge.cache) >= _MAX_CACHE:
            knowledge.cache.clear()
        found = knowledge.cache[text] = _look_at(text, knowledge)
    return found


def _look_at(text: str, knowledge: Knowledge) -> Agent:
    if not text:
        return "empty", "", "", "", ""
    group, name = knowledge.agent(text)
    if not group and _crawlers().isCrawler(text):
        group, name = "bot", (_crawlers().getMatches() or "").strip()
    if not group:
        group = "browser" if _BROWSER.search(text) else "unknown"
    if group in _PROXIES:
        return group, name, "", name, ""
    device_type, client, system = _parse(text)
    if group in ("mail_client", "stripped"):
        client = name
    return group, name, device_type, client, system


@lru_cache(maxsize=1)
def _crawlers() -> Any:
    # Compiles a thousand patterns.
    from crawlerdetect import CrawlerDetect  # noqa: PLC0415

    return CrawlerDetect()


def _parse(text: str) -> tuple[str, str, str]:
    """:return: device type, client, system"""
    from ua_parser import parse  # noqa: PLC0415 reads its patterns when it is imported

    found = parse(text)
    client = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    client = _CLIENTS.get(client, client)
    if client == "Other":
        client = ""
    if system == "Other":
        system = ""
    if system == "Mac OS X":
        system = "macOS"
    return _device_type(text, system), client, system


def _device_type(text: str, system: str) -> str:
    if _TABLET.search(text) or (
        system == "Android" and "Mobile" not in text and "Dalvik" not in text
    ):
        return "tablet"
    if system in ("iOS", "Android", "Windows Phone", "KaiOS") or "Mobile" in text:
        return "mobile"
    if system in ("Windows", "macOS", "Chrome OS", "Linux", "Ubuntu", "Fedora", "FreeBSD"):
        return "desktop"
    return "other" if text else ""
