from . import base_automation
from . import mail_engagement_automation_mail
from . import mail_engagement_fact
from . import mail_message
