"""Time zones by their names."""

from contextlib import suppress
from datetime import tzinfo

import pytz


def zone(name: str | None) -> tzinfo:
    """The zone as pytz knows it, whose list of names is the one that Odoo offers.

    Python's own zoneinfo reads the system's files, and Debian 13 and Ubuntu 24.04 have older names
    (``US/Eastern``, ``Asia/Calcutta``) in a package of its own, ``tzdata-legacy``.

    :return: ``pytz.utc`` for a name that is unknown, or none
    """
    found: tzinfo = pytz.utc
    with suppress(pytz.UnknownTimeZoneError):
        found = pytz.timezone(name or "")
    return found
