from . import mail_engagement_consent
from . import mail_engagement_policy
from . import mail_engagement_suppression
from . import res_company
from . import res_config_settings
from . import res_partner
