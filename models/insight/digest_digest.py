from odoo import fields, models
from odoo.exceptions import AccessError


class DigestDigest(models.Model):
    """How many followed e-mails people did something with, in Odoo's own digest."""

    _inherit = "digest.digest"

    kpi_engagement_mail = fields.Boolean("E-mails Opened or Answered")
    kpi_engagement_mail_value = fields.Integer(compute="_compute_kpi_engagement_mail_value")

    def _compute_kpi_engagement_mail_value(self):
        if not self.env.user.has_group("mail_engagement.group_user"):
            raise AccessError(
                self.env._("Do not have access, skip this data for user's digest email")
            )
        start, end, companies = self._get_kpi_compute_parameters()
        counts = dict(
            self.env["mail.engagement.report"]._read_group(
                [
                    ("verdict", "=", "human"),
                    ("occurred_at", ">=", start),
                    ("occurred_at", "<", end),
                    ("company_id", "in", companies.ids),
                ],
                ["company_id"],
                ["tracking_id:count_distinct"],
            )
        )
        for digest in self:
            company = digest.company_id or self.env.company
            digest.kpi_engagement_mail_value = counts.get(company, 0)

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("mail_engagement.mail_engagement_report_menu").id
        action = "mail_engagement.mail_engagement_report_action"
        return {**actions, "kpi_engagement_mail": f"{action}?menu_id={menu}"}
