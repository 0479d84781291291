from . import mail_engagement_fact
from . import mail_engagement_tracking
from . import mail_engagement_webhook
from . import mail_engagement_webhook_delivery
from . import mail_engagement_webhook_secret
