import logging

from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models, tools
from odoo.tools import SQL

from ...tools.apart import apart
from ...tools.bulk import rows_sql
from ...tools.why import why
from ..events.mail_engagement_event import NEWS_DAYS, ONCE, TYPES

_logger = logging.getLogger(__name__)

KINDS = [
    *TYPES,
    ("unanswered", "Not answered"),
    ("bounce", "Not delivered"),
    ("complaint", "Reported as spam"),
]
# Minutes until the next attempt where acting failed; after the last of them it is given up.
DELAYS = (1, 5, 30, 120, 720)


class MailEngagementFact(models.Model):
    """Something that became of a mail, once, for others to act on: rules, webhooks, other addons.

    Only people's events become facts, and only of kinds that somebody listens for. Whatever
    happens to the verdict afterwards, and wherever Odoo is killed, ``(tracking_id, kind, key)``
    makes it one. It is written in the transaction that judged the events, and worked off outside:
    ingest waits for nobody who acts.

    Whoever listens extends ``_engagement_wanted`` and ``_engagement_act``.
    """

    _name = "mail.engagement.fact"
    _description = "Engagement Fact"
    _inherit = ["mail.engagement.document.mixin"]
    _order = "happened_at DESC, id DESC"
    _rec_name = "kind"
    _log_access = False

    uid = fields.Char(
        "Identifier",
        required=True,
        readonly=True,
        help="32 hexadecimal digits, the same however often they are worked out.",
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    tracking_id = fields.Many2one(
        "mail.engagement.tracking",
        "Followed E-mail",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    link_id = fields.Many2one(
        "mail.engagement.link", "Link", readonly=True, index="btree_not_null", ondelete="set null"
    )
    event_id = fields.Many2one(
        "mail.engagement.event", readonly=True, index="btree_not_null", ondelete="set null"
    )
    happened_at = fields.Datetime("When", required=True, readonly=True, index=True)
    key = fields.Char(readonly=True, help="What makes it one: a link's reference, days, …")
    is_done = fields.Boolean("Done", readonly=True)
    act_at = fields.Datetime("Next Attempt", required=True, readonly=True)
    attempt_count = fields.Integer("Failed Attempts", readonly=True)
    failure = fields.Char("Why It Failed", readonly=True)

    partner_id = fields.Many2one(related="tracking_id.partner_id")
    model = fields.Char(related="tracking_id.model")
    res_id = fields.Many2oneReference(related="tracking_id.res_id", model_field="model")

    _once = models.UniqueIndex("(tracking_id, kind, key)", "A fact happens once.")
    _waiting_idx = models.Index("(act_at, id) WHERE is_done IS NOT TRUE")

    @api.model
    def _engagement_wanted(self):
        """What somebody listens for: a hook. Where nobody does, nothing is written.

        It is asked once for each process: whoever's answer changes clears the registry's
        ``stable`` cache.

        :return: kind → ids of companies
        :rtype: dict[str, set[int]]
        """
        return {}

    @api.model
    @tools.ormcache(cache="stable")
    def _engagement_wanted_rows(self):
        """:rtype: tuple[tuple[str, int], ...], kind and company"""
        # sudo: who listens does not depend on whose mail is judged.
        wanted = self.sudo()._engagement_wanted()
        return tuple((kind, company) for kind in wanted for company in sorted(wanted[kind]))

    @api.model
    def _engagement_add_events(self, events):
        """Make facts of what people did. One statement whatever the number of events.

        An event of which none can be made costs itself only.

        :param mail.engagement.event events: the events that turned out to be a person's
        """
        if not events or not self._engagement_wanted_rows():
            return
        self.env.flush_all()
        apart(self.env.cr, events, self._engagement_insert_events, _log_lost)

    @api.model
    def _engagement_insert_events(self, events):
        return self._engagement_insert(
            SQL(
                """SELECT event.tracking_id, event.type AS kind, %s AS key, event.occurred_at
                          AS happened_at, event.link_id, event.id AS event_id
                     FROM mail_engagement_event event WHERE %s""",
                ONCE,
                events._engagement_news_sql(),
            )
        )

    @api.model
    def _engagement_add(self, kind, trackings, key="", happened_at=None):
        """Make facts of what became of mails and is no event.

        :param str kind:
        :param mail.engagement.tracking trackings: what it happened to, each once
        :param str key: what makes it one, where the same can become of a mail several times
        :param datetime happened_at: naive in UTC; by default now
        :return: the new ones
        :rtype: mail.engagement.fact
        """
        if not trackings or not self._engagement_wanted_rows():
            return self.browse()
        self.env.flush_all()
        return self._engagement_insert(
            SQL(
                """SELECT id AS tracking_id, %s AS kind, %s AS key, %s::timestamp AS happened_at,
                          NULL::int AS link_id, NULL::int AS event_id
                     FROM mail_engagement_tracking WHERE id = ANY(%s)""",
                kind,
                key,
                happened_at or fields.Datetime.now(),
                trackings.ids,
            )
        )

    @api.model
    def _engagement_insert(self, news):
        """
        :param SQL news: a query for ``tracking_id``, ``kind``, ``key``, ``happened_at``,
            ``link_id``, ``event_id``
        :return: the new ones
        :rtype: mail.engagement.fact
        """
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO mail_engagement_fact (uid, kind, tracking_id, company_id, link_id,
                               event_id, happened_at, key, act_at, is_done, attempt_count)
                   SELECT left(encode(sha256(convert_to(concat_ws(' ', tracking.uid, news.kind,
                               news.key), 'UTF8')), 'hex'), 32),
                          news.kind, tracking.id, tracking.company_id, news.link_id, news.event_id,
                          news.happened_at, news.key, now() AT TIME ZONE 'UTC', FALSE, 0
                     FROM (%(news)s) AS news
                     JOIN mail_engagement_tracking tracking
                       ON tracking.id = news.tracking_id AND tracking.are_facts_over IS NOT TRUE
                     JOIN %(wanted)s AS wanted
                       ON wanted.kind = news.kind AND wanted.company_id = tracking.company_id
                    WHERE news.happened_at
                          > (now() AT TIME ZONE 'UTC') - %(days)s * INTERVAL '1 day'
                    ORDER BY news.happened_at
              ON CONFLICT (tracking_id, kind, key) DO NOTHING RETURNING id""",
                news=news,
                wanted=rows_sql(
                    {"kind": "text", "company_id": "int"}, self._engagement_wanted_rows()
                ),
                days=NEWS_DAYS,
            )
        )
        if rows:
            self.invalidate_model()
            # sudo: whoever brought the news runs nothing.
            self.env.ref("mail_engagement.ir_cron_fact").sudo()._trigger()
        return self.browse([id_ for (id_,) in rows])

    @api.model
    def _cron_engagement_act(self):
        """Have others act on what waits, each fact in a transaction of its own.

        What they do in the database and that it is done are committed together, so that a kill half
        way repeats nothing and leaves nothing out. One that fails is tried again later.
        """
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=self.search_count([("is_done", "=", False)]))
        while fact := self._engagement_take():
            fact._engagement_try()
            if not cron._commit_progress(1):
                return
        cron._commit_progress(remaining=0)

    @api.model
    def _engagement_take(self):
        """:return: the next that waits, locked; those of other workers are left alone"""
        query = SQL(
            """SELECT id FROM mail_engagement_fact
                WHERE is_done IS NOT TRUE AND act_at <= now() AT TIME ZONE 'UTC'
             ORDER BY act_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"""
        )
        while True:
            try:
                return self.browse([id_ for (id_,) in self.env.execute_query(query)])
            except TransactionRollbackError:
                _logger.info("Somebody else acted meanwhile, looking again")
                self.env.cr.rollback()

    def _engagement_try(self):
        """Act on one; where that fails, undo all of it and note why."""
        self.ensure_one()
        try:
            self.with_company(self.company_id)._engagement_act()
            self.write({"is_done": True, "failure": False})
            self.env.flush_all()
        except Exception as error:
            self.env.cr.rollback()
            self._engagement_put_off(error)

    def _engagement_act(self):
        """Called once for each fact, outside ingest: a hook for whoever listens.

        What it writes is committed with ``is_done``, or not at all: an error undoes what all
        listeners did, and it is called again later. So a listener keeps what may fail for reasons
        of its own (a rule, a server that is away) from failing here.
        """

    def _engagement_put_off(self, error):
        """Try again later, or give up."""
        _logger.warning("Fact %s: acting on it failed: %s", self.id, why(error))
        failure = why(error).partition("\n")[0]
        if self.attempt_count >= len(DELAYS):
            self.write({"is_done": True, "failure": failure})
            return
        # Two transactions at once are nobody's fault, and over at once.
        at_once = isinstance(error, TransactionRollbackError)
        minutes = 0 if at_once else DELAYS[self.attempt_count]
        act_at = fields.Datetime.add(fields.Datetime.now(), minutes=minutes)
        self.write({"act_at": act_at, "attempt_count": self.attempt_count + 1, "failure": failure})
        if minutes:
            self.env.ref("mail_engagement.ir_cron_fact")._trigger(act_at)


def _log_lost(event, error):
    _logger.error("Nobody acts on event %s: %s", event.id, why(error))
