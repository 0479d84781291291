from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _engagement_missing(self):
        """What is missing before mails are followed, in words, the first step first.

        :return: code and sentence of each
        :rtype: list[tuple[str, str]]
        """
        self.ensure_one()
        # sudo: whoever writes a mail may know whether it can be followed.
        company = self.sudo()
        missing = []
        terms = company.env["mail.engagement.terms"]
        accepted = terms._engagement_is_accepted(company) or (
            # What was switched on under the terms of before goes on until somebody accepts.
            company.engagement_enabled and terms._engagement_is_outdated(company)
        )
        if not accepted:
            missing.append(("terms", self.env._("The terms of service were not accepted yet.")))
        if not company.engagement_enabled:
            missing.append(("enabled", self.env._("Email Engagement is switched off.")))
        return missing
