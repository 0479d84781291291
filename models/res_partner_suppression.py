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

    def _engagement_suppress_sent(self):
        """Tell the edges what may not be recorded of mails that these contacts, their companies'
        people or others with the same address got."""
        # sudo: whoever notes a refusal need not see the mails, nor the others, that it is about.
        mine = self.sudo().with_context(active_test=False)
        addresses = [email for email in mine.mapped("email_normalized") if email]
        concerned = mine.search(
            [
                "|",
                ("commercial_partner_id", "in", mine.ids),
                ("email_normalized", "in", addresses),
            ]
        )
        mails = mine.env["mail.engagement.tracking"].search(
            [("partner_id", "in", (mine | concerned).ids)]
        )
        said = mails.partner_id._engagement_preferences()
        wanted = defaultdict(dict)
        for mail in mails:
            preferences = said[mail.partner_id]
            refused = {kind for kind, value in preferences.items() if value == "refused"}
            wanted[mail.company_id][mail.uid] = refused
        suppression = mine.env["mail.engagement.suppression"]
        for company, kinds in wanted.items():
            suppression._engagement_suppress(company, kinds)
