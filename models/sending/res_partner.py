from odoo import fields, models

from ..consent.res_partner import FIELDS


class ResPartner(models.Model):
    """A contact's followed mails, and what a new refusal means for them."""

    _inherit = "res.partner"

    engagement_tracking_ids = fields.One2many(
        "mail.engagement.tracking",
        "partner_id",
        "Followed E-mails",
        groups="mail_engagement.group_user",
    )

    def _engagement_may_be_followed(self, settings):
        """Whether this person's own mails, as their author, may be followed: a hook.

        :param core.res_company.Settings settings: of the company that sends
        :rtype: bool
        """
        return True

    def write(self, vals):
        """A refusal holds for mails already sent, at the relays too."""
        result = super().write(vals)
        if FIELDS.keys() & vals.keys():
            self._engagement_suppress_sent()
        return result

    def _engagement_suppress_sent(self):
        """Tell the edges what may not be recorded of mails that these contacts, their companies'
        people or others with the same address got."""
        # sudo: a refusal concerns mails and contacts, too, that its user may not see.
        mine = self.sudo().with_context(active_test=False)
        people = mine | mine.search([("commercial_partner_id", "in", mine.ids)])
        addresses = people._engagement_addresses()
        people |= mine.search([("email_normalized", "in", addresses)])
        mails = mine.env["mail.engagement.tracking"].search(
            ["|", ("partner_id", "in", people.ids), ("email_normalized", "in", addresses)]
        )
        suppression = mine.env["mail.engagement.suppression"]
        for company, sent in mails.grouped("company_id").items():
            refused = sent._engagement_refused()
            suppression._engagement_suppress(company, refused)
            sent._engagement_note_refused(refused)
