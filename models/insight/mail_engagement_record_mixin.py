import hashlib
import math
import operator as compare
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.engagement_score import (
    ANSWERED,
    CLICKED,
    DAY,
    HALF_LIFE_DAYS,
    OLDEST_DAYS,
    OPENED,
)

OPERATORS = {"<": compare.lt, "<=": compare.le, ">": compare.gt, ">=": compare.ge}
# What people did with an e-mail; the columns have no default.
OPENED_SQL = SQL("COALESCE(open_count, 0) > 0")
# No sums: counts end where PostgreSQL's integers do.
CLICKED_SQL = SQL("COALESCE(GREATEST(click_count, attachment_open_count), 0) > 0")
ANSWERED_SQL = SQL("COALESCE(reply_count, 0) > 0")
REPLIED = Domain("reply_count", ">", 0)
DELIVERED = Domain("state", "not in", ("failed", "bounced", "untracked"))
ENGAGED = Domain("last_event_at", "!=", False)
# Mails shown at once, and at each "Show more".
PAGE = 10


class Engagement(NamedTuple):
    """What is known of some e-mails together; all but the date and the score are their numbers.

    ``opened``, ``clicked``, ``answered``, ``lately`` and ``measurable`` are of the last year.
    """

    last_at: object = False
    score: float = 0
    opened: int = 0
    clicked: int = 0
    answered: int = 0
    mails: int = 0
    replies: int = 0
    delivered: int = 0
    lately: int = 0
    measurable: int = 0

    def __add__(self, other):
        """Of these and of others."""
        last_at = max(filter(None, (self.last_at, other.last_at)), default=False)
        return Engagement(last_at, *map(sum, zip(self[1:], other[1:], strict=True)))


