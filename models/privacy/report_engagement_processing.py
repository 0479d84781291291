from odoo import models
from odoo.exceptions import AccessError


class EngagementProcessingReport(models.AbstractModel):
    """The values of the printed page."""

    _name = "report.mail_engagement.engagement_processing"
    _description = "Record of Processing"

    def _get_report_values(self, docids, data=None):
        """
        :raises AccessError: unless the user is a manager; Odoo prints a report for anybody who
            asks for its address, and this one is read with more rights than theirs
        """
        user = self.env.user
        if not (user._is_system() or user.has_group("mail_engagement.group_manager")):
            raise AccessError(self.env._("Only managers of Email Engagement print this record."))
        companies = self.env["res.company"].browse(docids)
        companies.check_access("read")
        return {"docs": companies, "records": [item._engagement_processing() for item in companies]}
