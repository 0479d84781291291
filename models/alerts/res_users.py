from odoo import fields, models

from .res_company import OFFLINE

ALERTS = (
    "engagement_alert_open",
    "engagement_alert_click",
    "engagement_alert_attachment",
    "engagement_alert_reply",
    "engagement_alert_scope",
    "engagement_alert_offline",
)


class ResUsers(models.Model):
    """Of what a user wants to be told, and how."""

    _inherit = "res.users"

    engagement_alert_open = fields.Boolean("First Opens", default=True, prefetch="engagement")
    engagement_alert_click = fields.Boolean("Link Clicks", default=True, prefetch="engagement")
    engagement_alert_attachment = fields.Boolean(
        "Attachment Views", default=True, prefetch="engagement"
    )
    engagement_alert_reply = fields.Boolean("Replies", default=True, prefetch="engagement")
    engagement_alert_scope = fields.Selection(
        [("mine", "My e-mails"), ("team", "My sales teams' e-mails")],
        "Alerts About",
        default="mine",
        required=True,
        prefetch="engagement",
    )
    engagement_alert_offline = fields.Selection(
        OFFLINE,
        "While Odoo Is Closed",
        help="Empty: as the company has set it.",
        prefetch="engagement",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + [*ALERTS]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + [*ALERTS]

    def _init_store_data(self, store):
        result = super()._init_store_data(store)
        if self.env.user._engagement_is_shown():
            store.add_global_values(
                engagementUnread=self.env["mail.engagement.alert"]._engagement_unread()
            )
        return result
