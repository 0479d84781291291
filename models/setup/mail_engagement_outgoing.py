from odoo import api, models

from ...tools.consent import Policies


class MailEngagementOutgoing(models.AbstractModel):
    """Follows the administrator's test mail, which goes to a colleague."""

    _inherit = "mail.engagement.outgoing"

    @api.model
    def _engagement_recipients(self, mail, emails, settings):
        recipients = super()._engagement_recipients(mail, emails, settings)
        if mail.id in self.env["mail.engagement.try"]._engagement_tried():
            for who in recipients:
                who.is_internal = False
        return recipients

    @api.model
    def _engagement_copy_policies(self, mail, groups, policies):
        """A tester asks to be followed, at an address of ours. What anybody refused still holds."""
        rules = super()._engagement_copy_policies(mail, groups, policies)
        tried = self.env["mail.engagement.try"]._engagement_tried()
        if mail.id not in tried or any(
            who.is_active and not who.is_internal for group in groups for who in group
        ):
            return rules
        return Policies({}, policies.most, policies.most)
