from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.bulk import columns_sql
from ...tools.wilson import Z95
from ..sending.mail_engagement_tracking import UNSEEN
from .mail_engagement_rate_past import LEFT

# Each rate: of what it is one, by the names of the counts.
RATES = {
    "open_rate": ("opened", "open_measurable"),
    "click_rate": ("clicked", "click_measurable"),
    "reply_rate": ("replied", "reply_measurable"),
    "machine_share": ("machines", "visits"),
}
# Either of them is a click: the reports know links and files together.
FOLLOWED = ("click", "attachment")
# The bounds of what a rate proves.
LOW, HIGH = "low", "high"
BOUNDS = {
    f"{rate}_{bound}": (rate, bound)
    for rate in ("open_rate", "click_rate", "reply_rate")
    for bound in (LOW, HIGH)
}


def interval_sql(successes, trials, bound):
    """As ``tools.wilson.interval``, in SQL.

    :param SQL successes: a number, as ``trials``
    :param str bound: LOW or HIGH
    :rtype: SQL
    """
    return SQL(
        """(SELECT CASE WHEN whole IS NULL THEN NULL
                        WHEN %(is_low)s THEN GREATEST(0, (middle - spread) / whole)
                        ELSE LEAST(1, (middle + spread) / whole) END
              FROM (SELECT share + %(z2)s / (2 * n) AS middle, 1 + %(z2)s / n AS whole,
                           %(z)s * SQRT(share * (1 - share) / n + %(z2)s / (4 * n * n)) AS spread
                      FROM (SELECT hits / n AS share, n
                              FROM (SELECT (%(successes)s)::float8 AS hits,
                                           NULLIF(%(trials)s, 0)::float8 AS n) counted
                            ) shared) bounds)""",
        is_low=bound == LOW,
        z=Z95,
        z2=Z95**2,
        successes=successes,
        trials=trials,
    )


