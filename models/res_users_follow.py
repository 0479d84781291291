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
        if not settings.enabled or self._engagement_lacks_mailbox(settings):
            return ""
        return self.engagement_follow or ("follow" if settings.follow else "skip")

    def _engagement_lacks_mailbox(self, settings):
        mailboxes = self.env["mail.engagement.mailbox"]
        return settings.only_mailboxes and not mailboxes._engagement_is_enabled(self.partner_id)

    def _engagement_missing(self, company):
        """What keeps this user's mails from being followed: see ``res.company``."""
        missing = company._engagement_missing()
        if self._engagement_lacks_mailbox(company._engagement_settings(company.id)):
            missing.append(
                ("mailbox", self.env._("Your mailbox was not approved and enabled yet."))
            )
        return missing

    def _init_store_data(self, store):
        result = super()._init_store_data(store)
        if self.env.user.has_group("mail_engagement.group_user"):
            store.add_global_values(
                engagementFollow=self.env.user._engagement_follows(self.env.company)
            )
        return result
