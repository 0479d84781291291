from odoo import api, fields, models, tools

from ...relay.engagement_relay.protocol.token import Policy
from .mail_engagement_policy import LEVELS, POLICIES


class ResCompany(models.Model):
    """How much may be known of people: by country while they have said nothing, and at most."""

    _inherit = "res.company"

    engagement_policy = fields.Selection(
        POLICIES,
        "Contacts Without a Decision",
        default="full",
        required=True,
        help="In countries without an entry of their own.",
        prefetch="engagement",
    )
    engagement_max_policy = fields.Selection(
        POLICIES,
        "Maximum Detail",
        default="full",
        required=True,
        help="Of anybody, whatever he allowed; for e-mails already sent as well.",
        prefetch="engagement",
    )
    engagement_honour_gpc = fields.Boolean(
        "Honour Global Privacy Control",
        help="Visits with the header Sec-GPC are not recorded.",
        prefetch="engagement",
    )
    engagement_honour_dnt = fields.Boolean(
        "Honour Do Not Track",
        help="Visits with the header DNT are not recorded.",
        prefetch="engagement",
    )

    def _engagement_max_policy(self):
        return Policy(LEVELS[self.engagement_max_policy])

    def _engagement_honoured(self):
        return ["gpc"] * self.engagement_honour_gpc + ["dnt"] * self.engagement_honour_dnt

    @api.model
    @tools.ormcache("company_id")
    def _engagement_policies(self, company_id):
        """
        :return: country id → level of token.Policy; under None that of all other countries, under
            ``most`` that of people who agreed; nothing is above it
        :rtype: dict[int | str | None, int]
        """
        # sudo: any sender's mail goes by it.
        company = self.sudo().browse(company_id)
        entries = self.env["mail.engagement.policy"].sudo()
        most = LEVELS[company.engagement_max_policy]
        # The company's own entries last: they hold before those of every company.
        found = {"most": company.engagement_max_policy, None: company.engagement_policy}
        for owner in (False, company.id):
            for entry in entries.search([("company_id", "=", owner)]):
                found[entry.country_id.id] = entry.policy
        return {country: min(most, LEVELS[policy]) for country, policy in found.items()}

    def _engagement_policy_text(self, partner):
        """What is done with a contact who has said nothing, in words."""
        levels = self._engagement_policies(self.id)
        # sudo: countries and companies of contacts are no secret to who reads the contact.
        country = partner.sudo().country_id or partner.sudo().commercial_partner_id.country_id
        level = levels.get(country.id, levels[None])
        return {
            0: self.env._("Has said nothing, so nothing is followed."),
            1: self.env._("Has said nothing, so visits are counted without the person."),
            2: self.env._("Has said nothing: followed without address and program."),
            3: self.env._("Has said nothing: followed."),
        }[level]
