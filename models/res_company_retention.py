from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    engagement_page_link = fields.Boolean(
        "Link to the Recipient's Own Page",
        help="Below each e-mail to a single contact: what is followed, and their choice.",
        prefetch="engagement",
    )
    engagement_address_days = fields.Integer(
        "Network Addresses and Programs",
        default=30,
        help="Days; then the address, the program's own words and the city are deleted.",
        prefetch="engagement",
    )
    engagement_event_days = fields.Integer(
        "Events",
        default=365,
        help="Days; then each event is deleted, and its numbers stay. Requests for e-mails older "
        "than this are answered and not recorded.",
        prefetch="engagement",
    )
    engagement_person_days = fields.Integer(
        "Who Got the E-mail",
        default=1095,
        help="Days after sending; then contact and address are taken off the numbers. 0: never.",
        prefetch="engagement",
    )

    @api.constrains("engagement_address_days", "engagement_event_days", "engagement_person_days")
    def _check_engagement_days(self):
        for company in self:
            if company.engagement_address_days < 0 or company.engagement_person_days < 0:
                raise ValidationError(self.env._("A number of days is not negative."))
            if company.engagement_event_days < 1:
                raise ValidationError(self.env._("Events are kept for a day at least."))
            if 0 < company.engagement_person_days < company.engagement_event_days:
                raise ValidationError(
                    self.env._("Who got an e-mail is kept as long as its events at least.")
                )
