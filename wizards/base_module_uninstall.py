from odoo import api, fields, models


class BaseModuleUninstall(models.TransientModel):
    """Warns that links in mails already sent end with the addon."""

    _inherit = "base.module.uninstall"

    engagement_links_end = fields.Boolean(compute="_compute_engagement_links_end")

    @api.depends("module_ids")
    def _compute_engagement_links_end(self):
        # sudo: a user who may uninstall has to know what ends.
        sent = self.env["mail.engagement.link"].sudo().search_count([], limit=1)
        for wizard in self:
            names = wizard._get_modules().mapped("name")
            wizard.engagement_links_end = sent and "mail_engagement" in names
