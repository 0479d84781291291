from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.sql import table_exists

from ...tools.bulk import columns_sql
from ..events.mail_engagement_event import TYPES, VERDICTS

# Days counted in one transaction.
BATCH = 20
# Each day is counted anew once in so many, whatever was noted: what no note tells of is repaired.
REPAIR_DAYS = 30
# Rows of four kinds: of half hours; and of days, in which nobody is named, or salespeople are, or
# templates.
BY_TIME, BY_DAY, BY_PEOPLE, BY_TEMPLATE = "time", "day", "people", "template"
# All but a few time zones differ from UTC by a multiple of it.
SLOT = timedelta(minutes=30)
SLOT_SQL = SQL(
    """date_trunc('hour', event.occurred_at)
       + CASE WHEN EXTRACT(MINUTE FROM event.occurred_at) < 30 THEN INTERVAL '0' ELSE %s END""",
    SLOT,
)
# When a row of a whole day is said to be: in most time zones it is the same day then.
NOON = timedelta(hours=12)


class Cut(NamedTuple):
    """What rows of one kind tell apart besides what all of them do.

    :ivar names: fields of the analysis → the columns that each is made of
    :ivar columns: name → SQL, on a mail
    """

    names: dict[str, set[str]]
    columns: dict[str, SQL]


