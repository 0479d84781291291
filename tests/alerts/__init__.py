from . import test_alert_tours
from . import test_alerts
from . import test_alerts_offline
