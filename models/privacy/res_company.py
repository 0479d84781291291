from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.kinds import GRANTED, KINDS, REFUSED


class ResCompany(models.Model):
    """How long a company keeps what it knows, and its record of processing."""

    _inherit = "res.company"

    engagement_address_days = fields.Integer(
        "Network Addresses and Programs",
        default=30,
        help="Days; then the address, the program's own words and the city are deleted.",
        prefetch="engagement",
    )
    engagement_person_days = fields.Integer(
        "Names of Recipients",
        default=1095,
        help="Days after sending; then contact and address are taken off the numbers. 0: never.",
        prefetch="engagement",
    )

    engagement_mail_days = fields.Integer(
        "Followed E-mails",
        default=0,
        help="Days after sending; then e-mails without events are deleted, and what the rates "
        "count of them stays: by day, sender, sales team and template. Their links still work. "
        "0: never.",
        prefetch="engagement",
    )

    @api.constrains(
        "engagement_address_days",
        "engagement_event_days",
        "engagement_person_days",
        "engagement_mail_days",
    )
    def _check_engagement_days(self):
        for company in self:
            days = (
                company.engagement_address_days,
                company.engagement_person_days,
                company.engagement_mail_days,
            )
            if min(days) < 0:
                raise ValidationError(self.env._("A number of days is not negative."))
            if company.engagement_event_days < 1:
                raise ValidationError(self.env._("Events are kept for a day at least."))
            if 0 < company.engagement_person_days < company.engagement_event_days:
                raise ValidationError(
                    self.env._("The names of recipients are kept as long as the events at least.")
                )
            if 0 < company.engagement_mail_days < company.engagement_event_days:
                raise ValidationError(
                    self.env._("Followed e-mails are kept as long as their events at least.")
                )

    def _engagement_processing(self):
        """What the record of processing says, from the settings as they are.

        :rtype: dict
        """
        self.ensure_one()
        # sudo: the record is printed whole, whatever its user may read.
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
                (
                    label,
                    *(
                        people.search_count([(kind.field, "=", word)])
                        for word in (GRANTED, REFUSED)
                    ),
                )
                for kind, (label, _used) in zip(
                    KINDS, self._engagement_processing_kinds(), strict=True
                )
            ],
            "relays": self.env["mail.engagement.relay"]
            .sudo()
            .search([("company_id", "=", company.id), ("state", "=", "paired")]),
            "webhooks": self.env["mail.engagement.webhook"]
            .sudo()
            .search([("company_id", "=", company.id)]),
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
