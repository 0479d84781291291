from odoo import fields, models

from .mail_message import FOLLOW


class ResUsers(models.Model):
    _inherit = "res.users"

    engagement_follow = fields.Selection(
        FOLLOW,
        "My New E-mails",
        help="Empty: as the company has set it.",
        prefetch="engagement",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + ["engagement_follow"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + ["engagement_follow"]

    def _engagement_follows(self, company):
        """Whether this user's new mails are followed unless he decides otherwise.

        :rtype: str, follow or skip; "" where nothing can be followed
        """
        settings = company._engagement_settings(company.id)
        if not settings.enabled or not self.partner_id._engagement_may_be_followed(settings):
            return ""
        return self.engagement_follow or ("follow" if settings.follow else "skip")

    def _init_store_data(self, store):
        result = super()._init_store_data(store)
        if self.env.user.has_group("mail_engagement.group_user"):
            store.add_global_values(
                engagementFollow=self.env.user._engagement_follows(self.env.company)
            )
        return result
