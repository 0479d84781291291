from . import test_access
from . import test_off
from . import test_public_methods
from . import test_settings
