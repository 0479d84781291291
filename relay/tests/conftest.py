import pytest
from mini_odoo import MiniOdoo
from relay_process import RelayProcess


@pytest.fixture
def odoo():
    with MiniOdoo() as found:
        yield found


@pytest.fixture
def relay(odoo, tmp_path):
    """Paired and serving."""
    with RelayProcess(tmp_path / "relay").join(odoo) as found:
        yield found
