from odoo import models


class EngagementProcessingReport(models.AbstractModel):
    """The values of the printed page."""

    _name = "report.mail_engagement.engagement_processing"
    _description = "Record of Processing"

    def _get_report_values(self, docids, data=None):
        companies = self.env["res.company"].browse(docids)
        return {"docs": companies, "records": [item._engagement_processing() for item in companies]}
