from odoo import api, models

from ..sending.mail_engagement_outgoing import KINDS


class MailEngagementOutgoing(models.AbstractModel):
    _inherit = "mail.engagement.outgoing"

    @api.model
    def _engagement_recipients(self, emails, settings):
        recipients = super()._engagement_recipients(emails, settings)
        if self.env.context.get("engagement_test"):
            # Colleagues are not followed; who tests asks for it.
            most = self.env.company._engagement_policies(settings.company)["most"]
            for who in recipients:
                who.is_internal = False
                for kind in KINDS:
                    setattr(who, kind, most if getattr(settings, kind) else 0)
        return recipients
