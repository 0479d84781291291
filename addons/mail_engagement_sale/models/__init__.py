from . import mail_engagement_alert
from . import mail_engagement_dashboard
from . import mail_engagement_fact
from . import mail_engagement_visit
from . import mail_engagement_tracking
from . import res_partner
from . import sale_order
