import pytz

from odoo import api, fields, models
from odoo.fields import Domain
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
# The user who sent the mail of a line: somebody active, where a contact had several.
SELLER = SQL(
    """LEFT JOIN (SELECT DISTINCT ON (partner_id) * FROM res_users
                    ORDER BY partner_id, active DESC, id) seller
              ON seller.partner_id = mail.author_id"""
)


class MailEngagementReport(models.Model):
    """What happened to followed e-mails: by whom they were sent, with what, where and when.

    A row for each event that is judged. Hours and weekdays are those of the reader's time zone,
    so the query is made anew for each reader instead of being a view of the database.
    """

    _name = "mail.engagement.report"
    _description = "Engagement Analysis"
    _inherit = ["mail.engagement.access.mixin"]
    _auto = False
    _order = "occurred_at DESC, id DESC"
    _rec_name = "subject"
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
        "mail.engagement.tracking": [
            "author_id",
            "partner_id",
            "template_id",
            "company_id",
            "subject",
            "model",
            "res_id",
        ],
        "res.users": ["partner_id", "active"],
    }

    tracking_id = fields.Many2one("mail.engagement.tracking", "E-mails", readonly=True)
    subject = fields.Char(readonly=True)
    type = fields.Selection(TYPES, readonly=True)
    verdict = fields.Selection(VERDICTS, "Caused by", readonly=True)
    repeat_count = fields.Integer("Events", readonly=True)
    occurred_at = fields.Datetime("When", readonly=True)
    weekday = fields.Selection(WEEKDAYS, readonly=True)
    hour = fields.Selection(HOURS, readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    partner_id = fields.Many2one("res.partner", "Recipient", readonly=True)
    template_id = fields.Many2one("mail.template", "Template", readonly=True)
    country_id = fields.Many2one("res.country", "Country", readonly=True)
    device_type = fields.Selection(
        selection=lambda self: self.env["mail.engagement.event"]._fields["device_type"].selection,
        string="Device",
        readonly=True,
    )
    client = fields.Char("E-mail Program", readonly=True)
    company_id = fields.Many2one("res.company", "Company", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            "SELECT %s FROM %s WHERE event.verdict IS NOT NULL AND %s",
            SQL(", ").join(
                SQL("%s AS %s", column, SQL.identifier(name))
                for name, column in self._engagement_report_columns().items()
            ),
            self._engagement_report_from(),
            # The same view, loaded twice, was one.
            SQL("event.reason IS DISTINCT FROM 'same_view'"),
        )

    @api.model
    def _engagement_report_columns(self):
        """:return: what each field of the report is
        :rtype: dict[str, SQL]
        """
        zone = self.env.context.get("tz") or self.env.user.tz
        local = SQL(
            "(event.occurred_at AT TIME ZONE 'UTC' AT TIME ZONE %s)",
            zone if zone in pytz.all_timezones_set else "UTC",
        )
        event = ("id", "tracking_id", "type", "verdict", "repeat_count", "occurred_at")
        agent = ("country_id", "device_type", "client")
        mail = ("subject", "partner_id", "template_id", "company_id")
        return {
            **{name: SQL.identifier("event", name) for name in event + agent},
            **{name: SQL.identifier("mail", name) for name in mail},
            "weekday": SQL("TO_CHAR(%s, 'ID')", local),
            "hour": SQL("TO_CHAR(%s, 'HH24')", local),
            "user_id": SQL("seller.id"),
        }

    @api.model
    def _engagement_report_from(self):
        """:rtype: SQL"""
        return SQL(
            """mail_engagement_event event
               JOIN mail_engagement_tracking mail ON mail.id = event.tracking_id %s""",
            SELLER,
        )

    @api.model
    def _engagement_access_domain(self):
        """A user who may read an e-mail may read its lines."""
        return Domain("tracking_id", "any!", self.env["mail.engagement.tracking"]._search([]))

    def action_open_mail(self):
        """The followed e-mail that a line is about."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mail.engagement.tracking",
            "res_id": self.tracking_id.id,
            "views": [(False, "form")],
        }
