from odoo import api, fields, models
from odoo.tools import format_date


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    engagement_enabled = fields.Boolean(related="company_id.engagement_enabled", readonly=False)
    engagement_follow_default = fields.Boolean(
        related="company_id.engagement_follow_default", readonly=False
    )
    engagement_follow_attachments = fields.Boolean(
        related="company_id.engagement_follow_attachments", readonly=False
    )
    engagement_track_opens = fields.Boolean(
        related="company_id.engagement_track_opens", readonly=False
    )
    engagement_track_clicks = fields.Boolean(
        related="company_id.engagement_track_clicks", readonly=False
    )
    engagement_track_attachments = fields.Boolean(
        related="company_id.engagement_track_attachments", readonly=False
    )
    engagement_terms_accepted = fields.Boolean(compute="_compute_engagement_terms")
    engagement_terms_summary = fields.Char(compute="_compute_engagement_terms")

    @api.depends("company_id")
    def _compute_engagement_terms(self):
        terms = self.env["mail.engagement.terms"]
        for settings in self:
            accepted = terms._engagement_is_accepted(settings.company_id)
            last = terms.search([("company_id", "=", settings.company_id.id)], limit=1)
            settings.engagement_terms_accepted = accepted
            settings.engagement_terms_summary = accepted and self.env._(
                "Version %(version)s, accepted by %(user)s on %(date)s",
                version=last.version,
                user=last.user_id.name,
                date=format_date(self.env, last.date),
            )
