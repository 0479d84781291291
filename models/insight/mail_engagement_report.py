from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import get_lang

from ...tools.bulk import columns_sql
from ..events.mail_engagement_event import TYPES, VERDICTS
from .mail_engagement_day import BY_DAY, BY_PEOPLE, BY_TIME, NOON, SLOT, SLOT_SQL

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


# What all rows of days tell apart; the granularities of time that nothing is added up by, and those
# that only half hours are; and all that is added up.
PLAIN = {"company_id", "type", "verdict", "occurred_at"}
TOO_FINE = {"minute_number", "second_number"}
HOURS_OF = {"hour", "hour_number"}
SUMS = {"__count", "repeat_count:sum"}
# How a condition may compare the time.
CUTS = {"<", "<=", ">", ">="}
# The day of a week, month, quarter or year with which it begins; all else of a date may change with
# any day.
BEGINNINGS = {
    "week": lambda day, week_start: day.isoweekday() == week_start,
    "month": lambda day, _week_start: day.day == 1,
    "quarter": lambda day, _week_start: day.day == 1 and day.month % 3 == 1,
    "year": lambda day, _week_start: day.day == day.month == 1,
}
DAY = timedelta(days=1)
# What is added up.
EVENTS, ROWS = SQL("mail_engagement_event"), SQL("mail_engagement_day")
MAILS = SQL("mail_engagement_tracking")
# What is asked for of mails when their events are added up.
MAIL_COLUMNS = ("id", "model", "res_id", "company_id", "author_id", "template_id")
# In the context: how one reading of groups is to add up.
SUMMED = "engagement_summed"


