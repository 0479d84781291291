from datetime import timedelta

import pytz

from odoo import fields, models

from .res_company import OFFLINE

ALERTS = (
    "engagement_alert_open",
    "engagement_alert_click",
    "engagement_alert_attachment",
    "engagement_alert_reply",
    "engagement_alert_scope",
    "engagement_alert_offline",
    "engagement_alert_quiet",
)
# How far a calendar is looked through for the next working hour.
DAYS_AHEAD = 14


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

    engagement_alert_quiet = fields.Selection(
        [
            ("hours", "Outside my working hours"),
            ("meetings", "Outside my working hours and in meetings"),
        ],
        "Quiet",
        help="No message slides in and none is sent; what people did stands in the menu, and is "
        "sent afterwards.",
        prefetch="engagement",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + [*ALERTS]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + [*ALERTS]

    def _engagement_quiet_until(self):
        """:return: when the quiet hours end (naive, in UTC), by the user's calendar; None outside
            of them
        :rtype: datetime | None
        """
        self.ensure_one()
        now = fields.Datetime.now()
        if self.engagement_alert_quiet == "meetings" and (meeting := self._engagement_meeting(now)):
            return meeting.stop
        return self._engagement_work_begins(now) if self.engagement_alert_quiet else None

    def _engagement_meeting(self, now):
        """The meeting that keeps them busy, the one that ends last."""
        # sudo: also a private one, of which nothing is told but that it ends.
        return (
            self.env["calendar.attendee"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", self.partner_id.id),
                    ("state", "!=", "declined"),
                    ("event_id.show_as", "=", "busy"),
                    ("event_id.start", "<=", now),
                    ("event_id.stop", ">", now),
                ]
            )
            .event_id.sorted("stop")[-1:]
        )

    def _engagement_work_begins(self, now):
        """:return: when they work again; None while they do, or where nobody says when they do"""
        # sudo: their own working hours and days off.
        resource = self.sudo().resource_ids[:1]
        calendar = resource.calendar_id or self.sudo().company_id.resource_calendar_id
        if not calendar or calendar.flexible_hours:
            return None
        start = pytz.utc.localize(now)
        end = start + timedelta(days=DAYS_AHEAD)
        work = calendar._work_intervals_batch(start, end, resource or None)[resource.id]
        begins = next((begin for begin, _end, _record in work), end)
        return begins.astimezone(pytz.utc).replace(tzinfo=None) if begins > start else None

    def _init_store_data(self, store):
        result = super()._init_store_data(store)
        if self.env.user._engagement_is_shown():
            store.add_global_values(
                engagementUnread=self.env["mail.engagement.alert"]._engagement_unread()
            )
        return result
