from . import ir_mail_server
from . import mail_engagement_outgoing
from . import mail_engagement_provider
from . import mail_engagement_tracking
from . import mail_mail
from . import mail_thread
