from . import base_module_uninstall
from . import base_partner_merge
from . import mail_compose_message
from . import mail_engagement_erase_wizard
from . import mail_engagement_permission_wizard
from . import mail_engagement_terms_wizard
from . import mail_engagement_send_again
