"""``tools`` is imported as a part of the addon, without the addon, which needs Odoo."""

from zoneinfo import ZoneInfo, reset_tzpath

import pytest

from dev import addon

addon.plant()


@pytest.fixture
def bare_system():
    """A machine without any file of a time zone: none of the names can be looked up there."""
    ZoneInfo.clear_cache()
    reset_tzpath(to=[])
    yield
    reset_tzpath()
    ZoneInfo.clear_cache()
