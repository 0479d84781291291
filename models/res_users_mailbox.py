from odoo import api, models


class ResUsers(models.Model):
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
