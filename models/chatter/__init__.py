from . import mail_engagement_event
from . import ir_websocket
from . import mail_engagement_tracking
from . import mail_message
