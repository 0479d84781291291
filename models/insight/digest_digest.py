from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...tools.wilson import percent


class DigestDigest(models.Model):
    """What people did with followed e-mails, in Odoo's own digest."""

    _inherit = "digest.digest"

    kpi_engagement_mail = fields.Boolean("E-mails Opened or Answered")
    kpi_engagement_mail_value = fields.Integer(compute="_compute_kpi_engagement_mail_value")
    kpi_engagement_open = fields.Boolean("E-mails Opened, of the Measurable")
    kpi_engagement_open_value = fields.Float(compute="_compute_kpi_engagement_open_value")

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

    def _compute_kpi_engagement_open_value(self):
        if not self.env.user.has_group("mail_engagement.group_user"):
            raise AccessError(
                self.env._("Do not have access, skip this data for user's digest email")
            )
        start, end, companies = self._get_kpi_compute_parameters()
        counts = self._engagement_open_counts(start, end, companies)
        for digest in self:
            opened, measurable = counts.get(digest.company_id or self.env.company, (0, 0))
            digest.kpi_engagement_open_value = 100 * opened / (measurable or 1)

    @api.model
    def _engagement_open_counts(self, start, end, companies):
        """Of the mails sent in a time: how many were opened, and of how many that can be seen.

        :rtype: dict[res.company, tuple[int, int]]
        """
        groups = self.env["mail.engagement.rate"]._read_group(
            [
                ("sent_at", ">=", start),
                ("sent_at", "<", end),
                ("company_id", "in", companies.ids),
            ],
            ["company_id"],
            ["opened:sum", "open_measurable:sum"],
        )
        return {company: (opened, measurable) for company, opened, measurable in groups}

    def _compute_kpis(self, company, user):
        """A rate says what it is a rate of, and where numbers are small what they prove."""
        kpis = super()._compute_kpis(company, user)
        mine = [kpi for kpi in kpis if kpi["kpi_name"] == "kpi_engagement_open"]
        if mine:
            reader = self.with_user(user).with_company(company)
            for number, (name, (times, _before)) in enumerate(self._compute_timeframes(company), 1):
                span = map(fields.Datetime.to_string, times)
                opened, measurable = reader._engagement_open_counts(*span, company).get(
                    company, (0, 0)
                )
                share = percent(opened, measurable)
                mine[0][f"kpi_col{number}"] = {
                    "value": self.env._("%s %%", share) if share else "–",
                    # Odoo's comparison with the time before knows no interval.
                    "margin": 0,
                    "col_subtitle": self.env._(
                        "%(time)s: of %(count)s", time=name, count=measurable
                    ),
                }
        return kpis

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env.ref("mail_engagement.mail_engagement_report_menu").id
        action = "mail_engagement.mail_engagement_report_action"
        rates = self.env.ref("mail_engagement.mail_engagement_rate_menu").id
        rate = "mail_engagement.mail_engagement_rate_action"
        return {
            **actions,
            "kpi_engagement_mail": f"{action}?menu_id={menu}",
            "kpi_engagement_open": f"{rate}?menu_id={rates}",
        }
