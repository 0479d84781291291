from . import test_aging
from . import test_erasure
from . import test_preferences
from . import test_retention
