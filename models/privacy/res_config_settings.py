from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """The company's periods, and the record of processing to print."""

    _inherit = "res.config.settings"

    engagement_page_link = fields.Boolean(related="company_id.engagement_page_link", readonly=False)
    engagement_address_days = fields.Integer(
        related="company_id.engagement_address_days", readonly=False
    )
    engagement_event_days = fields.Integer(
        related="company_id.engagement_event_days", readonly=False
    )
    engagement_person_days = fields.Integer(
        related="company_id.engagement_person_days", readonly=False
    )

    engagement_mail_days = fields.Integer(related="company_id.engagement_mail_days", readonly=False)

    def action_engagement_processing(self):
        """The record of processing, from the real settings."""
        return self.env.ref("mail_engagement.engagement_processing_report").report_action(
            self.company_id
        )