class MailEngagementRate(models.Model):
    """Of the mails that were sent, how many can be measured, and what people did with those.

    A row for each mail that left, by its own counts: what it costs does not grow with the events.
    Mails that are not kept any more are in rows of ``mail.engagement.rate.past``.
    """

    _name = "mail.engagement.rate"
    _description = "Engagement Rates"
    _inherit = ["mail.engagement.line.mixin"]
    _auto = False
    _order = "sent_at DESC, id DESC"
    _depends = {
        "mail.engagement.tracking": [
            "attachment_open_count",
            "attachments_hidden",
            "click_count",
            "clicks_hidden",
            "email_normalized",
            "is_anonymous",
            "is_shared",
            "machine_count",
            "open_count",
            "opens_hidden",
            "private_count",
            "reply_count",
            "sent_at",
            "state",
            "unknown_count",
        ],
        "mail.engagement.event": ["tracking_id", "verdict", "agent_name", "network_name"],
        "mail.engagement.rate.past": ["author_id", "company_id", "sent_at", "template_id", "sent"],
    }

    sent_at = fields.Datetime("Sent On", readonly=True)
    domain = fields.Char("Recipient's Domain", readonly=True)
    gateway = fields.Char(
        "Machine", readonly=True, help="The first of a mail's machines whose name is known."
    )
    opens_unseen = fields.Selection(UNSEEN, "Why Opens Are Not Seen", readonly=True)
    sent = fields.Integer(readonly=True)
    open_measurable = fields.Integer("Opens Measurable", readonly=True)
    opened = fields.Integer(readonly=True)
    open_rate = fields.Float(readonly=True, aggregator="avg", help="Of the measurable.")
    open_rate_low = fields.Float("Open Rate, at Least", readonly=True, aggregator="avg")
    open_rate_high = fields.Float("Open Rate, at Most", readonly=True, aggregator="avg")
    click_measurable = fields.Integer("Clicks Measurable", readonly=True)
    clicked = fields.Integer(readonly=True, help="A link or a file.")
    click_rate = fields.Float(readonly=True, aggregator="avg", help="Of the measurable.")
    click_rate_low = fields.Float("Click Rate, at Least", readonly=True, aggregator="avg")
    click_rate_high = fields.Float("Click Rate, at Most", readonly=True, aggregator="avg")
    reply_measurable = fields.Integer("Replies Measurable", readonly=True)
    replied = fields.Integer("Answered", readonly=True)
    reply_rate = fields.Float(readonly=True, aggregator="avg", help="Of the measurable.")
    reply_rate_low = fields.Float("Reply Rate, at Least", readonly=True, aggregator="avg")
    reply_rate_high = fields.Float("Reply Rate, at Most", readonly=True, aggregator="avg")
    people = fields.Integer("By People", readonly=True)
    machines = fields.Integer("By Machines", readonly=True)
    unknowns = fields.Integer("Unknown", readonly=True)
    visits = fields.Integer("All Visits", readonly=True)
    machine_share = fields.Float("Share of Machines", readonly=True, aggregator="avg")

    @property
    def _table_query(self):
        columns = self._engagement_line_columns()
        lines = SQL(
            "SELECT %s FROM mail_engagement_tracking mail %s WHERE %s",
            columns_sql(columns),
            self._engagement_line_joins(),
            LEFT,
        )
        past = self.env["mail.engagement.rate.past"]
        if past._engagement_is_any():
            lines = SQL("%s UNION ALL %s", lines, past._engagement_lines_sql(columns))
        # What counts are made of is written once, and what is not asked for is not worked out.
        return SQL("SELECT *, %s FROM (%s) mail", columns_sql(self._engagement_rates_sql()), lines)

    @api.model
    def _engagement_access_domain(self):
        """Of e-mails that are not kept any more: those that they sent, and those from documents of
        models of which they may read all."""
        past = self.env["mail.engagement.rate.past"]
        if not (past._engagement_is_any() and self._engagement_is_by_company()):
            return super()._engagement_access_domain()
        mails = self.env["mail.engagement.tracking"]
        readable = mails._search([])
        names = mails._engagement_open_models(past._engagement_document_models())

        def is_allowed(_lines, alias, query):
            # Joined: see MailEngagementAccessMixin._engagement_access_sql.
            joined = query.make_alias(alias, readable.table)
            found = SQL.identifier(joined, "id")
            on = SQL("%s = %s", found, SQL.identifier(alias, "tracking_id"))
            query.add_join("LEFT JOIN", joined, readable.subselect(), on)
            return SQL(
                "(%(found)s IS NOT NULL OR %(line)s.id < 0"
                " AND (%(line)s.user_id = %(me)s OR %(line)s.model = ANY(%(names)s)))",
                found=found,
                line=SQL.identifier(alias),
                me=self.env.uid,
                names=names,
            )

        return Domain.custom(to_sql=is_allowed)

    @api.model
    def _engagement_line_columns(self):
        mails = self.env["mail.engagement.tracking"]
        unseen = {
            kind: mails._engagement_unseen_sql(SQL("mail"), kind)
            for kind in ("open", "click", "attachment", "reply")
        }
        click_unseen = SQL("(%s IS NOT NULL AND %s IS NOT NULL)", *map(unseen.get, FOLLOWED))
        known = SQL("mail.is_anonymous IS NOT TRUE")
        return {
            **super()._engagement_line_columns(),
            "id": SQL("mail.id"),
            "model": SQL("mail.model"),
            "sent_at": SQL("mail.sent_at"),
            "domain": SQL(
                """CASE WHEN mail.is_shared IS NOT TRUE
                        THEN NULLIF(SPLIT_PART(mail.email_normalized, '@', 2), '') END"""
            ),
            "gateway": self._engagement_gateway_sql(),
            "opens_unseen": unseen["open"],
            "sent": SQL("1"),
            "open_measurable": SQL("(%s IS NULL)::int", unseen["open"]),
            "opened": SQL("(%s AND mail.open_count > 0)::int", known),
            "click_measurable": SQL("(NOT %s)::int", click_unseen),
            "clicked": SQL(
                "(%s AND GREATEST(mail.click_count, mail.attachment_open_count) > 0)::int", known
            ),
            "reply_measurable": SQL("(%s IS NULL)::int", unseen["reply"]),
            "replied": SQL("(%s AND mail.reply_count > 0)::int", known),
            "people": SQL(
                """(COALESCE(mail.open_count, 0)::int8 + COALESCE(mail.click_count, 0)
                    + COALESCE(mail.attachment_open_count, 0) + COALESCE(mail.reply_count, 0))"""
            ),
            "machines": SQL("COALESCE(mail.machine_count, 0)::int8"),
            "unknowns": SQL("COALESCE(mail.unknown_count, 0)::int8"),
        }

    @api.model
    def _engagement_rates_sql(self):
        """:return: what follows from a mail's counts
        :rtype: dict[str, SQL]
        """
        return {
            "visits": SQL("mail.people + mail.machines + mail.unknowns"),
            **{
                name: self._engagement_rate_sql(
                    SQL.identifier("mail", hits), SQL.identifier("mail", trials)
                )
                for name, (hits, trials) in RATES.items()
                if name != "machine_share"
            },
            "machine_share": self._engagement_rate_sql(
                SQL("mail.machines"), SQL("(mail.people + mail.machines + mail.unknowns)")
            ),
            **{
                name: interval_sql(*(SQL.identifier("mail", count) for count in RATES[rate]), bound)
                for name, (rate, bound) in BOUNDS.items()
            },
        }

    @api.model
    def _engagement_rate_sql(self, successes, trials):
        return SQL("%s::float8 / NULLIF(%s, 0)", successes, trials)

    @api.model
    def _engagement_gateway_sql(self):
        """Looked up for mails that machines visited, and only where it is asked for."""
        return SQL(
            """CASE WHEN mail.machine_count > 0 THEN
                   (SELECT COALESCE(CASE WHEN event.agent_class IN ('scanner', 'assistant', 'bot')
                                         THEN NULLIF(event.agent_name, '') END,
                                    NULLIF(event.network_name, ''), NULLIF(event.agent_name, ''))
                      FROM mail_engagement_event event
                     WHERE event.tracking_id = mail.id AND event.verdict = 'machine'
                       AND (event.network_name <> '' OR event.agent_name <> '')
                  ORDER BY event.occurred_at LIMIT 1) END"""
        )

    def _read_group_select(self, aggregate_spec, query):
        """The rate of a group is that of its mails together, no average of rates."""
        name, _colon, function = aggregate_spec.partition(":")
        rate, bound = BOUNDS.get(name, (name, None))
        if function != "avg" or rate not in RATES:
            return super()._read_group_select(aggregate_spec, query)
        successes, trials = (
            SQL("SUM(%s)", self._field_to_sql(self._table, count, query)) for count in RATES[rate]
        )
        if bound:
            return interval_sql(successes, trials, bound)
        return self._engagement_rate_sql(successes, trials)
