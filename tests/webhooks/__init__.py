from . import test_webhook_content
from . import test_webhook_delivery
from . import test_webhook_secret
