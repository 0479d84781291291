from . import test_relay
