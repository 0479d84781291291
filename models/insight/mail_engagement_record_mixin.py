import hashlib
import math
import operator as compare

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
    Mail,
    score,
)

OPERATORS = {"<": compare.lt, "<=": compare.le, ">": compare.gt, ">=": compare.ge}
# What people did with an e-mail; the columns have no default.
OPENED_SQL = SQL("COALESCE(open_count, 0) > 0")
# No sums: counts end where PostgreSQL's integers do.
CLICKED_SQL = SQL("COALESCE(GREATEST(click_count, attachment_open_count), 0) > 0")
ANSWERED_SQL = SQL("COALESCE(reply_count, 0) > 0")
REPLIED = Domain("reply_count", ">", 0)
DELIVERED = Domain("state", "not in", ("failed", "bounced", "untracked"))
# Of a record without e-mails: last engagement, mails, replies, delivered, sent, measurable.
NOTHING = (False, [], 0, 0, 0, 0)
# Mails shown at once, and at each "Show more".
PAGE = 10


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

    @api.model
    def _engagement_record_key(self):
        """:return: the field of followed e-mails with the record's id, and which of them count
        :rtype: tuple[str, Domain]
        """
        raise NotImplementedError

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
        if not self.env["res.company"]._engagement_is_on():
            self.engagement_last_at = False
            self.engagement_score = 0
            self.engagement_score_text = ""
            self.engagement_never_answered = False
            return
        key, _mine = self._engagement_record_key()
        query = self._engagement_query(Domain(key, "in", self._origin.ids))
        unseen = self.env["mail.engagement.tracking"]._engagement_unseen_sql(
            SQL.identifier(query.table), "open"
        )
        lately = SQL("state <> 'failed' AND sent_at >= %s", self._engagement_oldest())
        rows = self.env.execute_query(
            query.select(
                query.groupby,
                SQL("MAX(last_event_at)"),
                SQL(
                    """COALESCE(JSON_AGG(JSON_BUILD_ARRAY(%s, %s, %s,
                                                          EXTRACT(EPOCH FROM last_event_at)))
                                FILTER (WHERE last_event_at >= %s), '[]')""",
                    OPENED_SQL,
                    CLICKED_SQL,
                    ANSWERED_SQL,
                    self._engagement_oldest(),
                ),
                SQL("COALESCE(SUM(reply_count), 0)"),
                SQL("COUNT(*) FILTER (WHERE state NOT IN ('failed', 'bounced', 'untracked'))"),
                SQL("COUNT(*) FILTER (WHERE %s)", lately),
                SQL("COUNT(*) FILTER (WHERE %s AND %s IS NULL)", lately, unseen),
            )
        )
        found = {id_: values for id_, *values in rows}
        now = fields.Datetime.now().timestamp()
        for record in self:
            last_at, mails, replies, delivered, *seen = found.get(record._origin.id, NOTHING)
            result = score([Mail(*mail) for mail in mails], now)
            record.engagement_last_at = last_at
            record.engagement_score = round(result.value)
            record.engagement_score_text = " ".join(
                filter(
                    None,
                    (self._engagement_score_text(result), self._engagement_coverage_text(*seen)),
                )
            )
            record.engagement_never_answered = bool(delivered and not replies)

    @api.model
    def _engagement_oldest(self):
        return fields.Datetime.subtract(fields.Datetime.now(), days=OLDEST_DAYS)

    @api.model
    def _engagement_score_text(self, result):
        """What a score is made of, in one line; empty where there is none.

        :param tools.engagement_score.Score result:
        """
        parts = [
            text
            for count, text in (
                (
                    result.answered,
                    self.env._(
                        "%(count)s answered (%(points)s points each)",
                        count=result.answered,
                        points=ANSWERED,
                    ),
                ),
                (
                    result.clicked,
                    self.env._(
                        "%(count)s with a click or a viewed file (%(points)s)",
                        count=result.clicked,
                        points=CLICKED,
                    ),
                ),
                (
                    result.opened,
                    self.env._("%(count)s opened (%(points)s)", count=result.opened, points=OPENED),
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
    def _engagement_coverage_text(self, sent, measurable):
        """How much of it could be seen; empty where all could.

        :param int sent: e-mails of the last year
        :param int measurable: those of them whose opens can be seen
        """
        if sent == measurable:
            return ""
        if not measurable:
            return self.env._(
                "No opens of the last year's e-mails can be seen: silence means nothing here."
            )
        return self.env._(
            "Opens can be seen of %(measurable)s of %(sent)s e-mails.",
            measurable=measurable,
            sent=sent,
        )

    @api.model
    def _engagement_score_sql(self):
        """The sum of `tools.engagement_score.score` over a group, for the database to sort by."""
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
        name = hashlib.sha256(repr(found).encode()).hexdigest()[:8]

        def is_found(_records, alias, query):
            joined = query.make_alias(alias, name)
            record = SQL.identifier(joined, "record")
            on = SQL("%s = %s", record, SQL.identifier(alias, "id"))
            query.add_join("LEFT JOIN", joined, found, on)
            return SQL("%s IS NOT NULL", record)

        return Domain.custom(to_sql=is_found)

    @api.model
    def _search_engagement_last_at(self, operator, value):
        engaged = Domain("last_event_at", "!=", False)
        if operator == "in" and set(value) == {False}:
            return ~self._engagement_having(SQL("TRUE"), engaged)
        if operator not in OPERATORS:
            return NotImplemented
        if operator in (">", ">="):
            # The index on the date finds them.
            engaged = Domain("last_event_at", operator, value)
        return self._engagement_having(
            SQL("MAX(last_event_at) %s %s", SQL(operator), value), engaged
        )

    @api.model
    def _search_engagement_score(self, operator, value):
        if operator not in OPERATORS:
            return NotImplemented
        condition = SQL("ROUND(%s) %s %s", self._engagement_score_sql(), SQL(operator), value)
        if OPERATORS[operator](0, value):
            # Records without e-mails have 0 points too.
            return ~self._engagement_having(SQL("NOT (%s)", condition))
        return self._engagement_having(condition)

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
        key, mine = self._engagement_record_key()
        trackings = self.env["mail.engagement.tracking"]
        trackings.flush_model()

        def exists(_records, alias, _query):
            mails = trackings._search(mine & domain)
            mails.add_where(
                SQL("%s = %s", SQL.identifier(mails.table, key), SQL.identifier(alias, "id"))
            )
            return SQL("%s (%s)", SQL(operator), mails.select(SQL("1")))

        return Domain.custom(to_sql=exists)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name not in ("engagement_last_at", "engagement_score"):
            return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
        if not self.env.user.has_group("mail_engagement.group_user"):
            return SQL()
        mails = self._engagement_query(Domain("last_event_at", "!=", False))
        value = (
            SQL("MAX(last_event_at)")
            if field_name == "engagement_last_at"
            else self._engagement_score_sql()
        )
        joined = query.make_alias(alias, field_name)
        query.add_join(
            "LEFT JOIN",
            joined,
            SQL(
                "(%s)",
                mails.select(SQL("%s AS record", mails.groupby), SQL("%s AS value", value)),
            ),
            SQL("%s = %s", SQL.identifier(joined, "record"), SQL.identifier(alias, "id")),
        )
        column = SQL.identifier(joined, "value")
        query._order_groupby.append(column)
        # Records without engagement stand at the cold end.
        cold = SQL("NULLS LAST") if direction.code == "DESC" else SQL("NULLS FIRST")
        return SQL("%s %s %s", column, direction, cold)

    def engagement_timeline(self, offset=0):
        """What became of all the e-mails of a record, newest first, page by page.

        :param int offset: how many were shown before
        :return: ``mails``, see MailEngagementTracking._engagement_timeline, each with ``subject``
            and ``sent_at``; ``has_more``
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        key, mine = self._engagement_record_key()
        mails = self.env["mail.engagement.tracking"].search(
            mine & Domain(key, "=", self.id), offset=offset, limit=PAGE + 1
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
