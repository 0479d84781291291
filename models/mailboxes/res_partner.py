from odoo import models


class ResPartner(models.Model):
    """Where a company wants it, only authors with an enabled mailbox are followed."""

    _inherit = "res.partner"

    def _engagement_may_be_followed(self, settings):
        """A query where only enabled mailboxes are followed."""
        allowed = super()._engagement_may_be_followed(settings)
        if not allowed or not settings.only_mailboxes:
            return allowed
        return self.env["mail.engagement.mailbox"]._engagement_is_enabled(self)
