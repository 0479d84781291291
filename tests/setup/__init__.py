from . import test_arrival
from . import test_relay_choice
from . import test_sender_domains
from . import test_setup
from . import test_setup_tours
