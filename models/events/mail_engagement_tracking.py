import hashlib
import ipaddress
import json
import logging
import threading
import time
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import NamedTuple

import psycopg2.errors

from odoo import SUPERUSER_ID, api, fields, models, modules
from odoo.tools import SQL
from odoo.tools.misc import groupby
from odoo.tools.sql import column_exists, table_exists

from ...relay.engagement_relay.detection.observe import bucket
from ...relay.engagement_relay.protocol.observation import Observation
from ...tools.apart import apart
from ...tools.bulk import rows_sql
from ...tools.judge import MOST_TOGETHER, Seen, judge
from ...tools.judge.crowd import Span, around, joined, reach
from ...tools.judge.reason import APPLES, SET_ASIDE
from ...tools.mailbox_address import mailbox
from ...tools.why import why

_logger = logging.getLogger(__name__)

# Any constant number: it names the lock that one summary at a time holds in a database.
LOCK = 5_127_436_190
# Mails summarised in one transaction.
BATCH = 5000
PENDING = SQL(
    """mail_engagement_event event
  JOIN mail_engagement_tracking tracking
    ON tracking.uid = event.mail_uid AND tracking.company_id = event.company_id
 WHERE event.verdict IS NULL"""
)
# The same view, loaded twice, was one.
PERSON = SQL("verdict = 'human' AND reason IS DISTINCT FROM 'same_view'")
# What a sum is of, and the column that it is kept in.
COUNTS = {
    "opens": "open_count",
    "clicks": "click_count",
    "attachments": "attachment_open_count",
    "replies": "reply_count",
    "machines": "machine_count",
    "unknowns": "unknown_count",
    "privates": "private_count",
}
SUMS = {
    **{
        name: SQL("type = %s AND %s", kind, PERSON)
        for kind, name in (
            ("open", "opens"),
            ("click", "clicks"),
            ("attachment", "attachments"),
            ("reply", "replies"),
        )
    },
    "machines": SQL("verdict = 'machine'"),
    "unknowns": SQL("verdict = 'unknown'"),
    "privates": SQL("verdict = 'unknown' AND type = 'open' AND reason IN %s", APPLES),
}
# Counts are integers of PostgreSQL's: what is more stays at the most.
MOST = 2**31 - 1
VERDICT_COLUMNS = {"id": "int", "verdict": "text", "reason": "text", "params": "jsonb"}
# How long before and after an event a device of the sender's may have been seen.
NEAR = timedelta(days=14)
# Odoo's names of platforms and browsers are its own, ours are ua-parser's.
APPLE_MOBILE = ("iphone", "ipad", "ipod")


class Row(NamedTuple):
    """An event as the judging reads it: plain SQL, as records would take ten times as long.

    :ivar bool anonymous: of its mail, as ``author_id`` and ``rfc_message_id``
    :ivar float t: seconds since sending
    """

    id: int
    tracking_id: int
    company_id: int
    author_id: int | None
    mail_uid: str
    rfc_message_id: str | None
    anonymous: bool
    type: str
    t: float | None
    at: float
    link_ref: str | None
    method: str | None
    repeat: int
    agent: str | None
    agent_name: str | None
    network: str | None
    network_name: str | None
    hints: str | None
    source: int | None
    device_type: str | None
    client: str | None
    os: str | None
    ip: str | None
    verdict: str | None
    reason: str | None
    params: dict | None
    verdict_by: str | None

    def seen(self, is_own_device):
        """
        :param bool is_own_device: the sender's own device caused it
        :rtype: tools.judge.Seen
        """
        hints = tuple(self.hints.split(",")) if self.hints else ()
        return Seen(
            key=self.id,
            type=self.type,
            t=self.t,
            at=self.at,
            link=self.link_ref,
            method=self.method or "GET",
            repeat=self.repeat,
            agent=self.agent or "unknown",
            network=self.network or "",
            agent_name=self.agent_name or "",
            network_name=self.network_name or "",
            hints=hints,
            # Zero is what the ORM makes of nothing.
            source=self.source or None,
            device_type=self.device_type or "",
            client=self.client or "",
            os=self.os or "",
            is_self=is_own_device or "session" in hints,
            anonymous=self.anonymous,
        )


