from . import test_odd_requests
from . import test_relay
from . import test_seen_at_once
