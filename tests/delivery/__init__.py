from . import test_handed_over
from . import test_heard_at_once
from . import test_provider_webhooks
from . import test_reports
from . import test_returned
