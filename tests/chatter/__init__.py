from . import test_chatter_queries
from . import test_just_sent
from . import test_live
