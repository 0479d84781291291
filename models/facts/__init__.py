from . import mail_engagement_fact
from . import mail_engagement_tracking
