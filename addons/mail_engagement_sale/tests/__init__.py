from . import test_quotation
from . import test_installed
