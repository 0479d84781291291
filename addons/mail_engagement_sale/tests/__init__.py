from . import test_quotation
from . import test_installed
from . import test_silent
