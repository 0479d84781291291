"""``tools`` is imported as a part of the addon, without the addon, which needs Odoo."""

from functools import partial
from zoneinfo import ZoneInfo, reset_tzpath

import pytest

from dev import addon
from dev.certificate import made_certificate

addon.plant()


@pytest.fixture
def bare_system():
    """A machine without any file of a time zone: none of the names can be looked up there."""
    ZoneInfo.clear_cache()
    reset_tzpath(to=[])
    yield
    reset_tzpath()
    ZoneInfo.clear_cache()


@pytest.fixture
def certificate(tmp_path):
    """Return a function that makes a certificate, by default for 127.0.0.1: its file, a server's
    context."""
    return partial(made_certificate, tmp_path)
