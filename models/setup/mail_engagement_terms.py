from odoo import api, fields, models

# Raise it with each change of the text in views/setup/mail_engagement_terms_templates.xml.
VERSION = 1


class MailEngagementTerms(models.Model):
    """Who accepted (or withdrew) which version of the terms for which company."""

    _name = "mail.engagement.terms"
    _description = "Accepted Terms"
    _inherit = ["mail.engagement.decision"]

    action = fields.Selection(
        [("accept", "Accepted"), ("withdraw", "Withdrawn")], required=True, default="accept"
    )

    @api.model
    def accept(self, company):
        """The current user accepts today's terms for a company.

        :param res.company company:
        :raises AccessError: unless they are a system administrator
        """
        terms = self._engagement_decide(
            company, version=self._engagement_version(), action="accept"
        )
        company._engagement_prepare_keys()
        return terms

    @api.model
    def withdraw(self, company):
        """Take the acceptance back: nothing is followed any more.

        :raises AccessError: unless the user is a system administrator
        """
        version = self._engagement_last(company).version or self._engagement_version()
        terms = self._engagement_decide(company, version=version, action="withdraw")
        company.engagement_enabled = False
        return terms

    @api.model
    def _engagement_version(self):
        return VERSION

    @api.model
    def _engagement_is_accepted(self, company):
        """Whether the last word on a company's terms is an acceptance of today's version."""
        last = self._engagement_last(company)
        return last.action == "accept" and last.version == self._engagement_version()

    @api.model
    def _engagement_is_outdated(self, company):
        """Whether an older version was accepted: it goes on under that one, and asks again."""
        last = self._engagement_last(company)
        return last.action == "accept" and last.version < self._engagement_version()