class MailEngagementRecordMixin(models.AbstractModel):
    """When people last did something with a record's e-mails, and how warm it is by that.

    Nothing is stored: ingest never writes the records themselves, which users edit at the same
    time. What is shown, searched and sorted by is read from the followed e-mails, and through the
    user's own access to them.
    """

    _name = "mail.engagement.record.mixin"
    _description = "Engagement of a Record"

    engagement_last_at = fields.Datetime(
        "Last Engagement",
        compute="_compute_engagement_record",
        search="_search_engagement_last_at",
        groups="mail_engagement.group_user",
        help="When a person last opened, clicked, viewed or answered an e-mail.",
    )
    engagement_score = fields.Integer(
        compute="_compute_engagement_record",
        search="_search_engagement_score",
        groups="mail_engagement.group_user",
        help="The more and the later people did something with the e-mails, the higher.",
    )
    engagement_score_text = fields.Char(
        "Why This Score",
        compute="_compute_engagement_record",
        groups="mail_engagement.group_user",
    )
    engagement_never_answered = fields.Boolean(
        "Never Answered",
        compute="_compute_engagement_record",
        search="_search_engagement_never_answered",
        groups="mail_engagement.group_user",
        help="Got followed e-mails and answered none of them.",
    )
    engagement_tracking_count = fields.Integer(
        "Followed E-mails Count",
        compute="_compute_engagement_record",
        groups="mail_engagement.group_user",
    )

    @api.model
    def _engagement_record_key(self):
        """:return: the field of followed e-mails with the record's id, and which of them count
        :rtype: tuple[str, Domain]
        """
        raise NotImplementedError

    def _engagement_mails(self):
        """:return: the followed e-mails that count for these records: a hook
        :rtype: Domain
        """
        key, mine = self._engagement_record_key()
        return mine & Domain(key, "in", self.ids)

    @api.model
    def _engagement_sources(self, domain=Domain.TRUE):
        """The same e-mails for all records at once: a hook. No two sources find one for the same
        record, as numbers are added up.

        :param Domain domain: of followed e-mails
        :return: column of this model, and its followed e-mails in groups by that column's values
        :rtype: list[tuple[str, odoo.tools.query.Query]]
        """
        return [("id", self._engagement_query(domain))]

    @api.model
    def _engagement_lookups(self, domain):
        """The same sources in parts, each of which an index leads to for one record: a hook. An
        e-mail may be in several.

        :param Domain domain: of followed e-mails
        :rtype: list[tuple[str, odoo.tools.query.Query]]
        """
        return [("id", self._engagement_query(domain))]

    @api.model
    def _engagement_query(self, domain=Domain.TRUE):
        """The records' followed e-mails that the user may read, a group for each record.

        :rtype: odoo.tools.query.Query
        """
        key, mine = self._engagement_record_key()
        mails = self.env["mail.engagement.tracking"]
        mails.flush_model()
        query = mails._search(mine & domain)
        query.groupby = SQL.identifier(query.table, key)
        return query

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_engagement_record(self):
        found = {}
        if self.env["res.company"]._engagement_is_on():
            for column, mails in self._engagement_sources():
                values = {record: record._engagement_value(column) for record in self}
                wanted = [*filter(None, values.values())]
                mails.add_where(SQL("%s = ANY(%s)", mails.groupby, wanted))
                rows = {value: Engagement(*row) for value, *row in self._engagement_rows(mails)}
                for record, value in values.items():
                    if value in rows:
                        found[record] = found.get(record, Engagement()) + rows[value]
        for record in self:
            known = found.get(record, Engagement())
            record.engagement_last_at = known.last_at
            record.engagement_score = round(known.score)
            record.engagement_score_text = " ".join(
                filter(
                    None,
                    (self._engagement_score_text(known), self._engagement_coverage_text(known)),
                )
            )
            record.engagement_never_answered = bool(known.delivered and not known.replies)
            record.engagement_tracking_count = known.mails

    def _engagement_value(self, column):
        """:return: what a source finds this record by
        :rtype: int | bool
        """
        self.ensure_one()
        return (self if column == "id" else self[column])._origin.id

    @api.model
    def _engagement_rows(self, mails):
        """
        :param odoo.tools.query.Query mails: in groups
        :return: of each group its value, then what `Engagement` has
        :rtype: list[tuple]
        """
        oldest = self._engagement_oldest()
        acted = SQL("last_event_at >= %s", oldest)
        lately = SQL("state <> 'failed' AND sent_at >= %s", oldest)
        unseen = self.env["mail.engagement.tracking"]._engagement_unseen_sql(
            SQL.identifier(mails.table), "open"
        )
        numbers = (
            *(SQL("%s AND %s", acted, did) for did in (OPENED_SQL, CLICKED_SQL, ANSWERED_SQL)),
            SQL("TRUE"),
            ANSWERED_SQL,
            SQL("state NOT IN ('failed', 'bounced', 'untracked')"),
            lately,
            SQL("%s AND %s IS NULL", lately, unseen),
        )
        return self.env.execute_query(
            mails.select(
                mails.groupby,
                SQL("MAX(last_event_at)"),
                self._engagement_score_sql(),
                *(SQL("COUNT(*) FILTER (WHERE %s)", which) for which in numbers),
            )
        )

    @api.model
    def _engagement_oldest(self):
        return fields.Datetime.subtract(fields.Datetime.now(), days=OLDEST_DAYS)

    @api.model
    def _engagement_score_text(self, known):
        """What a score is made of, in one line; empty where there is none.

        :param Engagement known:
        """
        parts = [
            text
            for count, text in (
                (
                    known.answered,
                    self.env._(
                        "%(count)s answered (%(points)s points each)",
                        count=known.answered,
                        points=ANSWERED,
                    ),
                ),
                (
                    known.clicked,
                    self.env._(
                        "%(count)s with a click or a viewed file (%(points)s)",
                        count=known.clicked,
                        points=CLICKED,
                    ),
                ),
                (
                    known.opened,
                    self.env._("%(count)s opened (%(points)s)", count=known.opened, points=OPENED),
                ),
            )
            if count
        ]
        if not parts:
            return ""
        return self.env._(
            "E-mails of the last year: %(parts)s. Points halve every %(days)s days.",
            parts=", ".join(parts),
            days=HALF_LIFE_DAYS,
        )

    @api.model
    def _engagement_coverage_text(self, known):
        """How much of it could be seen; empty where all could.

        :param Engagement known:
        """
        if known.lately == known.measurable:
            return ""
        if not known.measurable:
            return self.env._(
                "No opens of the last year's e-mails can be seen: silence means nothing here."
            )
        return self.env._(
            "Opens can be seen of %(measurable)s of %(sent)s e-mails.",
            measurable=known.measurable,
            sent=known.lately,
        )

    @api.model
    def _engagement_score_sql(self):
        """The score of a group of e-mails, by the rule of `tools.engagement_score`, not rounded."""
        return SQL(
            """COALESCE(SUM(
                  (%s * (%s)::int + %s * (%s)::int + %s * (%s)::int)
                  * EXP(GREATEST(0, EXTRACT(EPOCH FROM %s - last_event_at))::float8 * %s))
               FILTER (WHERE last_event_at >= %s), 0)""",
            OPENED,
            OPENED_SQL,
            CLICKED,
            CLICKED_SQL,
            ANSWERED,
            ANSWERED_SQL,
            fields.Datetime.now(),
            # Not POWER: on numeric it takes ten times as long.
            math.log(0.5) / DAY / HALF_LIFE_DAYS,
            self._engagement_oldest(),
        )

    @api.model
    def _engagement_having(self, having, domain=Domain.TRUE):
        """
        :param SQL having: a condition on a record's e-mails together
        :return: the records that it holds for
        :rtype: Domain
        """
        mails = self._engagement_query(domain)
        mails.having = having
        found = SQL("(%s)", mails.select(SQL("%s AS record", mails.groupby)))
        # Joined: PostgreSQL hashes what it is to search in only while that fits into `work_mem`.

        def is_found(_records, alias, query):
            joined = query.make_alias(alias, _hash(found))
            record = SQL.identifier(joined, "record")
            on = SQL("%s = %s", record, SQL.identifier(alias, "id"))
            query.add_join("LEFT JOIN", joined, found, on)
            return SQL("%s IS NOT NULL", record)

        return Domain.custom(to_sql=is_found)

    @api.model
    def _search_engagement_last_at(self, operator, value):
        if operator == "in" and set(value) == {False}:
            return self._engagement_where("engagement_last_at", lambda at: SQL("%s IS NULL", at))
        if operator not in OPERATORS:
            return NotImplemented
        engaged = ENGAGED
        if operator in (">", ">="):
            # The index on the date finds them.
            engaged = Domain("last_event_at", operator, value)
        return self._engagement_where(
            "engagement_last_at", lambda at: _compared(at, operator, value), engaged
        )

    @api.model
    def _search_engagement_score(self, operator, value):
        if operator not in OPERATORS:
            return NotImplemented
        # Records without e-mails have 0 points too.
        of_all = OPERATORS[operator](0, value)
        return self._engagement_where(
            "engagement_score",
            lambda points: _compared(
                SQL("ROUND(%s)", SQL("COALESCE(%s, 0)", points) if of_all else points),
                operator,
                value,
            ),
            self._engagement_scored(),
        )

    @api.model
    def _engagement_scored(self):
        """:return: the followed e-mails that give points
        :rtype: Domain
        """
        return Domain("last_event_at", ">=", self._engagement_oldest())

    @api.model
    def _engagement_where(self, field_name, condition, domain=ENGAGED):
        """
        :param condition: of the field's value in SQL, NULL for records without such e-mails
        :type condition: Callable[[SQL], SQL]
        :param Domain domain: of followed e-mails
        :rtype: Domain
        """
        sources = self._engagement_sources(domain)
        return Domain.custom(
            to_sql=lambda _records, alias, query: condition(
                self._engagement_join(field_name, sources, alias, query)
            )
        )

    @api.model
    def _engagement_join(self, field_name, sources, alias, query):
        """Join what the sources know of all records.

        :param str field_name: ``engagement_last_at`` or ``engagement_score``
        :param str alias: of the records in the query
        :param odoo.tools.query.Query query: gets the joins
        :return: the field's value, NULL for records without such e-mails
        :rtype: SQL
        """
        is_score = field_name == "engagement_score"
        value = self._engagement_score_sql() if is_score else SQL("MAX(last_event_at)")
        parts = [
            self._engagement_by_record(
                column, mails.select(SQL("%s AS record", mails.groupby), SQL("%s AS value", value))
            )
            for column, mails in sources
        ]
        found = parts[0]
        if len(parts) > 1:
            found = SQL(
                "SELECT record, %s(value) AS value FROM (%s) found GROUP BY record",
                SQL("SUM" if is_score else "MAX"),
                SQL(" UNION ALL ").join(parts),
            )
        # One join, of what is added up before: by several PostgreSQL would look for each record.
        joined = query.make_alias(alias, _hash(found))
        on = SQL("%s = %s", SQL.identifier(joined, "record"), SQL.identifier(alias, "id"))
        query.add_join("LEFT JOIN", joined, SQL("(%s)", found), on)
        return SQL.identifier(joined, "value")

    @api.model
    def _engagement_by_record(self, column, found):
        """
        :param str column: of this model, that a source's e-mails are grouped by
        :param SQL found: its ``record`` and ``value``
        :return: the same by the records' own ids
        :rtype: SQL
        """
        if column == "id":
            return found
        return SQL(
            "SELECT own.id AS record, found.value FROM %s own JOIN (%s) found ON found.record = %s",
            SQL.identifier(self._table),
            found,
            SQL.identifier("own", column),
        )

    @api.model
    def _search_engagement_never_answered(self, operator, value):
        if operator != "in":
            return NotImplemented
        never = self._engagement_exists(DELIVERED) & self._engagement_exists(REPLIED, "NOT EXISTS")
        return never if True in value else ~never

    @api.model
    def _engagement_exists(self, domain, operator="EXISTS"):
        """
        :param Domain domain: of followed e-mails
        :param str operator: ``EXISTS`` or ``NOT EXISTS``; PostgreSQL plans no join for a domain
            that is negated
        :return: the records with, or without, such an e-mail; looked up for each, so that a page
            of them is found without reading the others'
        :rtype: Domain
        """

        def exists(_records, alias, _query):
            found = []
            # An OFFSET keeps PostgreSQL from reading all e-mails once instead, which it does where
            # `work_mem` is large enough for their records. Without, NOT EXISTS is a join.
            looked_up = SQL("OFFSET 0") if operator == "EXISTS" else SQL()
            for column, mails in self._engagement_lookups(domain):
                record, mails.groupby = mails.groupby, None
                mails.add_where(SQL("%s = %s", record, SQL.identifier(alias, column)))
                found.append(SQL("%s (%s %s)", SQL(operator), mails.select(SQL("1")), looked_up))
            return SQL("(%s)", SQL(" OR " if operator == "EXISTS" else " AND ").join(found))

        return Domain.custom(to_sql=exists)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name not in ("engagement_last_at", "engagement_score"):
            return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        if not self.env.user.has_group("mail_engagement.group_user"):
            return SQL()
        is_score = field_name == "engagement_score"
        sources = self._engagement_sources(self._engagement_scored() if is_score else ENGAGED)
        value = self._engagement_join(field_name, sources, alias, query)
        query._order_groupby.append(value)
        # Records without engagement stand at the cold end.
        cold = SQL("NULLS LAST") if direction.code == "DESC" else SQL("NULLS FIRST")
        return SQL("%s %s %s", value, direction, cold)

    def action_engagement_tracking(self):
        """The followed e-mails of these records."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "mail_engagement.mail_engagement_tracking_action"
        )
        return {**action, "domain": [*self._engagement_mails()], "context": {}}

    def engagement_timeline(self, offset=0):
        """What became of all the e-mails of a record, newest first, page by page.

        :param int offset: how many were shown before
        :return: ``mails``, see MailEngagementTracking._engagement_timeline, each with ``subject``
            and ``sent_at``; ``has_more``
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        mails = self.env["mail.engagement.tracking"].search(
            self._engagement_mails(), offset=offset, limit=PAGE + 1
        )
        # sudo: a user who may read an e-mail may read its events, which are read mail by mail.
        shown = mails[:PAGE].sudo()
        return {
            "mails": [
                {**line, "subject": mail.subject or "", "sent_at": mail.sent_at}
                for mail, line in zip(shown, shown._engagement_timeline(), strict=True)
            ],
            "has_more": len(mails) > PAGE,
        }


def _hash(found):
    """A name for a joined query: the same for the same one."""
    return hashlib.sha256(repr(found).encode()).hexdigest()[:8]


def _compared(value, operator, other):
    """True or false, so that it can be negated; PostgreSQL sees that NULL does not do."""
    return SQL("(%s IS NOT NULL AND %s %s %s)", value, value, SQL(operator), other)
