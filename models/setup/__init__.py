from . import mail_engagement_decision
from . import mail_engagement_outgoing
from . import mail_engagement_permission
from . import mail_engagement_terms
from . import mail_engagement_try
from . import mail_message
from . import res_company
from . import res_config_settings
