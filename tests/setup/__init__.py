from . import test_setup
from . import test_setup_tours
