from collections import defaultdict

from odoo import models

FIELDS = {
    "engagement_opens": "open",
    "engagement_clicks": "click",
    "engagement_attachments": "attachment",
}


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        """A refusal holds for mails already sent, at the relays too."""
        result = super().write(vals)
        if FIELDS.keys() & vals.keys():
            self._engagement_suppress_sent()
        return result

    def _engagement_refused_kinds(self):
        """:rtype: set[str]"""
        self.ensure_one()
        return {kind for field, kind in FIELDS.items() if self[field] == "refused"}

    def _engagement_suppress_sent(self):
        # sudo: whoever notes a refusal need not see the mails that it is about.
        mails = self.env["mail.engagement.tracking"].sudo().search([("partner_id", "in", self.ids)])
        wanted = defaultdict(dict)
        for mail in mails:
            wanted[mail.company_id][mail.uid] = mail.partner_id._engagement_refused_kinds()
        suppression = self.env["mail.engagement.suppression"].sudo()
        for company, kinds in wanted.items():
            suppression._engagement_suppress(company, kinds)
