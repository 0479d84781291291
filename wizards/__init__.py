from . import base_module_uninstall
from . import mail_compose_message
from . import mail_engagement_terms_wizard