class Part(NamedTuple):
    """Events of one mail that are judged at once.

    :ivar rows: in the order of what happened
    :ivar is_compared: whether the earliest of them are the mail's, which are compared
    :ivar spans: of more events than are compared, when those were whose verdict may change; else
        nothing
    """

    rows: list[Row]
    is_compared: bool = True
    spans: list[Span] | None = None

    def may_change(self, row):
        """Whether what is known of this event here is all that its verdict depends on."""
        return self.spans is None or any(start <= row.at <= end for start, end in self.spans)


class Change(NamedTuple):
    """An event that gets another verdict, or another reason for it."""

    row: Row
    verdict: str
    reason: str
    params: dict | None

    @property
    def is_news(self):
        """Whether it turned out to be a person's."""
        return self.verdict == "human" and self.row.verdict != "human"

    @property
    def is_taken_back(self):
        """Whether it was taken for a person's, and is not any more."""
        return self.verdict != "human" and self.row.verdict == "human"

    @property
    def stored(self):
        """As in VERDICT_COLUMNS."""
        return (
            self.row.id,
            self.verdict,
            self.reason,
            json.dumps(self.params) if self.params else None,
        )


class MailEngagementTracking(models.Model):
    """How a mail's events become verdicts, and the verdicts counts."""

    _inherit = "mail.engagement.tracking"

    event_ids = fields.One2many("mail.engagement.event", "tracking_id", "Events")
    purged = fields.Json(readonly=True, help="What deleted events had added to the counts.")

    def _auto_init(self):
        cr = self.env.cr
        is_older = table_exists(cr, self._table) and not column_exists(
            cr, self._table, "private_count"
        )
        result = super()._auto_init()
        if is_older:
            self._engagement_count_doubts()
        return result

    @api.model
    def _engagement_count_doubts(self):
        """Count what an earlier version stored and did not count, in one pass over the events."""
        self.env.cr.execute(
            SQL(
                """UPDATE mail_engagement_tracking tracking
                      SET unknown_count = sums.unknowns, private_count = sums.privates
                     FROM (SELECT tracking_id, %s FROM mail_engagement_event
                            WHERE verdict = 'unknown' GROUP BY tracking_id) sums
                    WHERE tracking.id = sums.tracking_id""",
                SQL(", ").join(
                    SQL(
                        "LEAST(COALESCE(SUM(repeat_count) FILTER (WHERE %s), 0), %s) AS %s",
                        SUMS[name],
                        MOST,
                        SQL.identifier(name),
                    )
                    for name in ("unknowns", "privates")
                ),
            )
        )
        # One on address and number has taken its place.
        self.env.cr.execute(
            SQL("DROP INDEX IF EXISTS mail_engagement_tracking__email_normalized_index")
        )

    @api.model
    def _engagement_summarise(self, registry):
        """Judge and count new events, one worker at a time.

        Every worker that stored events calls this. One of them gets the lock and works in a
        second cursor opened after it: a lock inside the working transaction would come with the
        snapshot from before the wait, and with stale counts. The others leave at once, as the
        holder looks again after letting go. The cron calls it too, for what a crash left behind.

        :param odoo.modules.registry.Registry registry: of the database
        """
        while self._engagement_is_pending(registry):
            with registry.cursor() as lock:
                lock.execute(SQL("SELECT pg_try_advisory_xact_lock(%s)", LOCK))
                if not lock.fetchone()[0]:
                    return
                try:
                    with registry.cursor() as cr:
                        env = api.Environment(cr, SUPERUSER_ID, {})
                        env[self._name]._engagement_judge_pending()
                except psycopg2.errors.SerializationFailure:
                    _logger.info("Somebody wrote meanwhile, judging again")

    @api.model
    def _engagement_summarise_aside(self, registry):
        """Summarise in a thread of its own, so that this worker takes the next batch meanwhile.

        While PostgreSQL stores that one, Python judges; together they keep two cores busy. Several
        threads do no more than one: those that do not get the lock end.
        """

        def summarise():
            try:
                self._engagement_summarise(registry)
            except Exception:
                _logger.exception("New events wait for the next summary")

        # No daemon: a worker that is to end waits for it. The name is one that Odoo waits for
        # when it wants to know whether requests are still at work.
        threading.Thread(
            target=summarise, name=f"odoo.service.http.request.{threading.get_ident()}.summary"
        ).start()

    @api.model
    def _cron_engagement_summarise(self):
        self._engagement_summarise(self.env.registry)

    @api.model
    def _engagement_is_pending(self, registry):
        with registry.cursor() as cr:
            cr.execute(SQL("SELECT 1 FROM %s LIMIT 1", PENDING))
            return bool(cr.fetchone())

    @api.model
    def _engagement_summarise_after_commit(self):
        """Summarise once this transaction is committed; within a test there and then."""
        if modules.module.current_test:
            self.env.flush_all()
            self.env[self._name].with_user(SUPERUSER_ID)._engagement_judge_pending()
            return
        registry = self.env.registry

        @self.env.cr.postcommit.add
        def summarise():
            self._engagement_summarise(registry)

    @api.model
    def _engagement_judge_pending(self, limit=BATCH):
        """Judge the mails with new events, recount them and tell the users concerned.

        An event that cannot be judged or counted is set aside, the others go on. Where telling
        fails, the counts are right all the same.

        :param int limit: how many recipients' mails at most
        """
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT tracking.id FROM %s LIMIT %s", PENDING, limit)
        )
        for mails, news in self.browse([id_ for (id_,) in rows])._engagement_judge_apart():
            mails._engagement_happened(news)
            apart(self.env.cr, mails, partial(mails._engagement_tell, news), _log_untold)

    def _engagement_judge_apart(self):
        """Judge and count, in parts where something fails.

        :return: mails, and the events among theirs that a person (newly) caused
        :rtype: list[tuple[mail.engagement.tracking, mail.engagement.event]]
        """
        cr, events = self.env.cr, self.env["mail.engagement.event"]
        parts = []

        def judge_each(mail, _error):
            # By what the row says: it may not be joined to the mail yet.
            pending = events.search(
                [
                    ("mail_uid", "=", mail.uid),
                    ("company_id", "=", mail.company_id.id),
                    ("verdict", "=", False),
                ]
            )
            news = apart(cr, pending, mail._engagement_judge_and_count, mail._engagement_set_aside)
            parts.append((mail, events.union(*news)))

        whole = apart(
            cr, self, lambda mails: (mails, mails._engagement_judge_and_count()), judge_each
        )
        return [*whole, *parts]

    def _engagement_judge_and_count(self, pending=None):
        """
        :param mail.engagement.event pending: the new events that are looked at; by default all
        :return: the events that a person (newly) caused
        :rtype: mail.engagement.event
        """
        self._engagement_attach_events()
        parts = self._engagement_new_parts(pending)
        changes = self._engagement_changes(parts)
        crowded = {part.rows[0].tracking_id for part in parts if part.spans is not None}
        # As long as the events have their old verdicts.
        counted = self.browse(crowded)._engagement_add_changes(changes)
        self._engagement_write_verdicts(changes)
        (self - counted)._engagement_recount()
        return self._engagement_news(changes)

    def _engagement_set_aside(self, event, error):
        """Keep an event with its reason, as no evidence and in no count."""
        self.env.cr.execute(
            SQL(
                """UPDATE mail_engagement_event
                      SET tracking_id = %s, verdict = 'unknown', reason = %s, reason_params = NULL
                    WHERE id = %s""",
                self.id,
                SET_ASIDE,
                event.id,
            )
        )
        event.invalidate_recordset()
        _logger.error("Event %s cannot be judged and is not counted: %s", event.id, why(error))

    def _engagement_tell(self, news, some):
        """Tell of these mails.

        :param mail.engagement.event news: events that turned out to be a person's
        :param mail.engagement.tracking some: those of the mails to tell of now
        """
        if some != self:
            news = news.filtered(lambda event: event.tracking_id in some)
        some._engagement_counted()
        some._engagement_after_events(some, news)

    def _engagement_attach_events(self):
        """Join the events that came before their recipient's row."""
        self.env.cr.execute(
            SQL(
                """UPDATE mail_engagement_event event
                      SET tracking_id = tracking.id,
                          link_id = (SELECT link.id FROM mail_engagement_link link
                                      WHERE link.rfc_message_id = tracking.rfc_message_id
                                        AND link.reference = event.link_ref)
                     FROM mail_engagement_tracking tracking
                    WHERE tracking.id = ANY(%s) AND tracking.uid = event.mail_uid
                      AND tracking.company_id = event.company_id
                      AND event.verdict IS NULL
                      AND (event.tracking_id IS NULL
                           OR event.link_id IS NULL AND event.link_ref IS NOT NULL)""",
                self.ids,
            )
        )

    def _engagement_recount(self):
        """Derive the counts, the dates and the state from the events: people only.

        Events deleted with age left their share in ``purged``.
        """
        sums = SQL(
            """SELECT mail.id AS tracking_id, %(sums)s, %(dates)s
                 FROM mail_engagement_tracking mail
            LEFT JOIN mail_engagement_event event ON event.tracking_id = mail.id
                WHERE mail.id = ANY(%(ids)s)
                GROUP BY mail.id""",
            ids=self.ids,
            sums=SQL(", ").join(
                SQL(
                    """LEAST(COALESCE(SUM(repeat_count) FILTER (WHERE %s), 0)
                             + COALESCE((purged->>%s)::numeric, 0), %s) AS %s""",
                    condition,
                    name,
                    MOST,
                    SQL.identifier(name),
                )
                for name, condition in SUMS.items()
            ),
            dates=self._engagement_dates_sql(lambda name: SQL("(purged->>%s)::timestamp", name)),
        )
        self.env.cr.execute(self._engagement_count_sql(sums), log_exceptions=False)
        self.env.cr.execute(
            SQL(
                """UPDATE mail_engagement_link link SET click_count = sums.clicks
                     FROM (SELECT link.id, LEAST(COALESCE(link.purged_click_count, 0)
                                  + COALESCE(SUM(repeat_count) FILTER (WHERE %s), 0), %s) AS clicks
                             FROM mail_engagement_event event
                             JOIN mail_engagement_link link ON link.id = event.link_id
                            WHERE link_id IN (SELECT link_id FROM mail_engagement_event
                                               WHERE tracking_id = ANY(%s) AND link_id IS NOT NULL)
                            GROUP BY link.id) sums
                    WHERE link.id = sums.id AND link.click_count IS DISTINCT FROM sums.clicks""",
                PERSON,
                MOST,
                self.ids,
            ),
            log_exceptions=False,
        )
        self._engagement_counts_changed()

    def _engagement_counts_changed(self):
        self.invalidate_model()
        self.env["mail.engagement.link"].invalidate_model(["click_count"])

    @api.model
    def _engagement_count_sql(self, sums):
        """
        :param SQL sums: ``tracking_id``, those of SUMS, and the dates
        :return: the UPDATE of the mails' counts, dates and states
        :rtype: SQL
        """
        return SQL(
            """UPDATE mail_engagement_tracking tracking SET %(counts)s,
                      first_open_at = sums.first_open_at, last_open_at = sums.last_open_at,
                      last_event_at = sums.last_event_at,
                      state = CASE WHEN sums.replies > 0 THEN 'replied'
                                   WHEN sums.clicks + sums.attachments > 0 THEN 'clicked'
                                   WHEN sums.opens > 0 THEN 'opened'
                                   WHEN state IN ('failed', 'bounced', 'untracked') THEN state
                                   ELSE 'sent' END
                 FROM (%(sums)s) sums
                WHERE tracking.id = sums.tracking_id""",
            counts=SQL(", ").join(
                SQL("%s = %s", SQL.identifier(column), SQL.identifier("sums", name))
                for name, column in COUNTS.items()
            ),
            sums=sums,
        )

    @api.model
    def _engagement_dates_sql(self, known):
        """
        :param known: a date's name → SQL of what is known of it without these events
        :return: the dates of a mail's events
        :rtype: SQL
        """
        opened = SQL("type = 'open' AND verdict = 'human'")
        return SQL(
            """LEAST(MIN(occurred_at) FILTER (WHERE %(opened)s), %(first_open)s) AS first_open_at,
               GREATEST(MAX(occurred_at) FILTER (WHERE %(opened)s), %(last_open)s) AS last_open_at,
               GREATEST(MAX(occurred_at) FILTER (WHERE verdict = 'human'), %(last)s)
                   AS last_event_at""",
            opened=opened,
            first_open=known("first_open_at"),
            last_open=known("last_open_at"),
            last=known("last_event_at"),
        )

    def _engagement_add_changes(self, changes):
        """Bring the counts up to date by what changes, where deriving them anew would mean to
        read all of a mail's events for each new one.

        :param list[Change] changes: of these mails and of others
        :return: the mails of which that is possible: no date is taken back, no count is at its end
        :rtype: mail.engagement.tracking
        """
        ids = set(self.ids) - {one.row.tracking_id for one in changes if one.is_taken_back}
        mine = [one.stored for one in changes if one.row.tracking_id in ids]
        if not mine:
            return self.browse()
        columns = SQL("event.tracking_id, event.link_id, type, repeat_count, occurred_at")
        sums = SQL(
            """SELECT mail.id AS tracking_id, %(sums)s, %(dates)s
                 FROM changed JOIN mail_engagement_tracking mail ON mail.id = changed.tracking_id
                WHERE GREATEST(%(counts)s) < %(most)s
                GROUP BY mail.id""",
            sums=SQL(", ").join(
                SQL(
                    """LEAST(COALESCE(SUM(sign * repeat_count) FILTER (WHERE %s), 0)
                             + COALESCE(mail.%s, 0), %s) AS %s""",
                    condition,
                    SQL.identifier(COUNTS[name]),
                    MOST,
                    SQL.identifier(name),
                )
                for name, condition in SUMS.items()
            ),
            dates=self._engagement_dates_sql(lambda name: SQL.identifier("mail", name)),
            counts=SQL(", ").join(SQL.identifier("mail", column) for column in COUNTS.values()),
            most=MOST,
        )
        rows = self.env.execute_query(
            SQL(
                """WITH new AS (SELECT * FROM %(rows)s AS new),
                   changed AS (
                       SELECT %(columns)s, new.verdict, new.reason, 1 AS sign
                         FROM new JOIN mail_engagement_event event ON event.id = new.id
                    UNION ALL
                       SELECT %(columns)s, event.verdict, event.reason, -1
                         FROM new JOIN mail_engagement_event event ON event.id = new.id),
                   mails AS (%(update)s RETURNING tracking.id),
                   links AS (
                       UPDATE mail_engagement_link link
                          SET click_count = LEAST(COALESCE(link.click_count, 0) + clicks, %(most)s)
                         FROM (SELECT link_id, SUM(sign * repeat_count) AS clicks FROM changed
                                WHERE %(person)s AND tracking_id IN (SELECT id FROM mails)
                                GROUP BY link_id) AS followed
                        WHERE link.id = followed.link_id)
                SELECT id FROM mails""",
                columns=columns,
                rows=rows_sql(VERDICT_COLUMNS, mine),
                update=self._engagement_count_sql(sums),
                most=MOST,
                person=PERSON,
            )
        )
        self._engagement_counts_changed()
        return self.browse([id_ for (id_,) in rows])

    def _engagement_counted(self):
        """Called when the counts or states of these mails may have changed: a hook to show it."""

    def _engagement_happened(self, events):
        """Called in the transaction that judged these mails, before anybody is told: a hook to
        write down what must not get lost with a toast that fails. It raises for no single event.

        :param mail.engagement.event events: the events that a person (newly) caused
        """

    @api.model
    def _engagement_after_events(self, trackings, events):
        """Called after each summary, to tell of it: a hook. What acts on the news for others
        extends ``mail.engagement.fact`` instead.

        :param mail.engagement.tracking trackings: whose counts may have changed
        :param mail.engagement.event events: the events that turned out to be a person's
        """

    def _engagement_judge(self, only=None):
        """Judge all observations of these mails together.

        :param mail.engagement.event only: events whose verdict may change, the others are but
            evidence; by default all that nobody corrected
        :return: the events that a person (newly) caused
        :rtype: mail.engagement.event
        """
        self.env.flush_all()
        parts = [Part(rows) for _id, rows in _by_mail(self._engagement_rows())]
        changes = self._engagement_changes(parts, only)
        self._engagement_write_verdicts(changes)
        return self._engagement_news(changes)

    @api.model
    def _engagement_news(self, changes):
        return self.env["mail.engagement.event"].browse(
            [change.row.id for change in changes if change.is_news]
        )

    def _engagement_new_parts(self, pending=None):
        """What is to be judged because of new events: all of a mail, but of one with more events
        than are compared only what the new ones can change.

        :param mail.engagement.event pending: see ``_engagement_judge_and_count``
        :rtype: list[Part]
        """
        self.env.flush_all()
        parts = []
        rows = self._engagement_rows(pending, MOST_TOGETHER + 1)
        for tracking_id, mine in _by_mail(rows):
            if len(mine) > MOST_TOGETHER:
                parts.append(self.browse(tracking_id)._engagement_crowd_part(mine, pending))
            else:
                parts.append(Part(mine))
        return [part for part in parts if part.rows]

    def _engagement_crowd_part(self, first, pending):
        """What new events can change of a mail with many.

        :param list[Row] first: those that are compared, and one more
        :param mail.engagement.event pending: see ``_engagement_judge_and_count``
        :rtype: Part
        """
        self.ensure_one()
        near = reach(self.company_id._engagement_rules())
        # What speaks of a neighbour depends on its own neighbours, and these on theirs.
        far = 3 * near
        news = self._engagement_new_times(pending)
        if all(at > first[MOST_TOGETHER - 1].at + far for at in news):
            rows = self._engagement_rows(pending, spans=around(news, far))
            return Part(rows, False, around(news, near))
        # Some come among the first, and may push others out.
        first = self._engagement_rows(pending, MOST_TOGETHER + len(news))
        read = joined([(0, first[-1].at + far), *around(news, far)])
        rows = self._engagement_rows(pending, spans=read)
        return Part(rows, spans=joined([(0, first[-1].at + near), *around(news, near)]))

    def _engagement_new_times(self, pending):
        """When this mail's new events were.

        :rtype: list[float], unix seconds
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT EXTRACT(EPOCH FROM occurred_at)::float8 FROM mail_engagement_event
                    WHERE mail_uid = %s AND tracking_id = %s AND verdict IS NULL AND %s""",
                self.uid,
                self.id,
                SQL("TRUE") if pending is None else SQL("id = ANY(%s)", pending.ids),
            )
        )
        return [at for (at,) in rows]

    def _engagement_changes(self, parts, only=None):
        """
        :param list[Part] parts:
        :param mail.engagement.event only: see ``_engagement_judge``
        :rtype: list[Change]
        """
        self.fetch(["company_id", "author_id", "message_id"])
        rows = [row for part in parts for row in part.rows]
        links = self._engagement_link_counts(_several_links(rows))
        own = self._engagement_own_events(rows)
        rules = {company.id: company._engagement_rules() for company in self.company_id}
        allowed = None if only is None else set(only.ids)
        changes = []
        for part in parts:
            verdicts = judge(
                [row.seen(row.id in own) for row in part.rows],
                rules[part.rows[0].company_id],
                links.get(part.rows[0].rfc_message_id),
                MOST_TOGETHER if part.is_compared else 0,
            )
            for row in part.rows:
                if row.verdict_by == "user" or (allowed is not None and row.id not in allowed):
                    continue
                if row.anonymous and row.verdict:
                    continue  # Of a mail since forgotten: what belonged together is not known now.
                found = verdicts[row.id]
                change = Change(row, found.verdict, found.reason, found.params or None)
                if change[1:] != (row.verdict, row.reason, row.params) and part.may_change(row):
                    changes.append(change)
        return changes

    def _engagement_verdicts(self, rows):
        """What the judge says of what was seen of this mail. Nothing is written.

        :param list[Row] rows: the mail's events, and what else was seen, with ids of their own
        :return: by id
        :rtype: tools.judge.Verdicts
        """
        self.ensure_one()
        own = self._engagement_own_events(rows)
        links = self._engagement_link_counts(_several_links(rows))
        return judge(
            [row.seen(row.id in own) for row in rows],
            self.company_id._engagement_rules(),
            links.get(self.rfc_message_id),
        )

    def _engagement_rows(self, pending=None, limit=None, spans=None):
        """
        :param mail.engagement.event pending: see ``_engagement_judge_and_count``
        :param int limit: how many of each mail at most, the earliest
        :param list[Span] spans: when they were; by default at any time
        :return: the events of these mails, mail by mail, in the order of what happened; without
            what was set aside
        :rtype: list[Row]
        """
        during, looked_at, first = SQL(), SQL(), SQL()
        if spans is not None:
            during = SQL(
                """JOIN unnest(%s::float8[], %s::float8[]) AS span (start, stop)
                     ON event.occurred_at >= to_timestamp(start) AT TIME ZONE 'UTC'
                    AND event.occurred_at <= to_timestamp(stop) AT TIME ZONE 'UTC'""",
                [start for start, _stop in spans],
                [stop for _start, stop in spans],
            )
        if pending is not None:
            looked_at = SQL("AND (event.verdict IS NOT NULL OR event.id = ANY(%s))", pending.ids)
        if limit is not None:
            first = SQL("ORDER BY event.occurred_at, event.id LIMIT %s", limit)
        self.env.cr.execute(
            SQL(
                """SELECT event.id, tracking.id, tracking.company_id, tracking.author_id,
                          tracking.uid, tracking.rfc_message_id,
                          COALESCE(tracking.is_anonymous, FALSE), event.type,
                          EXTRACT(EPOCH FROM event.occurred_at - event.sent_at)::float8,
                          EXTRACT(EPOCH FROM event.occurred_at)::float8,
                          event.link_ref, event.method, event.repeat_count, event.agent_class,
                          event.agent_name, event.network_class, event.network_name, event.hints,
                          event.source, event.device_type, event.client, event.os, event.ip,
                          event.verdict, event.reason, event.reason_params, event.verdict_by
                     FROM mail_engagement_tracking tracking
               CROSS JOIN LATERAL (
                          SELECT event.* FROM mail_engagement_event event %(during)s
                           WHERE event.tracking_id = tracking.id
                             AND event.reason IS DISTINCT FROM %(aside)s %(looked_at)s
                         %(first)s) AS event
                    WHERE tracking.id = ANY(%(ids)s)
                 ORDER BY tracking.id, event.occurred_at, event.id""",
                during=during,
                aside=SET_ASIDE,
                looked_at=looked_at,
                first=first,
                ids=self.ids,
            ),
            log_exceptions=False,
        )
        return list(map(Row._make, self.env.cr.fetchall()))

    def _engagement_write_verdicts(self, changes):
        """:param list[Change] changes:"""
        if not changes:
            return
        self.env.cr.execute(
            SQL(
                """UPDATE mail_engagement_event event
                      SET verdict = new.verdict, reason = new.reason, reason_params = new.params
                     FROM %s AS new
                    WHERE event.id = new.id""",
                rows_sql(VERDICT_COLUMNS, [change.stored for change in changes]),
            )
        )
        self.env["mail.engagement.event"].invalidate_model(
            ["verdict", "reason", "reason_params", "reason_text"]
        )

    @api.model
    def _engagement_link_counts(self, message_ids):
        """How many different links mails have; matters only where several were followed.

        :param message_ids: RFC Message-Ids
        :rtype: dict[str, int], by Message-Id
        """
        return dict(
            self.env["mail.engagement.link"]._read_group(
                [("rfc_message_id", "in", list(message_ids)), ("kind", "=", "link")],
                ["rfc_message_id"],
                ["__count"],
            )
        )

    def _engagement_own_events(self, rows):
        """Which of these mails' events their senders caused: same public address, same program.

        An address alone is a whole office's, and an inner address proves nothing. Where no
        address was kept, the bucket of the sender's address is compared.

        :param list[Row] rows: the events of these mails
        :rtype: set[int], ids
        """
        devices = self._engagement_senders_devices(rows)
        salts = self.company_id._engagement_salts() if devices else {}
        found = set()
        for row in rows:
            for address, system, browser in devices.get(row.author_id, ()):
                if (system, browser) != (_system(row.os), _browser(row.client)):
                    continue
                if row.ip == address or (
                    not row.ip
                    and row.source
                    and row.source
                    in {
                        bucket(salt, bytes.fromhex(row.mail_uid), address)
                        for salt in salts[row.company_id]
                    }
                ):
                    found.add(row.id)
        return found

    def _engagement_senders_devices(self, rows):
        """The devices that the senders of these mails used around the events.

        :return: by the author's id, (public address, system, browser)
        :rtype: dict[int, set[tuple[str, str, str]]]
        """
        # sudo: where a user's devices are is their own business; here it is compared, not shown.
        users = self.sudo().author_id.user_ids
        if not users or not rows:
            return {}
        first, last = min(row.at for row in rows), max(row.at for row in rows)
        devices = defaultdict(set)
        for user, platform, browser, address in (
            self.env["res.device.log"]
            .sudo()
            ._read_group(
                [
                    ("user_id", "in", users.ids),
                    ("last_activity", ">=", _utc(first) - NEAR),
                    ("first_activity", "<=", _utc(last) + NEAR),
                ],
                ["user_id", "platform", "browser", "ip_address"],
            )
        ):
            if _is_public(address):
                devices[user.partner_id.id].add((address, _system(platform), _browser(browser)))
        return devices

    def _engagement_rejudge(self):
        """Look at the events of these mails with today's knowledge and rules.

        Alerts are for what is new: nothing is told here but the counts.

        :return: how many verdicts changed
        :rtype: int
        """
        events = self.env["mail.engagement.event"].search([("tracking_id", "in", self.ids)])
        before = {event: event.verdict for event in events}
        aside = events.filtered(lambda event: event.reason == SET_ASIDE)
        aside.write({"verdict": False, "reason": False})
        # Address and agent are what new knowledge could be asked about. Where they were not kept,
        # for privacy, the verdict from then stays.
        known = events.filtered(lambda event: event.ip and event.user_agent)
        known._engagement_classify()
        replies = events.filtered(lambda event: event.type == "reply")
        self._engagement_judge(only=known | replies | aside)
        self._engagement_recount()
        self._engagement_counted()
        return sum(event.verdict != verdict for event, verdict in before.items())

    @api.model
    def _engagement_referenced(self, references):
        """The recipients of the first followed mail among several mails.

        :param list[str] references: Message-Ids
        :rtype: mail.engagement.tracking
        """
        by_message = self.search([("rfc_message_id", "in", references)]).grouped("rfc_message_id")
        return next((by_message[name] for name in references if name in by_message), self.browse())

    def _engagement_of(self, partner_id, addresses):
        """Which of a message's recipients a reply is from.

        Somebody else may answer, or the customer from another address: with a single recipient
        it is still the answer to that mail. What our own side writes is no answer.

        :param int partner_id: contact, or a false value
        :param list[str] addresses: normalized: the sender's, then others that the mail names for it
        :rtype: mail.engagement.tracking, one or none
        """
        for mail in self:
            if partner_id and mail.partner_id.id == partner_id:
                return mail
        named = self._engagement_named(addresses)
        if named or len(self) != 1:
            return named
        # sudo: whether a contact is a colleague is no secret.
        partner = self.env["res.partner"].sudo().browse(partner_id or [])
        if partner and not partner.partner_share:
            return self.browse()
        if addresses and self._engagement_is_inside(addresses[0]):
            return self.browse()
        return self

    def _engagement_is_inside(self, address):
        """Whether an address is the own side's, in mails to these recipients."""
        domains = self.env["mail.alias.domain"]
        return domains._engagement_is_inside(address, self.mapped("email_normalized"))

    def _engagement_named(self, addresses):
        """The recipient with one of the addresses, else with another one of the same mailbox.

        :param addresses: normalized, the likeliest first
        :rtype: mail.engagement.tracking, one or none
        """
        known = {mail: (mail.email_normalized or "").split(", ") for mail in self}
        for address in addresses:
            for mail in self:
                if address in known[mail]:
                    return mail
        boxes = set(map(mailbox, addresses))
        alike = self.filtered(lambda mail: not boxes.isdisjoint(map(mailbox, known[mail])))
        return alike if len(alike) == 1 else self.browse()

    def _engagement_replied(self, reply_id, hints=()):
        """Count an answer, once.

        :param str reply_id: Message-Id of the answer
        :param tuple[str, ...] hints: ``auto_reply`` where a program wrote it
        """
        for mail in self:
            seen = Observation(
                uid=hashlib.sha256(f"{mail.uid} {reply_id}".encode()).hexdigest()[:32],
                type="reply",
                mail=mail.uid,
                sent_at=int(mail.sent_at.timestamp()),
                policy=3,
                at=time.time(),
                hints=hints,
            )
            # sudo: the recipient knows nothing of what is followed.
            self.env["mail.engagement.event"].sudo()._engagement_insert(mail.company_id, [seen])
        if self:
            self._engagement_summarise_after_commit()


def _by_mail(rows):
    return groupby(rows, lambda row: row.tracking_id)


def _log_untold(mail, error):
    _logger.error("Nobody was told of what became of mail %s: %s", mail.id, why(error))


def _several_links(rows):
    """:return: the RFC Message-Ids of mails of which more than one link was followed"""
    first = {}
    return {
        row.rfc_message_id
        for row in rows
        if row.type == "click" and first.setdefault(row.tracking_id, row.link_ref) != row.link_ref
    }


def _utc(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).replace(tzinfo=None)


def _is_public(address):
    try:
        return ipaddress.ip_address(address or "").is_global
    except ValueError:
        return False


def _system(name):
    name = (name or "").lower().replace(" ", "")
    if name in APPLE_MOBILE or name == "ios":
        return "ios"
    return {"macosx": "macos", "ubuntu": "linux", "fedora": "linux"}.get(name, name)


def _browser(name):
    name = (name or "").lower().split(" ")[0]
    return {"mobile": "safari", "msie": "ie"}.get(name, name)
