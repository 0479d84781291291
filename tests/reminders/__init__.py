from . import test_reminders
from . import test_reminders_at_once
