from odoo import api, models


class ResUsers(models.Model):
    """Each internal user with an address gets a mailbox."""

    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        self.env["mail.engagement.mailbox"]._engagement_ensure(users)
        return users

    def write(self, vals):
        result = super().write(vals)
        if {"email", "login", "group_ids", "active", "partner_id"} & vals.keys():
            self.env["mail.engagement.mailbox"]._engagement_ensure(self)
        return result

    def _engagement_first_missing(self, company):
        """What keeps this user's mails from being followed: see ``res.company``."""
        if missing := company._engagement_first_missing():
            return missing
        settings = company._engagement_settings(company.id)
        if not self.partner_id._engagement_may_be_followed(settings):
            return "mailbox", self.env._("Your mailbox was not approved and enabled yet.")
        return None
