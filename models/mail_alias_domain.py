from odoo import api, models, tools


class MailAliasDomain(models.Model):
    _inherit = "mail.alias.domain"

    @api.model
    @tools.ormcache()
    def _engagement_addresses(self):
        """The addresses for bounces, catch-all and notifications: mail to them is no customer's.

        :rtype: list[str]
        """
        # sudo: read for any sender's mail, and the same for all.
        domains = self.sudo().search_fetch([], ["name", *self._engagement_names()])
        return [
            f"{domain[name]}@{domain.name}"
            for domain in domains
            for name in self._engagement_names()
            if domain[name]
        ]

    @api.model
    def _engagement_names(self):
        return ["bounce_alias", "catchall_alias", "default_from"]

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
