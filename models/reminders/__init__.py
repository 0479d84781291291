from . import mail_engagement_reminder
from . import mail_engagement_tracking
from . import mail_message
from . import mail_scheduled_message
from . import mail_thread
