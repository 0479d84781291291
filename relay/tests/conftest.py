import pytest
from mini_odoo import MiniOdoo
from relay_process import RelayProcess


@pytest.fixture
def anyio_backend():
    """Of the tests that are marked ``anyio``: the loop that the relay runs in."""
    return "asyncio"


@pytest.fixture
def odoo():
    with MiniOdoo() as found:
        yield found


@pytest.fixture
def relay(odoo, tmp_path):
    """Paired and serving."""
    with RelayProcess(tmp_path / "relay").join(odoo) as found:
        yield found
