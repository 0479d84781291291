from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    """The tracking domain with its checks, exclusions, and whether the set-up is complete."""

    _inherit = "res.config.settings"

    engagement_domain = fields.Char(related="company_id.engagement_domain", readonly=False)
    engagement_base_url = fields.Char("Address in E-mails", compute="_compute_engagement_base_url")
    engagement_checks_html = fields.Html(
        "Checks", related="company_id.engagement_checks_html", sanitize=False
    )
    engagement_excluded_domains = fields.Text(
        related="company_id.engagement_excluded_domains", readonly=False
    )
    engagement_excluded_links = fields.Text(
        related="company_id.engagement_excluded_links", readonly=False
    )
    engagement_kept_files = fields.Text(related="company_id.engagement_kept_files", readonly=False)
    engagement_is_ready = fields.Boolean(compute="_compute_engagement_is_ready")

    @api.depends("company_id", "engagement_domain", "engagement_edge", "engagement_relay_id")
    def _compute_engagement_base_url(self):
        for settings in self:
            settings.engagement_base_url = settings.company_id._engagement_base_url()

    @api.depends("company_id")
    def _compute_engagement_is_ready(self):
        terms = self.env["mail.engagement.terms"]
        permissions = self.env["mail.engagement.permission"]
        for settings in self:
            company = settings.company_id
            settings.engagement_is_ready = (
                terms._engagement_is_accepted(company)
                and permissions._engagement_grant_state(company) == "granted"
                and not company._engagement_offered_relay()
            )

    def action_engagement_check(self):
        """Look whether recipients can reach what is set, and what spam filters make of it."""
        self.company_id.action_engagement_check()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
