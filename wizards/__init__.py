from . import mail_engagement_terms_wizard