class MailEngagementDay(models.Model):
    """What the analysis adds up of past days, so that it does not read millions of events.

    Derived from the events, never the other way round. A day's rows are right until it is noted as
    stale: from then on its events are read, until the scheduled action has counted it anew.
    """

    _name = "mail.engagement.day"
    _description = "Engagement of a Day"
    _order = "occurred_at, id"
    _rec_name = "occurred_at"
    _log_access = False

    cut = fields.Selection(
        [
            (BY_TIME, "By half hours"),
            (BY_DAY, "By days"),
            (BY_PEOPLE, "By senders"),
            (BY_TEMPLATE, "By templates"),
        ],
        required=True,
        readonly=True,
    )
    occurred_at = fields.Datetime("When", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    author_id = fields.Many2one(
        "res.partner", "Sender", readonly=True, index="btree_not_null", ondelete="set null"
    )
    template_id = fields.Many2one(
        "mail.template", "Template", readonly=True, index="btree_not_null", ondelete="set null"
    )
    model = fields.Char(
        "Document Model", readonly=True, help="Empty where the document is gone, too."
    )
    type = fields.Selection(TYPES, required=True, readonly=True)
    verdict = fields.Selection(VERDICTS, "Caused by", required=True, readonly=True)
    events = fields.Integer(readonly=True)
    # Each of the events may have the most that an integer holds.
    repeat_count = fields.Float("Times", readonly=True)

    _cut_idx = models.Index("(cut, occurred_at)")

    def _auto_init(self):
        is_new = not table_exists(self.env.cr, self._table)
        result = super()._auto_init()
        if is_new and table_exists(self.env.cr, "mail_engagement_event"):
            self.env.registry.post_init(self.env["mail.engagement.day.stale"]._engagement_note_all)
        return result

    @api.model
    def _cron_engagement_days(self):
        """Count the days that are stale."""
        cron, stale = self.env["ir.cron"], self.env["mail.engagement.day.stale"]
        stale._engagement_forget_repeated()
        while True:
            done = self._engagement_count_days()
            left = len(stale._engagement_days())
            if not cron._commit_progress(done, remaining=left) or not left:
                return

    @api.autovacuum
    def _gc_repair(self):
        """Have some days counted anew, others each day."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO mail_engagement_day_stale (day)
                   SELECT DISTINCT occurred_at::date FROM mail_engagement_day
                    WHERE (occurred_at::date - %(today)s::date) %% %(days)s = 0""",
                today=fields.Date.today(),
                days=REPAIR_DAYS,
            )
        )

    @api.model
    def _engagement_count_days(self, limit=BATCH):
        """Count stale days anew, the latest first. Today is none of them before it is over.

        What is noted by others meanwhile stays noted.

        :return: how many
        :rtype: int
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT day, array_agg(id) FROM mail_engagement_day_stale
                    WHERE day < %s GROUP BY day ORDER BY day DESC LIMIT %s""",
                fields.Date.today(),
                limit,
            )
        )
        if not rows:
            return 0
        days = [day for day, _ids in rows]
        self.env.cr.execute(
            SQL(
                """DELETE FROM mail_engagement_day row USING unnest(%s::date[]) AS day
                    WHERE row.occurred_at >= day AND row.occurred_at < day + 1""",
                days,
            )
        )
        self.env.cr.execute(self._engagement_count_sql(days))
        self.env.cr.execute(
            SQL(
                "DELETE FROM mail_engagement_day_stale WHERE id = ANY(%s)",
                [id_ for _day, ids in rows for id_ in ids],
            )
        )
        self.invalidate_model()
        return len(days)

    @api.model
    def _engagement_count_sql(self, days):
        """:return: an INSERT of these days' rows, of all kinds in one pass over the events"""
        cuts = self._engagement_cuts()
        columns = self._engagement_columns()
        sets = [
            SQL(", ").join(map(SQL.identifier, ["day", *cuts[cut].columns]))
            for cut in (BY_DAY, BY_PEOPLE, BY_TEMPLATE)
        ]
        return SQL(
            """INSERT INTO mail_engagement_day (cut, occurred_at, company_id, model, type, verdict,
                                                %(names)s, events, repeat_count)
               SELECT CASE WHEN GROUPING(slot) = 0 THEN %(by_time)s
                           WHEN GROUPING(author_id) = 0 THEN %(by_people)s
                           WHEN GROUPING(template_id) = 0 THEN %(by_template)s
                           ELSE %(by_day)s END,
                      COALESCE(slot, day + %(noon)s), company_id, model, type, verdict, %(names)s,
                      COUNT(*), SUM(repeat_count)
                 FROM (SELECT day::timestamp AS day,
                              %(slot)s AS slot,
                              mail.company_id, %(model)s AS model, event.type, event.verdict,
                              event.repeat_count, %(columns)s
                         FROM unnest(%(days)s::date[]) AS day
                         JOIN mail_engagement_event event
                           ON event.occurred_at >= day AND event.occurred_at < day + 1
                         JOIN mail_engagement_tracking mail ON mail.id = event.tracking_id %(joins)s
                        WHERE %(counted)s) AS line
                GROUP BY company_id, model, type, verdict, GROUPING SETS ((slot), %(sets)s)""",
            names=SQL(", ").join(map(SQL.identifier, columns)),
            by_time=BY_TIME,
            by_day=BY_DAY,
            by_people=BY_PEOPLE,
            by_template=BY_TEMPLATE,
            noon=NOON,
            slot=SLOT_SQL,
            model=self._engagement_model_sql(),
            columns=columns_sql(columns),
            days=days,
            joins=self._engagement_mail_joins(),
            counted=self.env["mail.engagement.report"]._engagement_counted_sql(),
            sets=SQL(", ").join(SQL("(%s)", columns) for columns in sets),
        )

    @api.model
    def _engagement_model_sql(self):
        """The model of a mail's document, if that is still there: else nobody reads by it.

        :rtype: SQL
        """
        cases = [
            SQL(
                "WHEN %s THEN CASE WHEN EXISTS (SELECT FROM %s doc WHERE doc.id = mail.res_id)"
                " THEN mail.model END",
                name,
                SQL.identifier(self.env[name]._table),
            )
            for name in self.env["mail.engagement.tracking"]._engagement_document_models()
            if name in self.env
        ]
        return SQL("CASE mail.model %s END", SQL(" ").join(cases)) if cases else SQL("NULL::text")

    @api.model
    def _engagement_cuts(self):
        """:return: what is told apart by the rows of each kind, the fewest first
        :rtype: dict[str, Cut]
        """
        return {
            BY_DAY: Cut({}, {}),
            BY_TIME: Cut({"weekday": {"occurred_at"}, "hour": {"occurred_at"}}, {}),
            BY_PEOPLE: Cut({"user_id": {"author_id"}}, {"author_id": SQL("mail.author_id")}),
            BY_TEMPLATE: Cut(
                {"template_id": {"template_id"}}, {"template_id": SQL("mail.template_id")}
            ),
        }

    @api.model
    def _engagement_columns(self):
        """:return: the columns of all kinds
        :rtype: dict[str, SQL]
        """
        columns = {}
        for cut in self._engagement_cuts().values():
            columns |= cut.columns
        return columns

    @api.model
    def _engagement_mail_joins(self):
        """:return: what the columns need besides the mail
        :rtype: SQL
        """
        return SQL()
