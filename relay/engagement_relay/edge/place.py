"""Country and city of an address, from a MaxMind database of the operator's own."""

from functools import lru_cache
from typing import Any

from ..detection.observe import Place

_REMEMBERED = 10_000


def open_places(path: str) -> Place | None:
    """:param path: of a GeoLite2-City file or the like; empty: none"""
    if not path:
        return None
    import maxminddb

    reader = maxminddb.open_database(path)

    @lru_cache(_REMEMBERED)
    def place(ip: str) -> tuple[str, str]:
        try:
            # What else it may hold, a database of another kind would.
            found: Any = reader.get(ip) or {}
        except ValueError:
            return "", ""
        country = found.get("country", {}).get("iso_code", "")
        return country, found.get("city", {}).get("names", {}).get("en", "")

    return place
