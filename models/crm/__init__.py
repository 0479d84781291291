from . import crm_lead
from . import mail_engagement_alert
from . import mail_engagement_day
from . import mail_engagement_line_mixin
from . import mail_engagement_report
from . import mail_engagement_rate_past
