from . import mail_engagement_relay
from . import res_company
from . import res_config_settings
