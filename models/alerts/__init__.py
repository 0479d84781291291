from . import mail_engagement_alert
from . import mail_engagement_tracking
from . import res_company
from . import res_config_settings
from . import res_users
