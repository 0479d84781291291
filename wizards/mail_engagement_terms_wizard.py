from odoo import api, fields, models


class MailEngagementTermsWizard(models.TransientModel):
    """The terms of service, to be read, accepted and withdrawn for one company."""

    _name = "mail.engagement.terms.wizard"
    _description = "Terms of Service"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    text = fields.Html(compute="_compute_text", sanitize=False)
    is_accepted = fields.Boolean(compute="_compute_is_accepted")
    is_outdated = fields.Boolean(compute="_compute_is_accepted")
    version = fields.Integer(compute="_compute_is_accepted")

    @api.depends_context("lang")
    def _compute_text(self):
        self.text = self.env["ir.qweb"]._render("mail_engagement.terms_text")

    @api.depends("company_id")
    def _compute_is_accepted(self):
        terms = self.env["mail.engagement.terms"]
        for wizard in self:
            wizard.is_accepted = terms._engagement_is_accepted(wizard.company_id)
            wizard.is_outdated = terms._engagement_is_outdated(wizard.company_id)
            wizard.version = terms._engagement_version()

    def action_accept(self):
        """Accept for the company, and go on where one came from."""
        self.env["mail.engagement.terms"].accept(self.company_id)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_withdraw(self):
        """Take the acceptance back; this switches the following off."""
        self.env["mail.engagement.terms"].withdraw(self.company_id)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
