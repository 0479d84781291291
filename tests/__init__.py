from .core import *
from .consent import *
from .sending import *
from .events import *
from .facts import *
from .webhooks import *
from .delivery import *
from .chatter import *
from .alerts import *
from .reminders import *
from .insight import *
from .relay import *
from .mailboxes import *
from .setup import *
from .privacy import *
from .dashboard import *
from . import test_phone_lists, test_web_client
