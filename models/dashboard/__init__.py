from . import mail_engagement_dashboard
