from odoo import api, models

from ..sending.mail_engagement_outgoing import KINDS


class MailEngagementOutgoing(models.AbstractModel):
    """Follows the administrator's test mail, which goes to a colleague."""

    _inherit = "mail.engagement.outgoing"

    @api.model
    def _engagement_recipients(self, mail, emails, settings):
        recipients = super()._engagement_recipients(mail, emails, settings)
        if mail.id in self.env["mail.engagement.try"]._engagement_tried():
            # Colleagues are not followed; who tests asks for it.
            most = self.env.company._engagement_policies(settings.company)["most"]
            for who in recipients:
                who.is_internal = False
                for kind in KINDS:
                    setattr(who, kind, most if getattr(settings, kind) else 0)
        return recipients
