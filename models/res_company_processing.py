from odoo import fields, models

from .mail_engagement_contact import KINDS


class ResCompany(models.Model):
    _inherit = "res.company"

    def _engagement_processing(self):
        """What the record of processing says, from the settings as they are.

        :rtype: dict
        """
        self.ensure_one()
        # sudo: whoever prints the record is to see it whole.
        company = self.sudo()
        choices = dict(company._fields["engagement_policy"]._description_selection(self.env))
        policies = self.env["mail.engagement.policy"].sudo()
        people = self.env["res.partner"].sudo().with_context(active_test=False)
        terms = self.env["mail.engagement.terms"].sudo()
        return {
            "company": company,
            "printed_at": fields.Datetime.now(),
            "kinds": self._engagement_processing_kinds(),
            "unset": choices[company.engagement_policy],
            "most": choices[company.engagement_max_policy],
            "keeps_address": company.engagement_policy == company.engagement_max_policy == "full",
            "countries": [
                (entry.country_id.name, choices[entry.policy], entry.source)
                for entry in policies.search([("company_id", "in", (False, company.id))])
            ],
            "said": [
                (label, *(people.search_count([(field, "=", value)]) for value in VALUES))
                for field, label in self._engagement_kind_labels()
            ],
            "relays": self.env["mail.engagement.relay"]
            .sudo()
            .search([("company_id", "=", company.id), ("state", "=", "paired")]),
            "base_url": company.get_base_url(),
            "terms": terms.search([("company_id", "=", company.id)], limit=1),
            "changes": self.env["mail.engagement.audit"]
            .sudo()
            .search([("company_id", "=", company.id)], limit=10),
        }

    def _engagement_processing_kinds(self):
        return [
            (self.env._("Opens"), self.engagement_track_opens),
            (self.env._("Link clicks"), self.engagement_track_clicks),
            (self.env._("Attachment views"), self.engagement_track_attachments),
        ]

    def _engagement_kind_labels(self):
        labels = [label for label, _used in self._engagement_processing_kinds()]
        return list(zip(KINDS.values(), labels, strict=True))


VALUES = ("granted", "refused")


class EngagementProcessingReport(models.AbstractModel):
    """The values of the printed page."""

    _name = "report.mail_engagement.engagement_processing"
    _description = "Record of Processing"

    def _get_report_values(self, docids, data=None):
        companies = self.env["res.company"].browse(docids)
        return {"docs": companies, "records": [item._engagement_processing() for item in companies]}
