from . import test_odd_requests
from . import test_relay
