from odoo import api, fields, models
from odoo.exceptions import AccessError

# Raise it with each change of the text in views/mail_engagement_terms_templates.xml.
VERSION = 1


class MailEngagementTerms(models.Model):
    """Who accepted (or withdrew) which version of the terms for which company. Never changed."""

    _name = "mail.engagement.terms"
    _description = "Accepted Terms"
    _order = "id DESC"
    _rec_name = "company_id"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "By", required=True, ondelete="restrict")
    date = fields.Datetime("On", required=True, default=fields.Datetime.now)
    version = fields.Integer(required=True)
    action = fields.Selection(
        [("accept", "Accepted"), ("withdraw", "Withdrawn")], required=True, default="accept"
    )

    @api.model
    def accept(self, company):
        """The current user accepts today's terms for a company.

        :param res.company company:
        :raises AccessError: unless he is an administrator
        """
        return self._engagement_log(company, "accept")

    @api.model
    def withdraw(self, company):
        """Take the acceptance back: nothing is followed any more.

        :raises AccessError: unless the user is an administrator
        """
        terms = self._engagement_log(company, "withdraw")
        company.engagement_enabled = False
        return terms

    @api.model
    def _engagement_log(self, company, action):
        if not self.env.is_admin():
            raise AccessError(self.env._("Only administrators decide on the terms."))
        company._engagement_prepare_keys()
        # sudo: the log is written by nobody directly, so that it stays what it is.
        return self.sudo().create(
            {
                "company_id": company.id,
                "user_id": self.env.uid,
                "version": VERSION,
                "action": action,
            }
        )

    @api.model
    def _engagement_is_accepted(self, company):
        """Whether the last word on a company's terms is an acceptance of today's version."""
        # sudo: the answer is no secret, the log's details may be.
        last = self.sudo().search([("company_id", "=", company.id)], limit=1)
        return last.action == "accept" and last.version == VERSION
