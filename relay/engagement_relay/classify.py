"""What kind of client and network one request came from."""

import re
from dataclasses import dataclass
from functools import lru_cache

_SCANNER = re.compile(
    r"bot|spider|crawl|curl/|wget/|python-requests|go-http-client|okhttp|java/|headless|preview|"
    r"whatsapp|telegram|urldefense|safelinks|barracuda|mimecast|proofpoint|forcepoint|symantec|"
    r"trendmicro|sophos|zscaler",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Traits:
    agent: str = "unknown"
    agent_name: str = ""
    network: str = ""
    network_name: str = ""
    hints: tuple = ()
    device_type: str = ""
    client: str = ""
    os: str = ""


class Knowledge:
    @classmethod
    @lru_cache(maxsize=1)
    def default(cls):
        return cls()


def classify(method, headers, ip, knowledge):
    """:rtype: Traits"""
    agent = headers.get("user-agent", "").strip()
    hints = ["head"] if method == "HEAD" else []
    purpose = " ".join(
        headers.get(name, "") for name in ("sec-purpose", "purpose", "x-purpose", "x-moz")
    )
    if re.search("prefetch|preview|prerender", purpose, re.I):
        hints.append("prefetch")
    kind = "empty" if not agent else "scanner" if _SCANNER.search(agent) else "browser"
    return Traits(agent=kind, hints=tuple(hints))
