from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..events.mail_engagement_event import TYPES, VERDICTS
from .mail_engagement_day import BY_PEOPLE, BY_TIME, SLOT

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


# By what the rows of days are told apart whatever they are added up by; the granularities of time
# that half an hour belongs to one of; and all that is added up.
PLAIN = {"company_id", "type", "verdict", "occurred_at"}
TIMES = {"weekday", "hour"}
TOO_FINE = {"minute_number", "second_number"}
SUMS = {"__count", "repeat_count:sum"}
# How a condition may compare the time.
CUTS = {"<", "<=", ">", ">="}
# In the context: how one reading of groups is to add up.
SUMMED = "engagement_summed"


class Summed(NamedTuple):
    """How a report is added up: by which rows of ``mail.engagement.day``, and what is read of
    events.

    An object of Python's: no context that somebody sends has one.

    :ivar cut: the rows
    :ivar days: of which events are read instead, in their order
    :ivar names: the columns
    """

    cut: str
    days: tuple[date, ...]
    names: tuple[str, ...]


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
        summed = self._engagement_summed()
        if summed:
            return self._engagement_summed_sql(summed)
        columns = self._engagement_line_columns()
        return self._engagement_select_sql(columns, self._engagement_counted_sql())

    @api.model
    def _engagement_select_sql(self, columns, condition):
        """
        :param columns: name → SQL
        :param SQL condition: on ``event`` and ``mail``
        :rtype: SQL
        """
        return SQL(
            """SELECT %s FROM mail_engagement_event event
                 JOIN mail_engagement_tracking mail ON mail.id = event.tracking_id %s
                WHERE %s""",
            _columns_sql(columns),
            self._engagement_line_joins(),
            condition,
        )

    @api.model
    def _engagement_counted_sql(self):
        """:return: which events are lines
        :rtype: SQL
        """
        # The same view, loaded twice, was one.
        return SQL("event.verdict IS NOT NULL AND event.reason IS DISTINCT FROM 'same_view'")

    @api.model
    def _engagement_zone(self):
        zone = self.env.context.get("tz") or self.env.user.tz
        return zone if zone in pytz.all_timezones_set else "UTC"

    @api.model
    def _engagement_line_columns(self):
        local = SQL(
            "(event.occurred_at AT TIME ZONE 'UTC' AT TIME ZONE %s)", self._engagement_zone()
        )
        event = ("id", "tracking_id", "type", "verdict", "repeat_count", "occurred_at")
        agent = ("country_id", "device_type", "client")
        return {
            **super()._engagement_line_columns(),
            **{name: SQL.identifier("event", name) for name in event + agent},
            "weekday": SQL("TO_CHAR(%s, 'ID')", local),
            "hour": SQL("TO_CHAR(%s, 'HH24')", local),
        }

    def _read_group(
        self, domain, groupby=(), aggregates=(), having=(), offset=0, limit=None, order=None
    ):
        summed = None if having else self._engagement_sum(domain, groupby, aggregates, order)
        rows = super(MailEngagementReport, self._engagement_reader(summed))._read_group(
            domain, groupby, aggregates, having=having, offset=offset, limit=limit, order=order
        )
        return self._engagement_read(rows) if summed else rows

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        groupby = {spec for groups in grouping_sets for spec in groups}
        summed = self._engagement_sum(domain, groupby, aggregates, order)
        found = super(MailEngagementReport, self._engagement_reader(summed))._read_grouping_sets(
            domain, grouping_sets, aggregates=aggregates, order=order
        )
        return [self._engagement_read(rows) for rows in found] if summed else found

    def _read_group_select(self, aggregate_spec, query):
        if not self._engagement_summed():
            return super()._read_group_select(aggregate_spec, query)
        name = "events" if aggregate_spec == "__count" else "repeat_count"
        total = SQL("SUM(%s)::bigint", SQL.identifier(self._table, name))
        return SQL("COALESCE(%s, 0)", total) if name == "events" else total

    @api.model
    def _engagement_is_restricted(self):
        # What is summed up was what the user may read.
        return not self._engagement_summed() and super()._engagement_is_restricted()

    @api.model
    def _engagement_summed(self):
        summed = self.env.context.get(SUMMED)
        return summed if isinstance(summed, Summed) else None

    def _engagement_reader(self, summed):
        return self.with_context(**{SUMMED: summed}) if summed else self

    def _engagement_read(self, rows):
        """:return: what was read, with records that know nothing of how"""
        return [
            tuple(
                value.with_env(self.env) if isinstance(value, models.BaseModel) else value
                for value in row
            )
            for row in rows
        ]

    @api.model
    def _engagement_sum(self, domain, groupby, aggregates, order):
        """
        :param groupby: as of ``_read_group``, and so the others
        :return: how these groups can be added up from the rows of days
        :rtype: Summed | None, where events have to be read
        """
        conditions = list(Domain(domain).optimize_full(self).iter_conditions())
        if not self.env.su:
            rule = self.env["ir.rule"]._compute_domain(self._name)
            conditions += rule.iter_conditions()
        times = [one for one in conditions if one.field_expr == "occurred_at"]
        grouped = [spec.partition(":")[::2] for spec in groupby]
        terms = {term.split()[0] for term in (order or "").split(",") if term.strip()}
        names = {name for name, _grain in grouped} | {one.field_expr for one in conditions}
        people = self.env["mail.engagement.day"]._engagement_people()
        is_timed = bool(names & TIMES) or "occurred_at" in dict(grouped)
        cut = PLAIN | (TIMES if is_timed else people)
        if (
            names <= cut
            and SUMS.issuperset(aggregates)
            and terms <= {*SUMS, *groupby}
            and TOO_FINE.isdisjoint(grain for _name, grain in grouped)
            and all(one.operator in CUTS and isinstance(one.value, datetime) for one in times)
            and (not is_timed or self._engagement_has_slots())
            and self._engagement_is_by_company()
        ):
            days = self._engagement_unsummed_days(times)
            return Summed(BY_TIME if is_timed else BY_PEOPLE, days, tuple(sorted(cut)))
        return None

    @api.model
    def _engagement_has_slots(self):
        """Whether hours of the reader's time zone begin where the rows of half hours do."""
        zone, now = pytz.timezone(self._engagement_zone()), datetime.now()
        return not any(zone.utcoffset(now - timedelta(days=ago)) % SLOT for ago in (0, 182))

    @api.model
    def _engagement_is_by_company(self):
        """Whether the rules for mails tell no more of them apart than a day's rows do."""
        if not self._engagement_is_restricted():
            return True
        rule = self.env["ir.rule"]._compute_domain("mail.engagement.tracking")
        return all(one.field_expr == "company_id" for one in rule.iter_conditions())

    @api.model
    def _engagement_unsummed_days(self, times):
        """The days of which events are read: stale ones, and those in the midst of which a
        condition on the time changes its answer. Of today and later there are no rows.

        :param times: the conditions
        :rtype: tuple[date]
        """
        # What waits to be written notes days.
        self.env.flush_all()
        days = set(self.env["mail.engagement.day.stale"]._engagement_days())
        for one in times:
            if one.value.time() != time.min or one.operator in (">", "<="):
                days.add(one.value.date())
        today = fields.Date.today()
        return tuple(sorted(day for day in days if day < today))

    @api.model
    def _engagement_summed_sql(self, summed):
        """
        :param Summed summed:
        :return: lines, each of ``events`` events
        :rtype: SQL
        """
        columns = self._engagement_line_columns()
        columns = {name: columns[name] for name in summed.names}
        columns["repeat_count"] = SQL("event.repeat_count::bigint")
        whole = {**columns, "events": SQL("event.events")}
        single = {**columns, "events": SQL("1")}
        counted, apart = self._engagement_counted_sql(), _during_sql(summed.days)
        mails = self.env["mail.engagement.tracking"]
        if not mails._engagement_is_restricted():
            parts = [
                self._engagement_rows_sql(summed, whole, SQL("TRUE")),
                self._engagement_select_sql(single, SQL("%s AND %s", counted, apart)),
            ]
            return SQL(" UNION ALL ").join(parts)
        # Of models whose documents they may read all, and of their own mails, the rows are right;
        # of other mails they may read few.
        open_models = mails._engagement_open_models()
        is_mine = SQL("FALSE")
        if summed.cut == BY_PEOPLE:
            is_mine = SQL("mail.author_id = %s", self.env.user.partner_id.id)
        model = self.env["mail.engagement.day"]._engagement_model_sql()
        readable = mails._search([]).subselect()
        few = mails._engagement_access_mails(without=open_models)
        parts = [
            self._engagement_rows_sql(
                summed, whole, SQL("(event.model = ANY(%s) OR %s)", open_models, is_mine)
            ),
            self._engagement_select_sql(
                single, SQL("%s AND %s AND mail.id IN %s", counted, apart, readable)
            ),
            self._engagement_select_sql(
                single,
                SQL(
                    """%s AND NOT %s AND mail.id IN (%s)
                   AND (%s = ANY(%s) OR %s) IS NOT TRUE""",
                    counted,
                    apart,
                    few,
                    model,
                    open_models,
                    is_mine,
                ),
            ),
        ]
        return SQL(" UNION ALL ").join(parts)

    @api.model
    def _engagement_rows_sql(self, summed, columns, condition):
        """
        :param Summed summed:
        :param columns: name → SQL
        :param SQL condition: on a row, which is ``event``, and on ``mail``
        :return: rows of ``mail.engagement.day`` as lines, by the same columns as events
        :rtype: SQL
        """
        return SQL(
            """SELECT %s FROM mail_engagement_day event
           CROSS JOIN LATERAL (SELECT event.company_id, event.author_id) mail %s
                WHERE event.cut = %s AND event.occurred_at::date <> ALL(%s) AND %s""",
            _columns_sql(columns),
            self._engagement_day_joins(),
            summed.cut,
            list(summed.days),
            condition,
        )

    @api.model
    def _engagement_day_joins(self):
        """As ``_engagement_line_joins``, for rows of days.

        :rtype: SQL
        """
        return self._engagement_seller_join()


def _columns_sql(columns):
    return SQL(", ").join(
        SQL("%s AS %s", column, SQL.identifier(name)) for name, column in columns.items()
    )


def _during_sql(days):
    """
    :param days: in their order
    :return: whether an event is of one of them, of today or later
    :rtype: SQL
    """
    spans = []
    for day in days:
        if spans and spans[-1][1] == day:
            spans[-1] = (spans[-1][0], day + timedelta(days=1))
        else:
            spans.append((day, day + timedelta(days=1)))
    return SQL(
        "(%s)",
        SQL(" OR ").join(
            [
                SQL("event.occurred_at >= %s", fields.Date.today()),
                *(
                    SQL("event.occurred_at >= %s AND event.occurred_at < %s", *span)
                    for span in spans
                ),
            ]
        ),
    )
