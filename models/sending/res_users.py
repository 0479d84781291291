from odoo import api, fields, models, tools

from .mail_message import FOLLOW


class ResUsers(models.Model):
    """Whether a user sees engagement, and whether their new mails are followed."""

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

    def write(self, vals):
        result = super().write(vals)
        if "engagement_follow" in vals:
            self.env.registry.clear_cache("stable")
        return result

    def _engagement_is_shown(self):
        """Whether this user's web client shows what became of mails.

        A customer who posts asks this of each follower, and ``has_group`` would refuse to answer.

        :rtype: bool
        """
        self.ensure_one()
        is_on = self.env["res.company"]._engagement_is_on()
        return is_on and self._has_group("mail_engagement.group_user")

    def _engagement_preference(self):
        """What this user has chosen for their new mails; costs no query.

        :rtype: str, follow or skip; "" without a choice, and while no company follows its mails
        """
        if not self.env["res.company"]._engagement_is_on():
            return ""
        return self._engagement_choice(self.id)

    @api.model
    @tools.ormcache("user_id", cache="stable")
    def _engagement_choice(self, user_id):
        # sudo: an author need not be able to read users.
        return self.sudo().browse(user_id).engagement_follow or ""

    def _engagement_follows(self, company):
        """Whether this user's new mails are followed unless they decide otherwise.

        :rtype: str, follow or skip; "" where nothing can be followed
        """
        if not company._engagement_is_on():
            return ""
        settings = company._engagement_settings(company.id)
        if not settings.enabled or not self.partner_id._engagement_may_be_followed(settings):
            return ""
        return self._engagement_preference() or ("follow" if settings.follow else "skip")

    def _init_store_data(self, store):
        result = super()._init_store_data(store)
        if self.env.user._engagement_is_shown():
            store.add_global_values(
                engagementFollow=self.env.user._engagement_follows(self.env.company)
            )
        return result
