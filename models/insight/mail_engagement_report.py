import pytz

from odoo import api, fields, models
from odoo.tools import SQL

from ..events.mail_engagement_event import TYPES, VERDICTS

WEEKDAYS = [
    ("1", "Monday"),
    ("2", "Tuesday"),
    ("3", "Wednesday"),
    ("4", "Thursday"),
    ("5", "Friday"),
    ("6", "Saturday"),
    ("7", "Sunday"),
]
HOURS = [(f"{hour:02}", f"{hour:02}:00") for hour in range(24)]


class MailEngagementReport(models.Model):
    """What happened to followed e-mails: by whom they were sent, with what, where and when.

    A row for each event that is judged. Hours and weekdays are those of the reader's time zone,
    so the query is made anew for each reader instead of being a view of the database.
    """

    _name = "mail.engagement.report"
    _description = "Engagement Analysis"
    _inherit = ["mail.engagement.line.mixin"]
    _auto = False
    _order = "occurred_at DESC, id DESC"
    _depends = {
        "mail.engagement.event": [
            "tracking_id",
            "type",
            "verdict",
            "reason",
            "occurred_at",
            "repeat_count",
            "device_type",
            "client",
            "country_id",
        ],
    }

    tracking_id = fields.Many2one(string="E-mails")
    type = fields.Selection(TYPES, readonly=True)
    verdict = fields.Selection(VERDICTS, "Caused by", readonly=True)
    repeat_count = fields.Integer("Events", readonly=True)
    occurred_at = fields.Datetime("When", readonly=True)
    weekday = fields.Selection(WEEKDAYS, readonly=True)
    hour = fields.Selection(HOURS, readonly=True)
    country_id = fields.Many2one("res.country", "Country", readonly=True)
    device_type = fields.Selection(
        selection=lambda self: self.env["mail.engagement.event"]._fields["device_type"].selection,
        string="Device",
        readonly=True,
    )
    client = fields.Char("E-mail Program", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """SELECT %s FROM mail_engagement_event event
                 JOIN mail_engagement_tracking mail ON mail.id = event.tracking_id %s
                WHERE event.verdict IS NOT NULL AND %s""",
            SQL(", ").join(
                SQL("%s AS %s", column, SQL.identifier(name))
                for name, column in self._engagement_line_columns().items()
            ),
            self._engagement_line_joins(),
            # The same view, loaded twice, was one.
            SQL("event.reason IS DISTINCT FROM 'same_view'"),
        )

    @api.model
    def _engagement_line_columns(self):
        zone = self.env.context.get("tz") or self.env.user.tz
        local = SQL(
            "(event.occurred_at AT TIME ZONE 'UTC' AT TIME ZONE %s)",
            zone if zone in pytz.all_timezones_set else "UTC",
        )
        event = ("id", "tracking_id", "type", "verdict", "repeat_count", "occurred_at")
        agent = ("country_id", "device_type", "client")
        return {
            **super()._engagement_line_columns(),
            **{name: SQL.identifier("event", name) for name in event + agent},
            "weekday": SQL("TO_CHAR(%s, 'ID')", local),
            "hour": SQL("TO_CHAR(%s, 'HH24')", local),
        }
