from . import crm_lead
from . import mail_engagement_alert
from . import mail_engagement_line_mixin
