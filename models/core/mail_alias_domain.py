from odoo import api, models, tools

from ...tools.mailbox_address import domain_of


class MailAliasDomain(models.Model):
    """Which addresses are the company's own side and no customer's."""

    _inherit = "mail.alias.domain"

    @api.model
    def _engagement_own_addresses(self, addresses):
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
    def _engagement_is_inside(self, address, customers=()):
        """Whether mail from an address is the own side's: a colleague's, a company's, an alias'
        or anybody's in the alias domains, or from where the mail servers send.

        A mail server's domain may be a provider's: where a customer has an address in it, others
        in it are strangers.

        :param str address: normalized
        :param customers: their normalized addresses, as a tracking row has them
        :rtype: bool
        """
        domains, fixed = self._engagement_domains()
        domain = domain_of(address)
        if address in fixed or domain in map(domain_of, domains):
            return True
        # sudo: the same for any mail that comes in.
        internal = [("email_normalized", "=", address), ("partner_share", "=", False)]
        if self.env["res.partner"].sudo().search_count(internal, limit=1):
            return True
        company = [("partner_id.email_normalized", "=", address)]
        if self.env["res.company"].sudo().search_count(company, limit=1):
            return True
        servers = self.env["ir.mail_server"].sudo()
        choosy = servers.search([("from_filter", "!=", False)])
        filters = [servers._get_default_from_filter(), *choosy.mapped("from_filter")]
        senders = {part.lower() for text in filters for part in servers._parse_from_filter(text)}
        theirs = {domain_of(known) for text in customers for known in (text or "").split(", ")}
        return address in senders or domain in senders - theirs

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
