from . import fetchmail_server
from . import mail_engagement_mailbox
from . import mail_engagement_mailbox_alert
from . import mail_thread
from . import res_partner
from . import res_users
