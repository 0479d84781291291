"""Country and city of an address, from a MaxMind database of the operator's own."""

from functools import lru_cache

_REMEMBERED = 10_000


def open_places(path):
    """:param str path: of a GeoLite2-City file or the like; empty: none
    :return: function from an address to (ISO country code, city), or None
    """
    if not path:
        return None
    import maxminddb

    reader = maxminddb.open_database(path)

    @lru_cache(_REMEMBERED)
    def place(ip):
        try:
            found = reader.get(ip) or {}
        except ValueError:
            return "", ""
        country = found.get("country", {}).get("iso_code", "")
        return country, found.get("city", {}).get("names", {}).get("en", "")

    return place
