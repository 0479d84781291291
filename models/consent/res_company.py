from odoo import api, fields, models, tools

from ...tools.consent import Policies
from .mail_engagement_policy import POLICIES, level


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
        help="Of anybody, whatever they allowed; for e-mails already sent as well.",
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
        return level(self.engagement_max_policy)

    def _engagement_honoured(self):
        """The signals of a browser that keep a visit from being recorded, by the protocol's names.

        :rtype: list[str]
        """
        honoured = {"gpc": self.engagement_honour_gpc, "dnt": self.engagement_honour_dnt}
        return [name for name, is_honoured in honoured.items() if is_honoured]

    @api.model
    @tools.ormcache("company_id")
    def _engagement_policies(self, company_id):
        """What is done with people who said nothing, and at most.

        :rtype: Policies
        """
        # sudo: any sender's mail goes by it.
        company = self.sudo().browse(company_id)
        entries = self.env["mail.engagement.policy"].sudo()
        most = int(level(company.engagement_max_policy))
        # The company's own entries last: they hold before those of every company.
        by_country = {
            entry.country_id.id: min(most, int(level(entry.policy)))
            for owner in (False, company.id)
            for entry in entries.search([("company_id", "=", owner)])
        }
        return Policies(by_country, min(most, int(level(company.engagement_policy))), most)
