from . import mail_engagement_event
from . import mail_engagement_link
from . import mail_engagement_preferences
from . import mail_engagement_tracking
from . import report_engagement_processing
from . import res_company
from . import res_config_settings
from . import res_partner
