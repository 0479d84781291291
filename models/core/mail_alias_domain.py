from odoo import api, models, tools


class MailAliasDomain(models.Model):
    _inherit = "mail.alias.domain"

    @api.model
    def _engagement_own(self, addresses):
        """Those of the addresses that lead into this Odoo: mail to them is no customer's.

        A query is needed only where an address stands in one of the own domains.

        :param set[str] addresses: normalized
        :rtype: set[str]
        """
        domains, fixed = self._engagement_domains()
        own = fixed & addresses
        inside = [address for address in addresses if address.rpartition("@")[2] in domains]
        if inside:
            # sudo: the same for any sender.
            aliases = self.env["mail.alias"].sudo().search([("alias_full_name", "in", inside)])
            own |= set(aliases.mapped("alias_full_name"))
        return own

    @api.model
    @tools.ormcache()
    def _engagement_domains(self):
        """The alias domains, and their addresses for bounces, catch-all and notifications.

        :rtype: tuple[frozenset[str], frozenset[str]]
        """
        # sudo: read for any sender's mail, and the same for all.
        domains = self.sudo().search_fetch([], ["name"])
        fields = ("bounce_email", "catchall_email", "default_from_email")
        fixed = {domain[field] for domain in domains for field in fields}
        return frozenset(domains.mapped("name")), frozenset(fixed - {False, ""})

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
