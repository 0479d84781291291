from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class MailEngagementDecision(models.AbstractModel):
    """What an administrator decided for a company, written down once and never changed.

    The last word counts. Two administrators who decide at once leave two rows.
    """

    _name = "mail.engagement.decision"
    _description = "Decision for a Company"
    _order = "id DESC"
    _rec_name = "company_id"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "By", required=True, ondelete="restrict")
    date = fields.Datetime("On", required=True, default=fields.Datetime.now)
    version = fields.Integer(required=True)
    lang = fields.Char("Language", help="The language that the text was shown in.")

    @api.model
    def _engagement_decide(self, company, **values):
        """Write down what the current user decides.

        :param res.company company:
        :raises AccessError: unless they administrate this Odoo and work for that company
        """
        if not self.env.su and not (
            self.env.user._is_system() and company in self.env.user.company_ids
        ):
            raise AccessError(
                self.env._("Only a system administrator of the company decides on this.")
            )
        # sudo: the log is written by nobody directly, so that it stays what it is.
        decision = self.sudo().create(
            {
                "company_id": company.id,
                "user_id": self.env.uid,
                "lang": self.env.lang or "en_US",
                **values,
            }
        )
        self.env.registry.clear_cache("stable")  # what is missing, see res.company
        return decision

    @api.model
    def _engagement_last(self, company):
        """The company's last decision. Everybody may know it, unlike the log."""
        # sudo: see above.
        return self.sudo().search([("company_id", "=", company.id)], limit=1)

    def write(self, vals):
        if vals:
            raise UserError(self.env._("What was decided stays on record."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("What was decided stays on record."))
