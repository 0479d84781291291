from . import (
    test_access,
    test_edge,
    test_ingest,
    test_relay,
    test_replies,
    test_sending,
    test_sending_failures,
    test_settings,
    test_summary,
    test_untouched,
)
