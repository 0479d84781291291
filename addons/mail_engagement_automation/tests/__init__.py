from . import test_automation
from . import test_form
from . import test_installed