class Summed(NamedTuple):
    """How a report is added up: by which rows of ``mail.engagement.day``, and what is read of
    events.

    An object of Python's: no context that somebody sends has one.

    :ivar cut: the rows
    :ivar keys: their columns that are told apart
    :ivar names: fields of the report that are asked for
    :ivar days: of which events are read instead, in their order
    :ivar shifted: times, from … to, that for the reader are of another week or month than their day
    :ivar is_by_slots: whether half hours tell all that is asked for of time
    """

    cut: str
    keys: tuple[str, ...]
    names: tuple[str, ...]
    days: tuple[date, ...]
    shifted: tuple[tuple[datetime, datetime], ...]
    is_by_slots: bool


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
        return SQL(
            """SELECT %s FROM mail_engagement_event event
                 JOIN mail_engagement_tracking mail ON mail.id = event.tracking_id %s
                WHERE %s""",
            columns_sql(self._engagement_line_columns()),
            self._engagement_line_joins(),
            self._engagement_counted_sql(),
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
        domain = Domain(domain).optimize_full(self)
        conditions = list(domain.iter_conditions())
        if not self.env.su:
            rule = self.env["ir.rule"]._compute_domain(self._name)
            conditions += rule.iter_conditions()
        times = [one for one in conditions if one.field_expr == "occurred_at"]
        grouped = [spec.partition(":")[::2] for spec in groupby]
        grains = {grain for name, grain in grouped if name == "occurred_at"}
        terms = {term.split()[0] for term in (order or "").split(",") if term.strip()}
        names = {name for name, _grain in grouped} | {one.field_expr for one in conditions}
        cut = self._engagement_cut(names - PLAIN, grains)
        if (
            cut
            and SUMS.issuperset(aggregates)
            and terms <= {*SUMS, *groupby}
            and all(one.operator in CUTS and isinstance(one.value, datetime) for one in times)
            and self._engagement_is_by_company()
        ):
            days = self._engagement_unsummed_days(times)
            shifted = ()
            if cut != BY_TIME and grains:
                shifted = self._engagement_shifted(cut, grains, domain, days)
            told = self.env["mail.engagement.day"]._engagement_cuts()[cut].names
            keys = (names & PLAIN).union(*(told[name] for name in names - PLAIN))
            is_by_slots = cut in (BY_TIME, BY_DAY) and not any(map(_cut_day, times))
            return Summed(
                cut, tuple(sorted(keys)), tuple(sorted(names)), days, shifted, is_by_slots
            )
        return None

    @api.model
    def _engagement_cut(self, names, grains):
        """
        :param names: fields of the report besides those that all rows tell apart
        :param grains: granularities that the time is grouped by
        :return: the rows that can be added up for these
        :rtype: str | None
        """
        for cut, told in self.env["mail.engagement.day"]._engagement_cuts().items():
            is_fit = cut == BY_TIME or HOURS_OF.isdisjoint(grains)
            if cut == BY_TIME or cut == BY_DAY and grains:
                is_fit = is_fit and self._engagement_has_slots()
            if is_fit and names <= told.names.keys() and TOO_FINE.isdisjoint(grains):
                return cut
        return None

    @api.model
    def _engagement_shifted(self, cut, grains, domain, days):
        """The times that are of another week or month for the reader than the noon of their day.

        :param str cut: rows that stand for whole days
        :param grains: granularities that the time is grouped by
        :param Domain domain: what is asked for
        :param days: that are not added up
        :rtype: tuple[tuple[datetime, datetime]]
        """
        week_start = int(get_lang(self.env).week_start)
        begins = [BEGINNINGS.get(grain, lambda *_any: True) for grain in grains]
        found = []
        days = set(self._engagement_span(cut, domain)).difference(days)
        # The reader's day may begin up to fourteen hours before that of UTC, or twelve later.
        for day in sorted({day + ago * DAY for day in days for ago in (-1, 0, 1)}):
            if any(begin(day, week_start) for begin in begins):
                start, stop = self._engagement_shift(day)
                if start < stop and start.date() in days:
                    found.append((start, stop))
        return tuple(found)

    @api.model
    def _engagement_shift(self, day):
        """
        :param date day: the reader's
        :return: what lies between its beginning and the nearest one of UTC, maybe nothing
        :rtype: tuple[datetime, datetime]
        """
        zone = self.env.context.get("tz")
        # As Odoo groups by time.
        zone = pytz.timezone(zone if zone in pytz.all_timezones_set else "UTC")
        begin = zone.localize(datetime.combine(day, time.min)).astimezone(pytz.utc)
        begin = begin.replace(tzinfo=None)
        midnight = datetime.combine(begin, time.min)
        return (midnight, begin) if begin <= midnight + NOON else (begin, midnight + DAY)

    @api.model
    def _engagement_span(self, cut, domain):
        """
        :param str cut: of rows
        :param Domain domain: what is asked for
        :return: the days from the first such row to the last, as far as the domain wants them
        :rtype: list[date]
        """
        [[first, last]] = self.env.execute_query(
            SQL(
                """SELECT MIN(occurred_at)::date, MAX(occurred_at)::date
                     FROM mail_engagement_day WHERE cut = %s""",
                cut,
            )
        )
        if not first:
            return []
        if {"|", "!"}.isdisjoint(part for part in domain if isinstance(part, str)):
            for one in domain.iter_conditions():
                if one.field_expr == "occurred_at" and one.operator in (">", ">="):
                    first = max(first, one.value.date())
                elif one.field_expr == "occurred_at":
                    last = min(last, one.value.date())
        return [first + number * DAY for number in range((last - first).days + 1)]

    @api.model
    def _engagement_has_slots(self):
        """Whether hours of the reader's time zone begin where the rows of half hours do."""
        zone, now = pytz.timezone(self._engagement_zone()), datetime.now()
        return not any(zone.utcoffset(now - timedelta(days=ago)) % SLOT for ago in (0, 182))

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
        days.update(filter(None, map(_cut_day, times)))
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
        for name in ("events", "repeat_count"):
            columns[name] = SQL.identifier("event", name)
        held = {name: SQL.identifier(name) for name in summed.keys}
        for name in ("company_id", *self.env["mail.engagement.day"]._engagement_columns()):
            held.setdefault(name, SQL("NULL::int"))
        return SQL(
            """SELECT %(columns)s
                 FROM (SELECT %(held)s, SUM(events)::bigint AS events,
                              SUM(repeat_count)::bigint AS repeat_count
                         FROM (%(lines)s) line GROUP BY (%(keys)s) HAVING SUM(events) > 0) event
           CROSS JOIN LATERAL (SELECT event.company_id, event.author_id, event.template_id) mail
                      %(joins)s""",
            columns=columns_sql(columns),
            held=columns_sql(held),
            lines=SQL(" UNION ALL ").join(self._engagement_lines_sql(summed)),
            keys=SQL(", ").join(map(SQL.identifier, summed.keys)),
            joins=self._engagement_day_joins(),
        )

    @api.model
    def _engagement_lines_sql(self, summed):
        """
        :param Summed summed:
        :return: what is added up, each by the keys
        :rtype: list[SQL]
        """
        of_row = of_mail = SQL("TRUE")
        few = []
        mails = self.env["mail.engagement.tracking"]
        if mails._engagement_is_restricted():
            # Where they may read all documents of a model, and of their own mails, the rows are
            # right; of other mails they may read few.
            names, me = mails._engagement_open_models(), self.env.user.partner_id.id
            model = self.env["mail.engagement.day"]._engagement_model_sql()
            of_row = SQL("event.model = ANY(%s)", names)
            of_mail = SQL("(mail.model = ANY(%s) AND %s IS NOT NULL)", names, model)
            if summed.cut == BY_PEOPLE:
                of_row = SQL("(%s OR event.author_id = %s)", of_row, me)
                of_mail = SQL("(%s OR mail.author_id = %s)", of_mail, me)
            readable = mails._engagement_access_mails(MAIL_COLUMNS, without=names)
            others = SQL("(%s) IS NOT TRUE", of_mail)
            few = [
                self._engagement_events_sql(
                    summed, _plain_sql(EVENTS), others, SQL("(%s)", readable)
                )
            ]
        during = SQL("(%s)", _during_sql(EVENTS, _spans(summed.days)))
        lines = [
            self._engagement_rows_sql(
                summed,
                _plain_sql(ROWS),
                SQL(
                    "event.cut = %s AND event.occurred_at::date <> ALL(%s) AND %s",
                    summed.cut,
                    list(summed.days),
                    of_row,
                ),
            ),
            self._engagement_events_sql(summed, _plain_sql(during), of_mail),
            *few,
        ]
        if summed.shifted and summed.cut == BY_DAY:
            shifted = _shifted_sql(ROWS, summed.shifted)
            lines.append(
                self._engagement_rows_sql(
                    summed, shifted, SQL("event.cut = %s AND %s", BY_TIME, of_row)
                )
            )
        elif summed.shifted:
            shifted = _shifted_sql(EVENTS, summed.shifted)
            lines.append(self._engagement_events_sql(summed, shifted, of_mail))
        return lines

    @api.model
    def _engagement_rows_sql(self, summed, rows, condition):
        """
        :param Summed summed:
        :param SQL rows: see _plain_sql
        :param SQL condition: on a row, which is ``event``
        :return: rows, by the keys
        :rtype: SQL
        """
        keys = {name: SQL.identifier("event", name) for name in summed.keys}
        if "occurred_at" in keys:
            keys["occurred_at"] = SQL("event.at")
        keys["events"] = SQL("event.sign * event.events")
        keys["repeat_count"] = SQL("event.sign * event.repeat_count")
        return SQL("SELECT %s FROM %s event WHERE %s", columns_sql(keys), rows, condition)

    @api.model
    def _engagement_events_sql(self, summed, events, condition, mails=MAILS):
        """
        :param Summed summed:
        :param SQL events: see _plain_sql
        :param SQL condition: on ``mail``
        :param SQL mails: of which events are read
        :return: events, by the keys of rows
        :rtype: SQL
        """
        day = self.env["mail.engagement.day"]
        keys = {name: SQL.identifier("event", name) for name in summed.keys}
        of_mail = {"company_id": SQL("mail.company_id"), **day._engagement_columns()}
        keys |= {name: column for name, column in of_mail.items() if name in keys}
        if "occurred_at" in keys:
            keys["occurred_at"] = SLOT_SQL if summed.is_by_slots else SQL("event.at")
        keys["events"] = SQL("event.sign")
        keys["repeat_count"] = SQL("(event.sign * event.repeat_count)::float8")
        return SQL(
            """SELECT %s FROM %s event
                 JOIN %s mail ON mail.id = event.tracking_id %s
                WHERE %s AND %s""",
            columns_sql(keys),
            events,
            mails,
            day._engagement_mail_joins(),
            self._engagement_counted_sql(),
            condition,
        )

    @api.model
    def _engagement_day_joins(self):
        """As ``_engagement_line_joins``, for what is added up.

        :rtype: SQL
        """
        return self._engagement_seller_join()


def _cut_day(condition):
    """
    :param condition: on the time
    :return: the day in the midst of which its answer changes
    :rtype: date | None
    """
    if condition.value.time() == time.min and condition.operator in ("<", ">="):
        return None
    return condition.value.date()


def _spans(days):
    """
    :param days: in their order
    :return: from when till when they are, and from today on
    :rtype: list[tuple[datetime, datetime]]
    """
    spans = [(datetime.combine(fields.Date.today(), time.min), datetime.max)]
    for day in days:
        start = datetime.combine(day, time.min)
        if spans[-1][1] == start:
            spans[-1] = (spans[-1][0], start + DAY)
        else:
            spans.append((start, start + DAY))
    return spans


def _plain_sql(table):
    """
    :param SQL table: events or rows
    :return: them with the time ``at`` for which they count, and the ``sign``, 1
    :rtype: SQL
    """
    return SQL("(SELECT *, 1 AS sign, occurred_at AS at FROM %s event)", table)


def _shifted_sql(table, spans):
    """
    :param SQL table: events or rows
    :param spans: times that are of another week or month than the noon of their day
    :return: as _plain_sql, but twice: taken from that noon, with the sign -1, and added to the time
        when they were
    :rtype: SQL
    """
    return SQL(
        """(SELECT *, CASE WHEN sign > 0 THEN occurred_at ELSE occurred_at::date + %s END AS at
              FROM (%s) event CROSS JOIN (VALUES (1), (-1)) AS twice (sign))""",
        NOON,
        _during_sql(table, spans),
    )


def _during_sql(table, spans):
    """One look into the index for each span: PostgreSQL reads a whole period where a condition
    names it in another way, and guesses how much it is where a join does."""
    return SQL(" UNION ALL ").join(
        SQL("SELECT * FROM %s WHERE occurred_at >= %s AND occurred_at < %s", table, *span)
        for span in spans
    )
