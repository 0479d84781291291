import logging
import threading

import psycopg2.errors

from odoo import SUPERUSER_ID, api, models, modules
from odoo.tools import SQL

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
}


class MailEngagementTracking(models.Model):
    _inherit = "mail.engagement.tracking"

    @api.model
    def _engagement_summarise(self, registry):
        """Judge and count what is new, once whoever else does so is done.

        Every worker that stored events calls this. One of them gets the lock and works in a
        second cursor opened after it: a lock inside the working transaction would come with the
        snapshot from before the wait, and with stale counts. The others leave at once, as the
        holder looks again after he let go. The cron calls it too, for what a crash left behind.

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
        threads do no more than one: whoever does not get the lock is done.
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
        """Judge the mails with new events, recount them and tell who is interested.

        :param int limit: how many recipients' mails at most
        """
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT tracking.id FROM %s LIMIT %s", PENDING, limit)
        )
        trackings = self.browse([id_ for (id_,) in rows])
        if not trackings:
            return
        trackings._engagement_attach_events()
        news = trackings._engagement_judge()
        trackings._engagement_recount()
        trackings.message_id._engagement_bus_send()
        trackings._engagement_after_events(trackings, news)

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
        self.env.cr.execute(
            SQL(
                """UPDATE mail_engagement_tracking tracking SET
                          open_count = sums.opens, click_count = sums.clicks,
                          attachment_open_count = sums.attachments, reply_count = sums.replies,
                          machine_count = sums.machines, first_open_at = sums.first_open_at,
                          last_open_at = sums.last_open_at, last_event_at = sums.last_event_at,
                          state = CASE WHEN sums.replies > 0 THEN 'replied'
                                       WHEN sums.clicks + sums.attachments > 0 THEN 'clicked'
                                       WHEN sums.opens > 0 THEN 'opened'
                                       WHEN state IN ('failed', 'bounced', 'untracked') THEN state
                                       ELSE 'sent' END
                     FROM (SELECT mail.id AS tracking_id,
                                  %(sums)s,
                                  LEAST(MIN(occurred_at) FILTER (WHERE %(open)s),
                                      (purged->>'first_open_at')::timestamp) AS first_open_at,
                                  GREATEST(MAX(occurred_at) FILTER (WHERE %(open)s),
                                      (purged->>'last_open_at')::timestamp) AS last_open_at,
                                  GREATEST(MAX(occurred_at) FILTER (WHERE verdict = 'human'),
                                      (purged->>'last_event_at')::timestamp) AS last_event_at
                             FROM mail_engagement_tracking mail
                        LEFT JOIN mail_engagement_event event ON event.tracking_id = mail.id
                            WHERE mail.id = ANY(%(ids)s)
                            GROUP BY mail.id) sums
                    WHERE tracking.id = sums.tracking_id""",
                ids=self.ids,
                open=SQL("type = 'open' AND verdict = 'human'"),
                sums=SQL(", ").join(
                    SQL(
                        """COALESCE(SUM(repeat_count) FILTER (WHERE %s), 0)
                           + COALESCE((purged->>%s)::int, 0) AS %s""",
                        condition,
                        name,
                        SQL.identifier(name),
                    )
                    for name, condition in SUMS.items()
                ),
            )
        )
        self.env.cr.execute(
            SQL(
                """UPDATE mail_engagement_link link
                      SET click_count = sums.clicks + COALESCE(link.purged_click_count, 0)
                     FROM (SELECT link_id,
                                  COALESCE(SUM(repeat_count) FILTER (WHERE %s), 0) AS clicks
                             FROM mail_engagement_event
                            WHERE link_id IN (SELECT link_id FROM mail_engagement_event
                                               WHERE tracking_id = ANY(%s) AND link_id IS NOT NULL)
                            GROUP BY link_id) sums
                    WHERE link.id = sums.link_id
                      AND link.click_count IS DISTINCT FROM
                          sums.clicks + COALESCE(link.purged_click_count, 0)""",
                PERSON,
                self.ids,
            )
        )
        self.invalidate_model()
        self.env["mail.engagement.link"].invalidate_model(["click_count"])

    @api.model
    def _engagement_after_events(self, trackings, events):
        """Called after each summary, for alerts, automation and webhooks to extend.

        The events came in by plain SQL, so automation rules on their creation do not run.

        :param mail.engagement.tracking trackings: whose counts may have changed
        :param mail.engagement.event events: the events that turned out to be a person's
        """
