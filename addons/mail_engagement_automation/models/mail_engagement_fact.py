from odoo import api, fields, models

from .base_automation import RuleFailed


class MailEngagementFact(models.Model):
    """What automation rules wait for becomes facts, and facts run them."""

    _inherit = "mail.engagement.fact"

    failed_automation_ids = fields.Many2many(
        "base.automation",
        "mail_engagement_fact_failed_automation_rel",
        "fact_id",
        "automation_id",
        "Rules That Failed",
        readonly=True,
    )

    @api.model
    def _engagement_wanted(self):
        wanted = super()._engagement_wanted()
        rules = self.env["base.automation"]._engagement_listening()
        companies = self.env["res.company"].search([("engagement_enabled", "=", True)]).ids
        for kind in set(rules.mapped("engagement_kind")):
            wanted[kind] = wanted.get(kind, set()).union(companies)
        return wanted

    def _engagement_act(self):
        result = super()._engagement_act()
        self.env["base.automation"]._engagement_run(self)
        return result

    def _engagement_put_off(self, error):
        """Without a rule that failed, all others run at once, as if it were not there."""
        if not isinstance(error, RuleFailed):
            return super()._engagement_put_off(error)
        self.failed_automation_ids |= error.rule
        error.rule._engagement_failed(error.error)
        return None
