from . import mail_engagement_access_mixin
from . import ir_http
from . import mail_alias_domain
from . import mail_engagement_audit
from . import mail_engagement_key
from . import mail_engagement_state
from . import res_company
from . import res_config_settings
